#include "kernels/latent_attention.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/attention_units.hpp"
#include "kernels/memory_rate.hpp"
#include "math/math.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

constexpr double kArriving = 2.0;  ///< bytes of an element of queries, keys, values and output
constexpr double kCacheOverMemory = 2.0;  ///< bandwidth, where a device does not state its cache's
constexpr double kPartial = 4.0;          ///< bytes of an element of a partial result
constexpr double kNarrowestBits = 8;      ///< scores lose too much below
constexpr double kLongestShare = 3.0;  ///< bandwidth one unit can draw, over its share of the whole
constexpr double kOperationsOfExponential = 64.0;  ///< of the vector lanes, in software
constexpr double kLargestUnit = 20e12, kSmallestUnit = 0.2e12;  ///< [op/s] in 16 bits
constexpr double kLn2 = 0.6931471805599453;

/// (a^p + b^p)^(1/p): their sum at p = 1, towards the longer as p grows.
double joined(double a, double b, double p) {
    const double high = std::max(a, b);
    if (high <= 0.0) {
        return 0.0;
    }
    return high * math::pow(1.0 + math::pow(std::min(a, b) / high, p), 1.0 / p);
}

/// The path that scores and values are multiplied in.
struct Path {
    double peak = 0.0;      ///< [op/s]
    double wide_peak = 0;   ///< [op/s] of what the inputs arrive in
    double bytes = 0.0;     ///< of an element
    bool narrowed = false;  ///< inputs are brought there by a kernel of their own
};

double peak_of(const KernelDevice& device, NumberFormat format) {
    return device.peak[index(format)];
}

NumberFormat supported(const KernelDevice& device, NumberFormat wanted) {
    if (const auto path = next_wider(device.peak, wanted)) {
        return *path;
    }
    const auto widest = std::max_element(device.peak.begin(), device.peak.end());
    return static_cast<NumberFormat>(widest - device.peak.begin());
}

Path path_of(const KernelDevice& device, const LatentAttentionShape& s) {
    NumberFormat wanted = s.inputs;
    if (bytes_per_element(s.kv) < bytes_per_element(wanted)) {
        wanted = 8.0 * bytes_per_element(s.kv) < kNarrowestBits ? NumberFormat::kFp8 : s.kv;
    }
    const NumberFormat format = supported(device, wanted);
    const NumberFormat wide = supported(device, NumberFormat::kBf16);
    const double bytes = bytes_per_element(format);
    return {peak_of(device, format), peak_of(device, wide), std::min(bytes, kArriving),
            bytes < kArriving};
}

/// Units as tiles see them: one that multiplies faster than `kLargestUnit` works on several at a
/// time, ones slower than `kSmallestUnit` share one.
double units_of(const KernelDevice& device, double peak) {
    return std::max(1.0, std::clamp(device.units, peak / kLargestUnit, peak / kSmallestUnit));
}

/// Seconds that one of `units` takes for a score: its products, 2 `depth` operations at `rate`, and
/// its share of the softmax.
double score_time(const KernelDevice& device, const LatentAttentionConstants& c, double units,
                  double depth, double rate) {
    const double product = 2.0 * depth * units / rate;
    if (device.vector_rate <= 0.0) {
        return product;
    }
    const double own = device.exponentials > 0.0 ? device.exponentials : c.exponentials;
    const double exponentials =
        std::max(own * device.clock * device.units, device.vector_rate / kOperationsOfExponential);
    const double softmax =
        units / exponentials + 2.0 * c.softmax_operations * units / device.vector_rate;
    return std::max(product, softmax) + (1.0 - c.overlap) * std::min(product, softmax);
}

/// Sum over j = 1 .. x of ceil(j / m).
double ceilings(double x, double m) {
    const double whole = std::floor(x / m);
    return 0.5 * m * whole * (whole + 1.0) + (x - m * whole) * (whole + 1.0);
}

/// What the busiest unit does in decode.
struct Load {
    double splits = 1.0;   ///< parts that the keys of a sequence are in
    double starts = 1.0;   ///< sequences or parts of one
    double tiles = 1.0;    ///< of keys
    double readers = 1.0;  ///< units that read keys no other one reads
};

/// Units share the sequences of a block of heads; where there are more units than sequences, they
/// share the keys of one. A kernel that does not split takes the sequences in waves, and its units
/// run faster while every second one is idle.
Load decode_load(double units, const LatentAttentionConstants& c, double sequences, double blocks,
                 double tiles) {
    const double work = sequences * blocks;
    if (c.most_splits <= 1.0) {
        const double waves = std::floor(work / units), left = work - waves * units;
        const double last = left <= 0.0 ? 0.0 : left > 0.5 * units ? 1.0 : 1.0 / c.crowding;
        return {1.0, waves + std::ceil(left / units), tiles * (waves + last),
                std::min(sequences, units)};
    }
    const double sharing = std::max(1.0, std::floor(units / blocks));
    const double rounds = std::max(1.0, blocks / units);
    const double splits = std::clamp(sharing / sequences, 1.0, std::min(tiles, c.most_splits));
    const double turns = std::max(1.0, sequences / sharing) * rounds;
    return {splits, turns, tiles / splits * turns, std::min(sequences * splits, units)};
}

}  // namespace

