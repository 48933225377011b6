#include "kernels/attention.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "core/kernels/kernel_constants.hpp"
#include "kernels/attention_tiles.hpp"
#include "kernels/attention_units.hpp"
#include "kernels/linear_attention.hpp"
#include "kernels/sparse_attention.hpp"

namespace wafercast {
namespace {

/// Round numbers: docs/models/attention.md works with them.
KernelConstants constants() {
    KernelConstants k;
    AttentionConstants& c = k.attention;
    c.rows = c.small_head_rows = 128.0;
    c.narrow_rows = 64.0;
    c.narrow_head = 256.0;
    c.block_values = 16384.0;
    c.most_keys = 128.0;
    c.stages = 1.0;
    c.resident = 1.0;
    c.split_rule = 1.0;
    c.join_kernels = 1.0;
    c.lone_split = 1.0;
    c.exponentials = 16.0;
    c.launch = 5e-6;
    c.pass = 2e-6;
    c.tile = 1000.0;
    c.busy = 0.5;
    c.chain = 1000.0;
    c.rate = 0.5;
    c.exposed = 0.5;
    c.memory = 0.8;
    c.feed = 64.0;
    c.cached = 0.5;
    c.convert = 64.0;
    c.combine = 100.0;
    c.tail = 0.5;
    return k;
}

/// 100 units at 1 GHz, 4096 operations a cycle each in 16 bits, 2 TB/s, 40 MB of cache.
KernelDevice device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = 100.0;
    d.clock = 1e9;
    d.peak[index(NumberFormat::kBf16)] = 409.6e12;
    d.vector_rate = 20e12;
    d.memory_bandwidth = 2e12;
    d.cache_bytes = 40e6;
    d.unit_bytes = 200e3;
    d.constants = &constants;
    return d;
}

// docs/models/attention.md, "Example 1": 200 tiles of one head each visit 8 blocks of 128 keys.
TEST(PrefillAttention, MatchesWorkedExample) {
    const KernelConstants k = constants();
    const AttentionShape shape{.sequences = 25.0,
                               .queries = 128.0,
                               .past = 896.0,
                               .heads = 8.0,
                               .kv_heads = 8.0,
                               .head_dim = 128.0,
                               .causal = false};
    const KernelTime time = prefill_attention_time(device(k), shape);
    // Products 4 x 128^3 / (4096 x 0.5) = 4096 cycles, softmax 128^2 / 16 = 1024, half exposed.
    const double block = 4096.0 + 0.5 * 1024.0;
    const double busy = 2.0 * (1000.0 + 8.0 * block) * 1e-9;
    EXPECT_DOUBLE_EQ(time.compute, busy);
    // Keys and values of 1024 tokens, queries and outputs of 128, cold.
    const double bytes = 25.0 * 8.0 * 256.0 * 2.0 * (1024.0 + 128.0);
    EXPECT_DOUBLE_EQ(time.bytes, bytes);
    EXPECT_DOUBLE_EQ(time.memory, bytes / 1.6e12);
    EXPECT_DOUBLE_EQ(time.seconds,
                     5e-6 + std::pow(std::pow(busy, 4) + std::pow(time.memory, 4), 0.25));
}

// Where another operation writes the new keys, a repeated call has no such kernel; inference does.
TEST(DecodeAttention, LeavesOutKeysThatAreWrittenApart) {
    KernelConstants k = constants();
    k.attention.store = 5000.0;
    AttentionShape shape{
        .sequences = 4.0, .queries = 1.0, .past = 1000.0, .heads = 8.0, .kv_heads = 8.0};
    shape.head_dim = 128.0;
    shape.cold = false;
    const double with_store = decode_attention_time(device(k), shape).launch;
    shape.cold = true;
    const double inference = decode_attention_time(device(k), shape).seconds;
    k.attention.store_apart = 1.0;
    EXPECT_DOUBLE_EQ(decode_attention_time(device(k), shape).seconds, inference);
    shape.cold = false;
    EXPECT_DOUBLE_EQ(decode_attention_time(device(k), shape).launch, with_store - k.attention.pass);
}

// docs/models/attention.md, "Example 2": 4 tiles of 64 blocks in 22 parts of 3 blocks.
TEST(DecodeAttention, MatchesWorkedExample) {
    const KernelConstants k = constants();
    const AttentionShape shape{.sequences = 4.0,
                               .queries = 1.0,
                               .past = 8191.0,
                               .heads = 8.0,
                               .kv_heads = 1.0,
                               .head_dim = 128.0,
                               .cold = true};
    const KernelTime time = decode_attention_time(device(k), shape);
    // Share: ceil(4 x 64 x 1.1 / 100) = 3 blocks a unit, 22 parts, 88 units at work. A block takes
    // 64 x 128 rows and keys: 2048 + 0.5 x 512 cycles, longer than its chain of 1000.
    const double busy = (500.0 + 3.0 * 2304.0) * 1e-9;
    const double memory = (4.0 * 8192.0 + 4.0 * 8.0) * 256.0 * 2.0 / 1.6e12;
    const double join = 100.0 * 22.0 * 1e-9 + 8.0 * 4.0 * 8.0 * 128.0 * 22.0 / 6.4e12;
    EXPECT_DOUBLE_EQ(time.compute, busy);
    EXPECT_DOUBLE_EQ(time.memory, memory);
    EXPECT_DOUBLE_EQ(time.seconds,
                     7e-6 + join + std::pow(std::pow(busy, 4) + std::pow(memory, 4), 0.25));
}

/// Blocks that hold a key which a query of the tile sees, by looking at every query.
TileCount counted(const AttentionShape& s, const AttentionTile& tile) {
    TileCount count;
    const auto group = std::lround(tile.group), rows = std::lround(tile.rows);
    const auto keys = std::lround(tile.keys), n = std::lround(s.queries);
    const auto past = std::lround(s.past), window = std::lround(s.window);
    for (long first = 0; first < n * group; first += rows) {
        long low = past + n, high = 0;
        for (long row = first; row < std::min(first + rows, n * group); ++row) {
            const long query = past + row / group;
            high = std::max(high, s.causal ? query + 1 : past + n);
            low = std::min(low, window > 0 ? std::max(0L, query - window + 1) : 0L);
        }
        count.tiles += 1.0;
        count.blocks += static_cast<double>((high + keys - 1) / keys - low / keys);
    }
    return count;
}

TEST(PrefillTiles, EqualsLookingAtEveryQuery) {
    for (const double queries : {2.0, 17.0, 128.0, 300.0}) {
        for (const double past : {0.0, 5.0, 1000.0}) {
            for (const double window : {0.0, 1.0, 100.0, 128.0, 5000.0}) {
                for (const double group : {1.0, 3.0, 8.0}) {
                    for (const double keys : {16.0, 80.0, 128.0}) {
                        const AttentionShape s = whole(
                            {.queries = queries, .past = past, .heads = group, .window = window});
                        const AttentionTile tile{.rows = 64.0, .group = group, .keys = keys};
                        const TileCount fast = prefill_tiles(s, tile), slow = counted(s, tile);
                        EXPECT_EQ(fast.tiles, slow.tiles);
                        EXPECT_EQ(fast.blocks, slow.blocks)
                            << queries << ' ' << past << ' ' << window << ' ' << group << ' '
                            << keys;
                    }
                }
            }
        }
    }
}

TEST(AttendedPairs, EqualsTheSumOverQueries) {
    for (const double queries : {1.0, 7.0, 200.0}) {
        for (const double past : {0.0, 3.0, 150.0}) {
            for (const double window : {0.0, 1.0, 64.0, 1000.0}) {
                double sum = 0.0;
                for (double query = 1.0; query <= queries; query += 1.0) {
                    sum += window > 0.0 ? std::min(past + query, window) : past + query;
                }
                EXPECT_EQ(
                    attended_pairs(whole({.queries = queries, .past = past, .window = window})),
                    sum);
            }
        }
    }
}

/// The rule as its authors state it: of all part counts that shorten the longest part, the first
/// within 15 % of the fullest waves.
double searched_splits(double tiles, double blocks, double slots) {
    if (tiles >= 0.8 * slots) {
        return 1.0;
    }
    const double most = std::min({128.0, slots, blocks});
    std::vector<double> filled;
    for (double parts = 1.0; parts <= most; parts += 1.0) {
        const bool shortens =
            parts == 1.0 || std::ceil(blocks / parts) != std::ceil(blocks / (parts - 1.0));
        const double waves = tiles * parts / slots;
        filled.push_back(shortens ? waves / std::ceil(waves) : 0.0);
    }
    const double fullest = *std::max_element(filled.begin(), filled.end());
    for (std::size_t i = 0; i < filled.size(); ++i) {
        if (filled[i] >= 0.85 * fullest) {
            return static_cast<double>(i + 1);
        }
    }
    return 1.0;
}

TEST(KeySplits, WavesEqualASearchOverEveryCount) {
    for (double tiles = 1.0; tiles < 300.0; tiles = std::ceil(tiles * 1.3)) {
        for (double blocks = 1.0; blocks < 5000.0; blocks = std::ceil(blocks * 1.2)) {
            EXPECT_EQ(key_splits(SplitRule::kWaves, {}, tiles, blocks, 216.0),
                      searched_splits(tiles, blocks, 216.0))
                << tiles << ' ' << blocks;
        }
    }
}

TEST(DecodeBlocks, AWindowMayStraddleOneBlockMore) {
    const AttentionTile tile{.keys = 128.0};
    EXPECT_EQ(decode_blocks(whole({.past = 511.0, .window = 128.0}), tile), 1.0);
    EXPECT_EQ(decode_blocks(whole({.past = 512.0, .window = 128.0}), tile), 2.0);
    EXPECT_EQ(decode_blocks(whole({.past = 99.0, .window = 128.0}), tile), 1.0);
}

TEST(PrefillAttention, OneQueryIsADecodeStep) {
    const KernelConstants k = constants();
    const AttentionShape shape{.sequences = 8.0, .past = 999.0, .heads = 32.0, .kv_heads = 8.0};
    EXPECT_EQ(prefill_attention_time(device(k), shape).seconds,
              decode_attention_time(device(k), shape).seconds);
}

TEST(DecodeAttention, RepeatedDataComesFromTheCacheOnlyWhenWarm) {
    const KernelConstants k = constants();
    AttentionShape shape{.sequences = 16.0, .past = 999.0, .heads = 32.0, .kv_heads = 4.0};
    const KernelTime cold = decode_attention_time(device(k), shape);
    shape.cold = false;  // 33 MB against 20 MB of 40 that data can hold
    const KernelTime warm = decode_attention_time(device(k), shape);
    EXPECT_LT(warm.bytes, cold.bytes);
    EXPECT_GT(warm.bytes, 0.0);
    EXPECT_LE(warm.seconds, cold.seconds);
}

TEST(HitShare, SolvesItsEquation) {
    for (const double ratio : {1.05, 1.5, 3.0, 20.0}) {
        const double share = hit_share(ratio, 1.0);
        EXPECT_NEAR(share, std::exp(-(1.0 - share) * ratio), 0.02);
    }
    EXPECT_EQ(hit_share(1.0, 1.0), 1.0);
    EXPECT_EQ(hit_share(1.0, 0.0), 0.0);
}

TEST(Attention, AMissingFormatIsComputedInTheNextWiderOne) {
    const KernelConstants k = constants();
    KernelConstants narrow = constants();
    narrow.attention.narrow_inputs = 1.0;
    const AttentionShape fp8{.sequences = 4.0,
                             .queries = 2048.0,
                             .heads = 8.0,
                             .kv_heads = 8.0,
                             .kv = NumberFormat::kFp8};
    EXPECT_EQ(attention_units(device(k), NumberFormat::kFp8).flops,
              attention_units(device(k), NumberFormat::kBf16).flops);
    KernelDevice d = device(narrow);
    const double without = prefill_attention_time(d, fp8).compute;
    d.peak[index(NumberFormat::kFp8)] = 2.0 * d.peak[index(NumberFormat::kBf16)];
    EXPECT_LT(prefill_attention_time(d, fp8).compute, without);
}

TEST(Attention, APowerLimitStretchesWhatItCannotFeed) {
    const KernelConstants k = constants();
    KernelDevice d = device(k);
    const AttentionShape shape{.sequences = 8.0, .queries = 8192.0, .heads = 32.0, .kv_heads = 8.0};
    const KernelTime free = prefill_attention_time(d, shape);
    d.joules_per_op[index(NumberFormat::kBf16)] = 1e-12;
    d.power_limit = 50.0;
    const KernelTime limited = prefill_attention_time(d, shape);
    EXPECT_GE(limited.seconds, limited.flops * 1e-12 / 50.0);
    EXPECT_GT(limited.seconds, free.seconds);
}

// 2048 chosen of 100 000: no longer than attention to all, no shorter than reading the index.
TEST(SparseAttention, LiesBetweenItsIndexAndPlainAttention) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    SparseAttentionShape sparse{.sequences = 16.0,
                                .queries = 1.0,
                                .past = 99999.0,
                                .heads = 64.0,
                                .kv_heads = 8.0,
                                .index_heads = 8.0};
    const KernelTime time = sparse_attention_time(d, sparse);
    const KernelTime plain = decode_attention_time(
        d, {.sequences = 16.0, .past = 99999.0, .heads = 64.0, .kv_heads = 8.0});
    const double index_bytes = 16.0 * 100000.0 * 128.0;
    EXPECT_LT(time.seconds, plain.seconds);
    EXPECT_GT(time.seconds, index_bytes / d.memory_bandwidth);
    EXPECT_GT(time.bytes, index_bytes + 16.0 * 2048.0 * 8.0 * 256.0 * 2.0);

