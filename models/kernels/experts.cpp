#include "kernels/experts.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/memory_rate.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

/// Operations per cycle of the largest unit whose feed was measured; a larger unit counts as
/// several.
constexpr double kUnitOps = 8192.0;
/// Sums and what lies between the two multiplications [byte].
constexpr double kWideBytes = 2.0;
/// Rows of weights that are no multiple of this are loaded element by element.
constexpr double kAlignedElements = 16.0;
/// What registers and barriers leave a unit room for.
constexpr double kMostAtOnce = 4.0;
/// How sharply weights stop fitting in the cache.
constexpr double kCacheSharpness = 4.0;

/// What the multiplications run in.
struct Grouped {
    const GroupedConstants& constants;
    double peak = 0.0;          ///< [op/s]
    double input_bytes = 2.0;   ///< of an element as multiplied
    double weight_bytes = 2.0;  ///< as stored, with scales
    bool narrowed = false;      ///< inputs arrive wider than they are multiplied
};

/// Kernels whose weights and inputs are both narrow.
const GroupedConstants& narrow_way(const ExpertsConstants& c, double bits, bool single_scale) {
    if (bits < 8.0) {
        return c.block_scaled;
    }
    return single_scale ? c.single : c.narrow;
}

Grouped grouped(const KernelDevice& device, const ExpertsShape& s) {
    const ExpertsConstants& c = device.constants->experts;
    const bool own = device.peak[index(s.inputs)] > 0.0;
    const bool widened = !own && kNumberFormatBits[index(s.inputs)] < 16.0;
    const Datapath path = datapath(device.peak, widened ? NumberFormat::kBf16 : s.inputs);
    const double input_bits = kNumberFormatBits[index(path.format)];
    const double stored = kNumberFormatBits[index(s.weights)];
    const bool packed = stored < input_bits;
    const bool narrow = input_bits < 16.0;
    return {.constants = packed   ? (s.fused ? c.fused : c.packed)
                         : narrow ? narrow_way(c, input_bits, s.single_scale)
                                  : c.wide,
            .peak = path.peak,
            .input_bytes = input_bits / 8.0,
            .weight_bytes = (s.weight_bits > 0.0 ? s.weight_bits : stored) / 8.0,
            .narrowed = narrow};
}

RankLoads loads_of(const ExpertsShape& s) {
    return rank_loads(s.tokens, s.experts, s.top_k, s.expert, s.routing, s.load);
}

/// Rows and columns of a block of output, the inner elements of a step, and how many steps ahead
/// operands are loaded.
struct Block {
    double rows, columns, inner, ahead;
};

double next_of(std::initializer_list<double> limits, std::initializer_list<double> heights,
               double x) {
    auto height = heights.begin();
    for (const double limit : limits) {
        if (x <= limit) {
            break;
        }
        ++height;
    }
    return *height;
}

/// What the choice of a block looks at.
struct BlockQuery {
    double tokens;   ///< of the layer
    double experts;  ///< of the layer
    double here;     ///< experts on this rank
    double density;  ///< rows of an expert if all selections that this rank sees fell on its own
    double inner;
    bool narrow;
};

Block block_by_density(double rows, bool narrow) {
    return {next_of({16.0, 32.0, 64.0}, {16.0, 32.0, 64.0, 128.0}, rows), 128.0,
            narrow ? 128.0 : 64.0, 3.0};
}

/// Blocks of vLLM before 0.17: one size or the other, but where tuned ones ship, for Mixtral.
Block coarse_block(const BlockQuery& q) {
    const bool tuned = q.experts == 8.0 && (q.here == 8.0 || q.here == 1.0) && q.inner >= 1024.0;
    if (tuned) {
        return block_by_density(std::min(q.density, q.tokens), q.narrow);
    }
    return q.tokens <= q.here ? Block{16.0, 32.0, 64.0, 2.0} : Block{64.0, 64.0, 32.0, 2.0};
}

Block block_of(RowBlocks rule, const BlockQuery& q) {
    switch (rule) {
        case RowBlocks::kByDensity:
            return block_by_density(q.density, q.narrow);
        case RowBlocks::kByTokens:
            return {next_of({32.0, 96.0, 512.0}, {16.0, 32.0, 64.0, 128.0}, q.tokens),
                    q.tokens <= 64.0 ? 64.0 : 128.0, q.narrow || q.tokens <= 64.0 ? 128.0 : 64.0,
                    q.tokens <= 32.0 ? 3.0 : 2.0};
        case RowBlocks::kByTokensCoarse:
            return coarse_block(q);
        case RowBlocks::kMarlin:
            break;
    }
    return {next_of({7.2, 14.4, 28.8, 43.2}, {8.0, 16.0, 32.0, 48.0, 64.0}, q.density), 128.0, 64.0,
            3.0};
}

/// Blocks that a unit works on at once, so that starts and ends overlap. Persistent kernels take
/// one.
double blocks_at_once(RowBlocks rule, const Block& b, double input_bytes, double weight_bytes,
                      double unit_bytes) {
    if (rule == RowBlocks::kByDensity || rule == RowBlocks::kMarlin || unit_bytes <= 0.0) {
        return 1.0;
    }
    const double held =
        (b.ahead + 1.0) * b.inner * (b.rows * input_bytes + b.columns * weight_bytes);
    return std::clamp(std::floor(unit_bytes / held), 1.0, kMostAtOnce);
}

/// A unit of the device, or a part of a large one.
struct Units {
    double count, clock, ops;  ///< [-], [Hz], [op/s] of one
};

Units units_of(const KernelDevice& device, double peak) {
    const double clock = device.clock > 0.0 ? device.clock : 1e9;
    double count = std::max(1.0, device.units);
    count *= std::max(1.0, peak / (count * clock * kUnitOps));
    return {count, clock, peak / count};
}