double causal_tiles(double queries, double past, double rows, double keys) {
    const double before = std::ceil(queries / rows) - 1.0;  // tiles of rows without the last
    const double last = std::ceil((past + queries) / keys);
    if (rows >= keys) {
        return before * std::ceil(past / keys) + 0.5 * (rows / keys) * before * (before + 1.0) +
               last;
    }
    const double skipped = std::ceil(past / rows);
    return ceilings(skipped + before, keys / rows) - ceilings(skipped, keys / rows) + last;
}

KernelTime prefill_latent_attention_time(const KernelDevice& device,
                                         const LatentAttentionShape& s) {
    const LatentAttentionConstants& c = device.constants->latent_attention;
    const Path path = path_of(device, s);
    const double key_dim = s.nope_dim + s.rope_dim, value_dim = s.value_dim;
    const double depth = key_dim + value_dim;
    const double queries = std::max(s.queries, 0.0), keys = s.past + queries;
    const double pairs = s.sequences * s.heads;  // of sequence and head
    const double units = units_of(device, path.wide_peak);
    const double tile = c.prefill_rows * c.prefill_keys *
                        score_time(device, c, units, depth, path.peak * c.prefill_rate);
    const double mean = pairs *
                        (causal_tiles(queries, s.past, c.prefill_rows, c.prefill_keys) * tile +
                         std::ceil(queries / c.prefill_rows) * c.prefill_start) /
                        units;
    const double longest = std::ceil(keys / c.prefill_keys) * tile + c.prefill_start;

    // The queries' rotated part is read and written and the keys' one written for every head; the
    // latent is read and appended to the cache; a kernel of its own narrows queries, keys, values.
    const double inputs = pairs * (queries * key_dim + keys * (key_dim + value_dim));
    const double outputs = pairs * queries * value_dim * kArriving;
    const double latent = s.sequences * queries * (s.rank + s.rope_dim);
    const double before =
        3.0 * pairs * queries * s.rope_dim * kArriving +
        latent * (kArriving + bytes_per_element(s.kv)) +
        (path.narrowed
             ? pairs *
                   (queries * (key_dim - s.rope_dim) + keys * (key_dim - s.rope_dim + value_dim)) *
                   (kArriving + path.bytes)
             : 0.0);
    const double bandwidth = memory_rate(device, c.prefill_memory);
    const double during = (inputs * path.bytes + outputs) / bandwidth;

    KernelTime time;
    time.flops = 2.0 * pairs * queries * (s.past + 0.5 * (queries + 1.0)) * depth;
    time.bytes = before + inputs * path.bytes + outputs;
    time.launch = c.launch * (c.prefill_kernels + (path.narrowed ? 1.0 : 0.0));
    time.narrowing = path.narrowed ? c.launch : 0.0;
    time.compute = joined(mean, longest, c.imbalance);
    time.memory = time.bytes / bandwidth;
    time.seconds = time.launch + before / bandwidth + overlapped(time.compute, during);
    return time;
}

KernelTime decode_latent_attention_time(const KernelDevice& device, const LatentAttentionShape& s) {
    const LatentAttentionConstants& c = device.constants->latent_attention;
    const Path path = path_of(device, s);
    const double depth = 2.0 * s.rank + s.rope_dim;
    const double rows = s.heads * s.queries, keys = s.past + s.queries;
    const double units = units_of(device, path.wide_peak);
    const double blocks = std::max(1.0, std::ceil(rows / c.decode_rows));
    const double tiles = std::max(1.0, std::ceil(keys / c.decode_keys));
    const double peak =
        path.wide_peak + std::max(0.0, path.peak - path.wide_peak) * c.decode_narrow_gain;
    const double tile =
        c.decode_rows * c.decode_keys * score_time(device, c, units, depth, peak * c.decode_rate);

    const Load load = decode_load(units, c, s.sequences, blocks, tiles);
    const double products = load.tiles * tile;

    const double latent = s.rank + s.rope_dim;
    const double cache = s.sequences * tiles * c.decode_keys * latent * bytes_per_element(s.kv);
    const double narrowing = path.narrowed ? latent * 2.0 * path.bytes : 0.0;
    const double ends =
        s.sequences * rows * ((latent + s.rank + 2.0 * s.rope_dim) * kArriving + narrowing) +
        s.sequences * s.queries * latent * (kArriving + bytes_per_element(s.kv));
    const double partial =
        load.splits > 1.0 ? 2.0 * s.sequences * rows * load.splits * s.rank * kPartial : 0.0;
    const double held = device.cache_bandwidth > 0.0 ? device.cache_bandwidth
                                                     : memory_rate(device, kCacheOverMemory);
    const double drawn = std::min(1.0, kLongestShare * load.readers / units);
    const double bandwidth = memory_rate(device, c.decode_memory);
    const double streaming = cache / (bandwidth * drawn);

    KernelTime time;
    time.flops = 2.0 * s.sequences * rows * (s.past + 0.5 * (s.queries + 1.0)) * depth;
    time.bytes = cache + ends;
    time.launch = c.launch * c.decode_kernels + load.starts * c.decode_start +
                  c.join * math::log(load.splits) / kLn2;
    time.compute = products;
    time.memory = streaming + ends / bandwidth + partial / held;
    time.seconds =
        time.launch + overlapped(products, streaming) + ends / bandwidth + partial / held;
    return time;
}

}  // namespace wafercast