    sparse.past = 2000.0;  // fewer than are chosen: nothing to score
    EXPECT_EQ(sparse_attention_time(d, sparse).seconds,
              decode_attention_time(
                  d, {.sequences = 16.0, .past = 2000.0, .heads = 64.0, .kv_heads = 8.0})
                  .seconds);
}

// Queries of one prompt choose among the same keys: memory sends those once.
TEST(SparseAttention, APromptReadsAKeyFromMemoryOnce) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    const KernelTime time = sparse_attention_time(
        d, {.queries = 8192.0, .past = 8192.0, .heads = 16.0, .kv_heads = 2.0, .index_heads = 4.0});
    const double chosen = 8192.0 * 2048.0 * 2.0 * 256.0 * 2.0;
    EXPECT_LT(time.bytes, 0.1 * chosen);
}

TEST(LinearAttention, DecodeReadsAndWritesTheState) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    const LinearAttentionShape shape{.sequences = 256.0, .heads = 32.0, .key_heads = 16.0};
    const KernelTime time = decode_linear_attention_time(d, shape);
    const double state = 256.0 * 32.0 * 128.0 * 128.0 * 4.0;
    EXPECT_GT(time.bytes, 2.0 * state);
    EXPECT_LT(time.bytes, 2.1 * state);
    EXPECT_NEAR(time.seconds, time.bytes / 1.6e12, 0.1 * time.seconds);
}