/// Waves of `blocks` equal blocks: the last one is half as full as it is long, on average.
double waves(double blocks, double units) {
    const double even = blocks / units;
    return even <= 1.0 ? 1.0 : 0.5 * (even + std::ceil(even));
}

/// Rows of a matrix start where a wide load may.
bool aligned(double k) { return std::fmod(k, kAlignedElements) == 0.0; }

/// Share of the weights that comes from memory and not from the cache.
double cold_share(const KernelDevice& device, double bytes, bool cold) {
    const double kept = device.constants->experts.resident * device.cache_bytes;
    if (cold || kept <= 0.0 || bytes <= 0.0) {
        return 1.0;
    }
    const double ratio = kept / bytes;
    const double square = ratio * ratio;
    static_assert(kCacheSharpness == 4.0);
    return 1.0 / (1.0 + square * square);
}

double inner_width(const ExpertsShape& s) { return s.inner / std::max(1.0, s.tensor); }

double branches_of(const ExpertsShape& s) { return s.gated ? 2.0 : 1.0; }

/// Adds the kernels that only pass data on: activation, narrowing of inputs, weighted sum.
void pass(const KernelDevice& device, const ExpertsShape& s, const Grouped& way,
          const RankLoads& loads, KernelTime& time) {
    const double bandwidth = memory_rate(device, device.constants->experts.pointwise);
    const double inner = inner_width(s);
    const bool own = s.exchanged || way.constants.own_rows > 0.0;
    const double touched = own ? loads.rows : s.tokens * s.top_k;
    double bytes = touched * (inner * (branches_of(s) + 1.0) + s.hidden) * kWideBytes +
                   s.tokens * s.hidden * kWideBytes;
    if (way.narrowed) {
        const double narrowing =
            (touched * inner + s.tokens * s.hidden) * (kWideBytes + way.input_bytes);
        bytes += narrowing;
        time.narrowing = narrowing / bandwidth;
    }
    const double seconds = bytes / bandwidth;
    time.seconds += seconds;
    time.memory += seconds;
    time.bytes += bytes;
}

}  // namespace

double active_experts(const ExpertsShape& s) { return loads_of(s).active; }

double rank_imbalance(const ExpertsShape& s) {
    const double mean = s.tokens * std::min(s.top_k, s.experts) / std::max(1.0, s.expert);
    return mean > 0.0 ? std::max(1.0, loads_of(s).rows / mean) : 1.0;
}

KernelTime experts_time(const KernelDevice& device, const ExpertsShape& s) {
    const ExpertsConstants& c = device.constants->experts;
    const Grouped way = grouped(device, s);
    const GroupedConstants& g = way.constants;
    const RankLoads loads = loads_of(s);
    const double here = loads.experts;
    const double inner = inner_width(s);
    const double branches = branches_of(s);
    const double pairs = s.tokens * s.top_k;
    auto rule = static_cast<RowBlocks>(static_cast<int>(g.blocks));
    if (s.coarse_blocks && rule == RowBlocks::kByTokens) {
        rule = RowBlocks::kByTokensCoarse;
    }
    const Block block = block_of(rule, {.tokens = s.tokens,
                                        .experts = s.experts,
                                        .here = here,
                                        .density = (s.exchanged ? loads.rows : pairs) / here,
                                        .inner = inner,
                                        .narrow = way.narrowed});
    const double blocks = loads.blocks(block.rows);
    const double at_once =
        blocks_at_once(rule, block, way.input_bytes, way.weight_bytes, device.unit_bytes);
    const Units units = units_of(device, way.peak);
    const double matrices = (branches + 1.0) * s.hidden * inner;
    const double weights = loads.active * matrices * way.weight_bytes;
    const double cold = cold_share(device, weights, s.weights_cold);

    KernelTime time;
    time.flops = 2.0 * loads.rows * matrices;
    time.launch = g.launch + (s.expert > 1.0 ? g.split : 0.0);
    time.seconds = time.launch;
    const auto multiply = [&](double n, double k, double rows_in) {
        const double padded = std::ceil(k / block.inner) * block.inner;
        const double traffic = cold * loads.active * n * k * way.weight_bytes +
                               rows_in * k * way.input_bytes + loads.rows * n * kWideBytes;
        const double outputs = blocks * std::ceil(n / block.columns);
        const double multiplying = 2.0 * block.rows * block.columns * padded / (units.ops * g.rate);
        const double feeding = (block.rows * way.input_bytes + block.columns * way.weight_bytes) *
                               padded / (c.feed * units.clock);
        const double per_cycle = aligned(k) || g.scattered <= 0.0 ? g.unpack : g.scattered;
        const double unpacking = per_cycle > 0.0 ? outputs * block.columns * padded /
                                                       (per_cycle * units.clock * units.count)
                                                 : 0.0;
        const double in_turn = blocks > 0.0 ? waves(outputs, units.count) : 0.0;
        const double compute = std::hypot(
            in_turn * (std::hypot(multiplying, feeding) + g.block / (at_once * units.clock)),
            unpacking);
        const double chain = padded / block.inner * g.step / (block.ahead * units.clock);
        const double moving = traffic / memory_rate(device, g.memory);
        time.seconds += std::hypot(std::hypot(moving, compute), chain);
        time.bytes += traffic;
        time.memory += moving;
        time.compute += compute;
    };
    multiply(branches * inner, s.hidden, std::min(loads.rows, s.tokens));
    multiply(s.hidden, inner, loads.rows);

    pass(device, s, way, loads, time);
    return time;
}

}  // namespace wafercast
