#include "kernels/attention_tiles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace wafercast {
namespace {

/// Scores of a tile that the registers hold.
constexpr double kScores = 24576.0;
/// Largest head whose outputs leave registers for more rows.
constexpr double kSmallHead = 96.0;
/// Share of a unit's memory that tiles may use.
constexpr double kUsableUnitBytes = 0.87;
/// Parts that the kernels join at most, and sequences beyond which balanced ones do not split.
constexpr double kMostSplits = 128.0, kMostBalancedSequences = 992.0;
/// Spare blocks that balanced kernels leave a unit, and blocks that they never split.
constexpr double kBalanceMargin = 1.1, kUnsplitBlocks = 4.0;
constexpr double kFilled = 0.8, kNearlyFullest = 0.85;

/// sum of floor((a i + b) / m) for i in [0, n), a and b >= 0.
double floor_sum(std::int64_t n, std::int64_t m, std::int64_t a, std::int64_t b) {
    double sum = 0.0;
    while (n > 0) {
        if (a >= m) {
            sum += 0.5 * static_cast<double>(n) * static_cast<double>(n - 1) *
                   static_cast<double>(a / m);
            a %= m;
        }
        if (b >= m) {
            sum += static_cast<double>(n) * static_cast<double>(b / m);
            b %= m;
        }
        const std::int64_t top = a * n + b;
        if (top < m) {
            break;
        }
        n = top / m;
        b = top % m;
        std::swap(m, a);
    }
    return sum;
}

std::int64_t integer(double value) { return static_cast<std::int64_t>(value); }

double bytes_of_kv(const AttentionShape& s) { return bytes_per_element(s.kv); }

/// Whether products are taken in the narrow format of the stored keys and values.
bool narrow_math(const AttentionConstants& c, const AttentionShape& s) {
    return c.narrow_inputs > 0.5 && bytes_of_kv(s) < bytes_per_element(s.inputs);
}

double wide_tile_rows(const AttentionConstants& c, const AttentionShape& s) {
    return s.head_dim <= kSmallHead ? c.small_head_rows : c.rows;
}

/// Rows of a tile with few queries; kernels for them exist for heads of usual size.
double narrow_tile_rows(const AttentionConstants& c, const AttentionShape& s) {
    return s.head_dim > c.narrow_head ? wide_tile_rows(c, s) : c.narrow_rows;
}

/// @param narrow  keys and values take half the space of 16-bit ones in a unit's memory
double keys_of_block(const AttentionConstants& c, double rows, double head_dim, bool narrow) {
    const double by_memory = c.block_values / head_dim * (narrow ? 2.0 : 1.0);
    const double keys = std::min({by_memory, kScores / rows, c.most_keys});
    return std::max(16.0, std::floor(keys / 16.0) * 16.0);
}

double resident_tiles(const KernelDevice& device, const AttentionShape& s, double rows,
                      double keys) {
    const double values = s.head_dim + s.value_dim;
    const double bytes = 2.0 * rows * s.head_dim +
                         device.constants->attention.stages * keys * values * bytes_of_kv(s);
    const double most = std::max(1.0, std::floor(device.constants->attention.resident));
    if (device.unit_bytes <= 0.0 || bytes <= 0.0) {
        return 1.0;
    }
    return std::clamp(std::floor(device.unit_bytes * kUsableUnitBytes / bytes), 1.0, most);
}

AttentionTile make_tile(const KernelDevice& device, const AttentionShape& s, double rows,
                        double group) {
    const AttentionConstants& c = device.constants->attention;
    AttentionTile tile;
    tile.rows = rows;
    tile.group = group;
    tile.keys = keys_of_block(c, rows, s.head_dim, narrow_math(c, s));
    tile.values = s.head_dim + s.value_dim;
    tile.kv_bytes = bytes_of_kv(s);
    tile.resident = resident_tiles(device, s, rows, tile.keys);
    tile.converts = tile.kv_bytes < bytes_per_element(s.inputs);
    return tile;
}

double grid_splits(double tiles, double blocks, double slots) {
    if (tiles >= kFilled * slots) {
        return 1.0;
    }
    struct Choice {
        double parts, filled;
    };
    std::array<Choice, static_cast<std::size_t>(kMostSplits)> choices;
    std::size_t count = 0;
    double fullest = 0.0;
    const double most = std::min({kMostSplits, slots, blocks});
    // Only part counts that shorten the longest part are worth a join.
    for (double parts = 1.0; parts <= most;) {
        const double waves = tiles * parts / slots;
        const double filled = waves <= 1.0 ? waves : waves / std::ceil(waves);
        // None is fuller than 1: the first that is nearly so is the choice unless one before it
        // may be near enough to the fullest.
        if (filled >= kNearlyFullest && fullest < kNearlyFullest * filled) {
            return parts;
        }
        fullest = std::max(fullest, filled);
        choices[count++] = {parts, filled};
        const double each = std::ceil(blocks / parts);
        parts = each > 1.0 ? std::ceil(blocks / (each - 1.0)) : most + 1.0;
    }
    std::size_t first = 0;
    while (choices[first].filled < kNearlyFullest * fullest) {
        ++first;
    }
    return choices[first].parts;
}

}  // namespace