// Operations per chunk of 64 with d = 128: 2 C^2 256 + 4 C d^2, and 2 C^2 384 + 2 C d^2 + C^3 / 3.
TEST(LinearAttention, ChunksCountAsDerived) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    LinearAttentionShape shape{.rule = LinearRule::kDecay, .queries = 64.0, .heads = 1.0};
    EXPECT_DOUBLE_EQ(prefill_linear_attention_time(d, shape).flops, 2097152.0 + 4194304.0);
    shape.rule = LinearRule::kDelta;
    EXPECT_DOUBLE_EQ(prefill_linear_attention_time(d, shape).flops,
                     2097152.0 + 4194304.0 + 3145728.0 + 2097152.0 + 262144.0 / 3.0);
}

// One sequence of few heads cannot be faster than its chunks one after the other.
TEST(LinearAttention, ChunksFollowEachOther) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    const auto seconds = [&](double queries) {
        return prefill_linear_attention_time(d, {.queries = queries, .heads = 4.0}).seconds;
    };
    const double chunk = (seconds(64.0 * 2000.0) - seconds(64.0 * 1000.0)) / 1000.0;
    EXPECT_GT(chunk, 1000.0 * 64.0 * 256.0 * 2.0 / 65536.0 * 1e-9);
}

}  // namespace
}  // namespace wafercast
