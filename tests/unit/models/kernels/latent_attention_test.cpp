#include "kernels/latent_attention.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

/// Round numbers: docs/models/latent-attention.md works with them.
KernelConstants constants() {
    KernelConstants k;
    LatentAttentionConstants& c = k.latent_attention;
    c.launch = 2e-6;
    c.prefill_kernels = 4.0;
    c.decode_kernels = 3.0;
    c.prefill_start = 1e-6;
    c.decode_start = 2e-6;
    c.prefill_rate = 1.0;
    c.decode_rate = 0.5;
    c.decode_narrow_gain = 0.0;
    c.exponentials = 16.0;
    c.softmax_operations = 12.8;
    c.overlap = 0.0;
    c.prefill_memory = 0.8;
    c.decode_memory = 0.9;
    c.prefill_rows = 128.0;
    c.prefill_keys = 64.0;
    c.decode_rows = 64.0;
    c.decode_keys = 64.0;
    c.most_splits = 1e6;
    c.join = 0.25e-6;
    c.crowding = 1.25;
    c.imbalance = 1.0;
    return k;
}

/// 100 units at 1 GHz: 4096 bf16 operations, 256 vector operations a cycle and unit; 2 TB/s.
KernelDevice device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = 100.0;
    d.clock = 1e9;
    d.peak[index(NumberFormat::kBf16)] = 409.6e12;
    d.vector_rate = 25.6e12;
    d.memory_bandwidth = 2e12;
    d.constants = &constants;
    return d;
}

double plain_causal_tiles(double queries, double past, double rows, double keys) {
    double sum = 0.0;
    for (double start = 0.0; start < queries; start += rows) {
        sum += std::ceil(std::min(past + start + rows, past + queries) / keys);
    }
    return sum;
}

TEST(CausalTiles, ClosedFormCountsEveryTile) {
    for (const double rows : {16.0, 64.0, 128.0, 256.0}) {
        for (const double keys : {16.0, 64.0, 128.0, 512.0}) {
            for (const double past : {0.0, 1.0, 63.0, 64.0, 200.0, 4096.0, 5000.0}) {
                for (const double queries : {1.0, 2.0, 63.0, 64.0, 65.0, 128.0, 1000.0, 4097.0}) {
                    EXPECT_DOUBLE_EQ(causal_tiles(queries, past, rows, keys),
                                     plain_causal_tiles(queries, past, rows, keys))
                        << rows << " x " << keys << ", " << queries << " after " << past;
                }
            }
        }
    }
}

// docs/models/latent-attention.md, "Example 1".
TEST(LatentAttention, PrefillMatchesWorkedExample) {
    const KernelConstants k = constants();
    const KernelTime time = prefill_latent_attention_time(
        device(k), {.sequences = 1, .queries = 1024, .past = 0, .heads = 100});
    // A score: 640 / 4096 + 1 / 16 + 12.8 / 128 = 0.31875 ns; a tile of 128 x 64 scores 2.6112 us.
    // 72 tiles and 8 starts of each of 100 heads over 100 units; the longest row of tiles has 16.
    const double mean = 72 * 2.6112e-6 + 8 * 1e-6, longest = 16 * 2.6112e-6 + 1e-6;
    EXPECT_NEAR(time.compute, mean + longest, 1e-12);
    const double before = (3.0 * 102400 * 64 * 2 + 1024 * 576 * 4) / 1.6e12;
    const double during = 102400.0 * 640 * 2 / 1.6e12;
    EXPECT_NEAR(time.launch, 8e-6, 1e-15);
    EXPECT_NEAR(time.seconds,
                8e-6 + before + std::pow(std::pow(mean + longest, 4) + std::pow(during, 4), 0.25),
                1e-12);
    EXPECT_NEAR(time.memory, before + during, 1e-12);
    EXPECT_EQ(time.bound(), KernelBound::kCompute);
}

// docs/models/latent-attention.md, "Example 2".
TEST(LatentAttention, DecodeMatchesWorkedExample) {
    const KernelConstants k = constants();
    const KernelTime time = decode_latent_attention_time(
        device(k), {.sequences = 25, .queries = 1, .past = 8191, .heads = 16});
    // 128 tiles of keys in 4 parts; a tile of 64 x 64 scores of 2176 / 2048 + 0.1625 ns is 5.0176
    // us
    const double products = 32 * 5.0176e-6;
    const double streaming = 25.0 * 8192 * 576 * 2 / 1.8e12;
    const double ends = (25.0 * 16 * (576 + 512 + 128) * 2 + 25 * 576 * 4) / 1.8e12;
    const double partial = 2.0 * 25 * 16 * 4 * 512 * 4 / 4e12;
    EXPECT_NEAR(time.launch, 6e-6 + 2e-6 + 2 * 0.25e-6, 1e-15);
    EXPECT_NEAR(time.seconds,
                time.launch + ends + partial +
                    std::pow(std::pow(products, 4) + std::pow(streaming, 4), 0.25),
                1e-12);
}

TEST(LatentAttention, HeadsOfATileAreFreeUntilTheNext) {
    const KernelConstants k = constants();
    LatentAttentionShape shape{.sequences = 200, .past = 4095, .heads = 1};
    const double one = decode_latent_attention_time(device(k), shape).compute;
    shape.heads = 64;
    EXPECT_DOUBLE_EQ(decode_latent_attention_time(device(k), shape).compute, one);
    shape.heads = 65;
    EXPECT_DOUBLE_EQ(decode_latent_attention_time(device(k), shape).compute, 2.0 * one);
}