AttentionShape whole(AttentionShape s) {
    s.sequences = std::max(1.0, std::round(s.sequences));
    s.queries = std::max(1.0, std::round(s.queries));
    s.past = std::max(0.0, std::round(s.past));
    s.heads = std::max(1.0, s.heads);
    s.kv_heads = std::clamp(s.kv_heads, 1.0, s.heads);
    s.head_dim = std::max(1.0, s.head_dim);
    s.value_dim = s.value_dim > 0.0 ? s.value_dim : s.head_dim;
    s.window = s.window > 0.0 ? std::max(1.0, std::round(s.window)) : 0.0;
    return s;
}

NumberFormat product_format(const AttentionConstants& c, const AttentionShape& s) {
    return narrow_math(c, s) ? s.kv : s.inputs;
}

SplitRule split_rule(const AttentionConstants& c) {
    return static_cast<SplitRule>(std::lround(std::clamp(c.split_rule, 0.0, 2.0)));
}

AttentionTile prefill_tile(const KernelDevice& device, const AttentionShape& s) {
    const AttentionConstants& c = device.constants->attention;
    const double group = c.packed > 0.5 ? s.heads / s.kv_heads : 1.0;
    const double rows =
        group * s.queries <= c.narrow_rows ? narrow_tile_rows(c, s) : wide_tile_rows(c, s);
    return make_tile(device, s, rows, group);
}

AttentionTile decode_tile(const KernelDevice& device, const AttentionShape& s) {
    const double rows = narrow_tile_rows(device.constants->attention, s);
    return make_tile(device, s, rows, s.heads / s.kv_heads);
}

TileCount prefill_tiles(const AttentionShape& s, const AttentionTile& tile) {
    // Rows of a tile hold the queries of `group` heads side by side: row r is query r / group.
    const double group = std::max(1.0, std::round(tile.group));
    const double rows = s.queries * group;
    TileCount count;
    count.tiles = std::ceil(rows / tile.rows);
    const double total = s.past + s.queries;
    const double last = std::ceil(total / tile.keys);
    const std::int64_t tiles = integer(count.tiles);
    const std::int64_t scale = integer(group * tile.keys);
    const std::int64_t step = integer(tile.rows);
    if (s.causal) {
        // Tile i sees keys up to that of its last query: ceil((past g + (i + 1) rows) / (g keys))
        // blocks; the last tile ends with the last key.
        const std::int64_t first = integer(s.past * group) + step + scale - 1;
        count.blocks = floor_sum(tiles - 1, scale, step, first) + last;
    } else {
        count.blocks = count.tiles * last;
    }
    double widest = last;
    if (s.window > 0.0 && s.window < total) {
        // Blocks wholly before the window of its first query are left out.
        const double offset = (s.past - (s.window - 1.0)) * group;
        const double skipped_tiles = offset >= 0.0 ? 0.0 : std::ceil(-offset / tile.rows);
        const double from = offset + skipped_tiles * tile.rows;
        if (skipped_tiles < count.tiles) {
            const double before =
                floor_sum(tiles - integer(skipped_tiles), scale, step, integer(from));
            count.blocks -= before;
        }
        widest = std::ceil(count.blocks / count.tiles);
    }
    count.most = std::max(widest, count.blocks / count.tiles);
    return count;
}

double attended_pairs(const AttentionShape& s) {
    const double n = s.queries;
    if (!s.causal) {
        const double keys = s.past + n;
        return n * (s.window > 0.0 ? std::min(keys, s.window) : keys);
    }
    const double all = n * s.past + n * (n + 1.0) / 2.0;
    if (s.window <= 0.0 || s.window >= s.past + n) {
        return all;
    }
    // Query i sees min(past + i, window) keys, i from 1.
    const double full = s.past >= s.window ? n : s.past + n - s.window;
    const double ramp = n - full;
    return full * s.window + ramp * s.past + ramp * (ramp + 1.0) / 2.0;
}

double decode_blocks(const AttentionShape& s, const AttentionTile& tile) {
    const double total = s.past + s.queries;
    const double last = std::ceil(total / tile.keys);
    if (s.window <= 0.0 || s.window >= total) {
        return last;
    }
    return std::max(1.0, last - std::floor((total - s.window) / tile.keys));
}

double key_splits(SplitRule rule, const AttentionShape& s, double tiles, double blocks,
                  double slots) {
    switch (rule) {
        case SplitRule::kWaves:
            return grid_splits(tiles, blocks, slots);
        case SplitRule::kOnce:
            return std::clamp(std::floor(slots / tiles), 1.0, blocks);
        case SplitRule::kEven:
            break;
    }
    if (blocks <= kUnsplitBlocks || s.sequences > kMostBalancedSequences) {
        return 1.0;
    }
    const double share = std::ceil(tiles * blocks * kBalanceMargin / slots);
    return std::clamp(std::ceil(blocks / share), 1.0, std::min(blocks, kMostSplits));
}

}  // namespace wafercast
