#include "kernels/attention.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/attention_tiles.hpp"

namespace wafercast {
namespace {

/// How sharply the slower of two overlapping streams sets the pace.
constexpr double kOverlapNorm = 4.0;
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

double overlapped(double a, double b) {
    const double slow = std::max(a, b), fast = std::min(a, b);
    if (slow <= 0.0) {
        return 0.0;
    }
    const double ratio = fast / slow;
    const double squared = ratio * ratio;
    return slow * std::sqrt(std::sqrt(1.0 + squared * squared));
}

/// Share of data swept again and again that a cache with random replacement still holds:
/// h = exp(-(1 - h) bytes / capacity).
double hit_share(double bytes, double capacity) {
    if (bytes <= capacity) {
        return 1.0;
    }
    if (capacity <= 0.0 || bytes > 40.0 * capacity) {
        return 0.0;
    }
    const double ratio = bytes / capacity;
    double share = 0.0;
    for (int step = 0; step < 12; ++step) {
        share = std::exp(-(1.0 - share) * ratio);
    }
    return share;
}

struct Traffic {
    double repeated = 0.0;  ///< keys and values: found in the cache when a benchmark repeats them
    double fresh = 0.0;     ///< queries and outputs
};

/// Time of the memory levels; sets `bytes` to what main memory carries.
double memory_time(const KernelDevice& device, const AttentionUnits& units, const Traffic& traffic,
                   bool cold, double& bytes) {
    const AttentionConstants& c = device.constants->attention;
    const double all = traffic.repeated + traffic.fresh;
    const double hits = cold ? 0.0 : hit_share(all, device.cache_bytes * c.cached);
    bytes = all * (1.0 - hits);
    return bytes / (device.memory_bandwidth * c.memory) + all * hits / units.cache_bandwidth;
}

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
    const double lifetime = c.store * std::sqrt(std::max(threads, kSmallBlock) / kLargestBlock);
    return overlapped(waves * lifetime / units.clock, bytes / (device.memory_bandwidth * c.memory));
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
double block_cycles(const KernelDevice& device, const AttentionUnits& units,
                    const AttentionTile& tile) {
    const AttentionConstants& c = device.constants->attention;
    const double product = tile.rows * tile.keys * 2.0 * tile.values / (units.flops * c.rate);
    const double softmax = tile.rows * tile.keys / units.exponentials;
    const double convert = tile.converts ? tile.keys * tile.values / c.convert : 0.0;
    const double longest = std::max({product, softmax, convert});
    const double math = longest + c.exposed * (product + softmax + convert - longest);
    const double feed = tile.keys * tile.values * tile.kv_bytes / units.feed;
    return std::max(math, feed);
}

}  // namespace

KernelTime prefill_attention_time(const KernelDevice& device, const AttentionShape& shape) {
    const AttentionShape s = whole(shape);
    if (s.queries <= 1.0) {
        return decode_attention_time(device, shape);
    }
    const AttentionConstants& c = device.constants->attention;
    const AttentionUnits units = attention_units(device, s);
    const AttentionTile tile = prefill_tile(device, s);
    const TileCount work = prefill_tiles(s, tile);
    const double heads = tile.group > 1.0 ? s.kv_heads : s.heads;
    const double tiles = s.sequences * heads * work.tiles;
    const double slots = units.count * tile.resident;
    const double sharing = std::min(tile.resident, std::ceil(tiles / units.count));

    const double block =
        std::max(chain_cycles(c, tile), sharing * block_cycles(device, units, tile)) / units.clock;
    const double start =
        std::max(tile_cycles(c, tile), sharing * c.busy * tile_cycles(c, tile)) / units.clock;
    const double splits = c.balanced > 0.5 && heads * work.tiles < kFilledUnits * units.count
                              ? key_splits(true, s, tiles, work.most, units.count, tile.resident)
                              : 1.0;
    const double longest = start + std::ceil(work.most / splits) * block;
    const double mean = start + work.blocks / work.tiles / splits * block;
    const double waves = splits * tiles / slots;
    const double even = mean / longest;
    const double ragged = std::ceil(waves) / waves - 1.0;
    const double balanced = waves * mean * (1.0 + even * even * ragged);
    const double busy =
        waves <= 1.0 ? longest : std::max(longest, balanced + c.tail * (1.0 - even) * longest);

    const double elements = s.head_dim + s.value_dim;
    const Traffic traffic{
        .repeated = s.sequences * s.kv_heads * (s.past + s.queries) * elements * tile.kv_bytes,
        .fresh = s.sequences * s.heads * s.queries * elements * 2.0};
    KernelTime time;
    time.flops = 2.0 * s.sequences * s.heads * attended_pairs(s) * elements;
    time.memory = memory_time(device, units, traffic, s.cold, time.bytes);
    time.compute = busy;
    double rest = 0.0, passes = 0.0;
    if (splits > 1.0) {
        rest += join_time(device, units, s, splits);
        passes += 1.0;
    }
    if (c.store > 0.0) {
        rest += store_time(device, units, s);
        passes += 1.0;
    }
    time.launch = c.launch + passes * c.pass;
    time.seconds = time.launch + rest + overlapped(busy, time.memory);
    return time;
}

KernelTime decode_attention_time(const KernelDevice& device, const AttentionShape& shape) {
    const AttentionShape s = whole(shape);
    const AttentionConstants& c = device.constants->attention;
    const AttentionUnits units = attention_units(device, s);
    const AttentionTile tile = decode_tile(device, s);
    const double group = s.heads / s.kv_heads;
    const double tiles = s.sequences * s.kv_heads * std::ceil(group * s.queries / tile.rows);
    const double blocks = decode_blocks(s, tile);
    const bool splits_keys = c.lone_split > 0.5 || group > 1.0;
    const double splits =
        splits_keys ? key_splits(c.balanced > 0.5, s, tiles, blocks, units.count, tile.resident)
                    : 1.0;

    const double each = std::ceil(blocks / splits);
    const double all = tiles * splits;
    const double slots = units.count * tile.resident;
    const double sharing = std::min(tile.resident, std::ceil(all / units.count));
    const double rounds = std::ceil(all / slots);
    const double alone = tile_cycles(c, tile) + each * chain_cycles(c, tile);
    const double shared =
        sharing * (c.busy * tile_cycles(c, tile) + each * block_cycles(device, units, tile));
    const double busy = rounds * std::max(alone, shared) / units.clock;

    const double elements = s.head_dim + s.value_dim;
    const double keys =
        s.window > 0.0 ? std::min(s.past + s.queries, s.window) : s.past + s.queries;
    const double rows = s.sequences * s.heads * s.queries;
    const bool repacks = c.repack > 0.0 && group > 1.0 && s.sequences > 1.0 && s.kv_heads > 1.0;
    const Traffic traffic{.repeated = s.sequences * s.kv_heads * keys * elements * tile.kv_bytes,
                          .fresh = rows * elements * 2.0};
    KernelTime time;
    time.flops = 2.0 * rows * keys * elements;
    time.memory = memory_time(device, units, traffic, s.cold, time.bytes);
    time.compute = busy;
    double rest = 0.0, passes = 0.0;
    if (splits > 1.0) {
        rest += join_time(device, units, s, splits);
        passes += 1.0;
    }
    if (repacks) {
        rest += 2.0 * traffic.fresh / (device.memory_bandwidth * c.memory);
        passes += c.repack;
    }
    if (s.window > 0.0 && s.window < s.past + s.queries) {
        passes += c.window_kernels;
    }
    if (c.store > 0.0) {
        rest += store_time(device, units, s);
        passes += 1.0;
    }
    time.launch = c.launch + passes * c.pass;
    time.seconds = time.launch + rest + overlapped(busy, time.memory);
    return time;
}

}  // namespace wafercast