TEST(LatentAttention, WithoutSplitsSequencesComeInWaves) {
    KernelConstants k = constants();
    k.latent_attention.most_splits = 1.0;
    const auto compute = [&](double sequences) {
        return decode_latent_attention_time(device(k), {.sequences = sequences, .past = 4095})
            .compute;
    };
    const double lone = compute(1.0 / 2.0);  // 128 heads: two blocks a sequence
    EXPECT_DOUBLE_EQ(compute(25.0), lone);
    EXPECT_DOUBLE_EQ(compute(26.0), 1.25 * lone);  // neighbours are busy
    EXPECT_DOUBLE_EQ(compute(50.0), 1.25 * lone);
    EXPECT_DOUBLE_EQ(compute(51.0), 2.25 * lone);
    EXPECT_DOUBLE_EQ(compute(100.0), 2.5 * lone);
}

TEST(LatentAttention, ANarrowCacheWithoutItsPathIsMultipliedWide) {
    const KernelConstants k = constants();
    KernelDevice d = device(k);
    LatentAttentionShape wide{.sequences = 2, .queries = 2048, .past = 0, .heads = 16};
    LatentAttentionShape narrow = wide;
    narrow.kv = NumberFormat::kFp8;
    EXPECT_DOUBLE_EQ(prefill_latent_attention_time(d, narrow).compute,
                     prefill_latent_attention_time(d, wide).compute);
    EXPECT_DOUBLE_EQ(prefill_latent_attention_time(d, narrow).narrowing, 0.0);

    d.peak[index(NumberFormat::kFp8)] = 819.2e12;
    EXPECT_LT(prefill_latent_attention_time(d, narrow).compute,
              prefill_latent_attention_time(d, wide).compute);
    EXPECT_DOUBLE_EQ(prefill_latent_attention_time(d, narrow).narrowing, 2e-6);
}

TEST(LatentAttention, FourBitCachesAreMultipliedInEight) {
    const KernelConstants k = constants();
    KernelDevice d = device(k);
    d.peak[index(NumberFormat::kFp8)] = 819.2e12;
    d.peak[index(NumberFormat::kFp4)] = 1638.4e12;
    LatentAttentionShape shape{.sequences = 2, .queries = 2048, .past = 0, .heads = 16};
    shape.kv = NumberFormat::kFp8;
    const double eight = prefill_latent_attention_time(d, shape).compute;
    shape.kv = NumberFormat::kFp4;
    EXPECT_DOUBLE_EQ(prefill_latent_attention_time(d, shape).compute, eight);
}

TEST(LatentAttention, SoftmaxBesideTheProductsCostsOnlyTheLonger) {
    KernelConstants k = constants();
    k.latent_attention.overlap = 1.0;
    const KernelTime time = prefill_latent_attention_time(
        device(k), {.sequences = 1, .queries = 1024, .past = 0, .heads = 100});
    const double tile = 128 * 64 * 0.1625e-9;  // products take 0.15625 ns
    EXPECT_NEAR(time.compute, 88 * tile + 9e-6, 1e-12);
}

TEST(LatentAttention, ADeviceMayStateMoreExponentialsThanItsFamily) {
    KernelConstants k = constants();
    k.latent_attention.softmax_operations = 0.0;
    KernelDevice d = device(k);
    const LatentAttentionShape shape{.sequences = 1, .queries = 1024, .past = 0, .heads = 100};
    const double family = prefill_latent_attention_time(d, shape).compute;
    d.exponentials = 32.0;
    const double tile = 128 * 64 / 32.0 * 1e-9;
    EXPECT_NEAR(prefill_latent_attention_time(d, shape).compute, family - 88 * tile, 1e-12);
}

// Two units of 200 TFLOP/s work like twenty of 20: their tiles start side by side.
TEST(LatentAttention, LargeUnitsWorkOnSeveralTiles) {
    const KernelConstants k = constants();
    KernelDevice few = device(k), many = device(k);
    few.peak[index(NumberFormat::kBf16)] = many.peak[index(NumberFormat::kBf16)] = 400e12;
    few.vector_rate = many.vector_rate = 0.0;
    few.units = 2.0;
    many.units = 20.0;
    const LatentAttentionShape shape{.sequences = 8, .queries = 512, .past = 100, .heads = 16};
    EXPECT_DOUBLE_EQ(prefill_latent_attention_time(few, shape).seconds,
                     prefill_latent_attention_time(many, shape).seconds);
    EXPECT_DOUBLE_EQ(decode_latent_attention_time(few, shape).seconds,
                     decode_latent_attention_time(many, shape).seconds);
}

TEST(LatentAttention, CachedTokensAreAttendedByEveryNewOne) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    const LatentAttentionShape fresh{.queries = 512, .past = 0};
    const LatentAttentionShape behind{.queries = 512, .past = 8192};
    EXPECT_DOUBLE_EQ(prefill_latent_attention_time(d, fresh).flops, 2.0 * 128 * 512 * 256.5 * 320);
    EXPECT_DOUBLE_EQ(prefill_latent_attention_time(d, behind).flops,
                     2.0 * 128 * 512 * (8192 + 256.5) * 320);
    EXPECT_GT(prefill_latent_attention_time(d, behind).compute,
              15.0 * prefill_latent_attention_time(d, fresh).compute);
}

}  // namespace
}  // namespace wafercast
