#include "kernels/attention.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/attention_tiles.hpp"
#include "kernels/attention_units.hpp"
#include "kernels/memory_rate.hpp"

namespace wafercast {
namespace {

/// Share of units that tiles must reach for keys to stay whole.
constexpr double kFilledUnits = 0.8;
/// Threads that a unit keeps resident, and a block of the kernel that writes new keys.
constexpr double kResidentThreads = 2048.0, kLargestBlock = 512.0, kSmallBlock = 256.0,
                 kResidentBlocks = 32.0;
/// Bytes of the block that the constant `chain` is stated for: 128 keys and values of 128 in 16
/// bits.
constexpr double kTileValues = 256.0;
constexpr double kChainBytes = 65536.0;
/// Elements of the output that one block of the joining kernel owns.
constexpr double kJoinElements = 1024.0;
constexpr double kPartialBytes = 4.0;
/// Bytes of an element of queries and outputs.
constexpr double kWideBytes = 2.0;

/// Writing the new keys and values to the cache: one block of threads a token.
double store_time(const KernelDevice& device, const AttentionUnits& units,
                  const AttentionShape& s) {
    const AttentionConstants& c = device.constants->attention;
    const double wide = std::ceil(s.kv_heads * s.head_dim / 32.0) * 32.0;
    const double threads = std::clamp(wide, 32.0, kLargestBlock);
    const double resident = std::min(kResidentBlocks, std::floor(kResidentThreads / threads));
    const double waves = s.sequences * s.queries / (units.count * resident);
    const double read = s.sequences * s.queries * s.kv_heads * (s.head_dim + s.value_dim);
    const double bytes = read * (bytes_per_element(s.inputs) + bytes_per_element(s.kv));
    const bool narrows = bytes_per_element(s.kv) < bytes_per_element(s.inputs);
    const double lifetime = c.store * std::sqrt(std::max(threads, kSmallBlock) / kLargestBlock) +
                            (narrows ? c.store_narrow : 0.0);
    return overlapped(waves * lifetime / units.clock, bytes / memory_rate(device, c.memory));
}

/// Joining the outputs of split keys: written and read back through the cache.
double join_time(const KernelDevice& device, const AttentionUnits& units, const AttentionShape& s,
                 double splits) {
    const double outputs = s.sequences * s.heads * s.queries * s.value_dim;
    const double waves = std::max(1.0, outputs / (units.count * kJoinElements));
    return device.constants->attention.combine * splits * waves / units.clock +
           2.0 * kPartialBytes * outputs * splits / units.cache_bandwidth;
}

/// Cycles to start and end a tile.
double tile_cycles(const AttentionConstants& c, const AttentionTile& tile) {
    return c.tile * (1.0 - c.by_head + c.by_head * tile.values / kTileValues);
}

/// Cycles of the dependent steps of one block, of which loads of its bytes are most.
double chain_cycles(const AttentionConstants& c, const AttentionTile& tile) {
    return c.chain * tile.keys * tile.values * tile.kv_bytes / kChainBytes;
}

/// Cycles of a unit for one block of keys: multiplications of the padded tile, softmax that they do
/// not hide, conversion of narrow keys and values, feed from the cache.
double block_cycles(const AttentionConstants& c, const AttentionUnits& units,
                    const AttentionTile& tile) {
    const double product = tile.rows * tile.keys * 2.0 * tile.values / (units.flops * c.rate);
    const double softmax = tile.rows * tile.keys / units.exponentials;
    const double convert = tile.converts ? tile.keys * tile.values / c.convert : 0.0;
    const double longest = std::max({product, softmax, convert});
    const double math = longest + c.exposed * (product + softmax + convert - longest);
    const double feed = tile.keys * tile.values * tile.kv_bytes / units.feed;
    return std::max(math, feed);
}

/// What a call does besides its fixed parts.
struct Work {
    double busy = 0.0;     ///< [s] of the busiest unit
    double pairs = 0.0;    ///< query-key pairs of one sequence and head
    double keys = 0.0;     ///< that a sequence keeps in reach
    double splits = 1.0;   ///< of the keys of a tile
    double plans = 0.0;    ///< kernels in front
    double repacks = 0.0;  ///< kernels that copy queries or outputs
};

KernelTime time_of(const KernelDevice& device, const AttentionUnits& units, const AttentionShape& s,
                   const Work& work) {
    const AttentionConstants& c = device.constants->attention;
    const double elements = s.head_dim + s.value_dim;
    const double rows = s.sequences * s.queries;
    const double ends = rows * s.heads * elements * kWideBytes;
    const double kept = s.sequences * s.kv_heads * work.keys * elements * bytes_per_element(s.kv);
    const MemoryTime memory = memory_time(device, units, kept + ends, s.cold);
    KernelTime time;
    time.flops = 2.0 * s.sequences * s.heads * work.pairs * elements;
    time.memory = memory.seconds;
    time.bytes = memory.bytes;
    const double powered = power_time(device, product_format(c, s), time.flops, time.bytes);
    time.compute = std::max(work.busy, powered);
    double passes = work.plans + work.repacks;
    double rest = 0.0;
    if (work.repacks > 0.0) {
        rest += 2.0 * ends / memory_rate(device, c.memory);
    }
    if (work.splits > 1.0) {
        rest += join_time(device, units, s, work.splits);
        passes += c.join_kernels;
    }
    if (c.store > 0.0 && (s.cold || c.store_apart < 0.5)) {
        rest += store_time(device, units, s);
        passes += 1.0;
    }
    time.launch = c.launch + passes * c.pass;
    time.seconds = time.launch + rest + overlapped(time.compute, time.memory);
    return time;
}

/// Time of the busiest unit when `tiles` of a mean and a longest length are handed out: whole waves
/// where all are alike, an even share and part of the longest where they differ.
double spread_tiles(double waves, double mean, double longest, double tail) {
    if (waves <= 1.0) {
        return longest;
    }
    const double even = mean / longest;
    const double ragged = std::ceil(waves) / waves - 1.0;
    const double shared = waves * mean * (1.0 + even * even * ragged);
    return std::max(longest, shared + tail * (1.0 - even) * longest);
}

}  // namespace

KernelTime prefill_attention_time(const KernelDevice& device, const AttentionShape& shape) {
    const AttentionShape s = whole(shape);
    if (s.queries <= 1.0) {
        return decode_attention_time(device, shape);
    }
    const AttentionConstants& c = device.constants->attention;
    const AttentionUnits units = attention_units(device, product_format(c, s));
    const AttentionTile tile = prefill_tile(device, s);
    const TileCount count = prefill_tiles(s, tile);
    const double heads = tile.group > 1.0 ? s.kv_heads : s.heads;
    const double tiles = s.sequences * heads * count.tiles;

    Work work{.pairs = attended_pairs(s),
              .keys = s.queries + (s.window > 0.0 ? std::min(s.past, s.window) : s.past)};
    const double slots = units.count * tile.resident;
    // Kernels with even shares split prompts too where a sequence alone leaves units idle.
    if (split_rule(c) == SplitRule::kEven && heads * count.tiles < kFilledUnits * units.count) {
        work.splits = key_splits(SplitRule::kEven, s, tiles, count.most, slots);
    }
    const double sharing = std::min(tile.resident, std::ceil(work.splits * tiles / units.count));
    const double block = std::max(chain_cycles(c, tile), sharing * block_cycles(c, units, tile));
    const double start = tile_cycles(c, tile) * std::max(1.0, sharing * c.busy);
    const double longest = start + std::ceil(count.most / work.splits) * block;
    const double mean = start + count.blocks / count.tiles / work.splits * block;
    const double waves = work.splits * tiles / slots;
    work.busy = spread_tiles(waves, mean, longest, c.tail) / units.clock;
    return time_of(device, units, s, work);
}

KernelTime decode_attention_time(const KernelDevice& device, const AttentionShape& shape) {
    const AttentionShape s = whole(shape);
    const AttentionConstants& c = device.constants->attention;
    const AttentionUnits units = attention_units(device, product_format(c, s));
    const AttentionTile tile = decode_tile(device, s);
    const double group = s.heads / s.kv_heads;
    const double tiles = s.sequences * s.kv_heads * std::ceil(group * s.queries / tile.rows);
    const double blocks = decode_blocks(s, tile);
    const double total = s.past + s.queries;
    const bool windowed = s.window > 0.0 && s.window < total;

    Work work{.keys = windowed ? s.window : total, .plans = windowed ? c.window_kernels : 0.0};
    work.pairs = s.queries * work.keys;
    if (group > 1.0 && s.sequences > 1.0 && s.kv_heads > 1.0) {
        work.repacks = c.repack;
    }
    const double slots = units.count * tile.resident;
    if (c.lone_split > 0.5 || group > 1.0) {
        work.splits = key_splits(split_rule(c), s, tiles, blocks, slots);
    }
    const double each = std::ceil(blocks / work.splits);
    const double all = tiles * work.splits;
    const double sharing = std::min(tile.resident, std::ceil(all / units.count));
    const double rounds = std::ceil(all / slots);
    const double alone = tile_cycles(c, tile) + each * chain_cycles(c, tile);
    const double shared =
        sharing * (c.busy * tile_cycles(c, tile) + each * block_cycles(c, units, tile));
    work.busy = rounds * std::max(alone, shared) / units.clock;
    return time_of(device, units, s, work);
}

}  // namespace wafercast
