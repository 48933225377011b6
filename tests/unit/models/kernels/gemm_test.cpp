#include "kernels/gemm.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "kernels/gemm_tiles.hpp"

namespace wafercast {
namespace {

using enum NumberFormat;

/// Round numbers, and terms that a test does not ask for switched off: docs/models/gemm.md works
/// with them.
KernelConstants constants() {
    KernelConstants k;
    GemmConstants& c = k.gemm;
    c.launch = 3e-6;
    c.wave = 0.0;
    c.store = 1e9;
    c.rate = c.narrow_rate = c.integer_rate = c.widen_rate = 1.0;
    c.memory = c.feed = c.reuse = c.kept = 1.0;
    c.chain = 0.0;
    c.split = 2e-6;
    c.split_traffic = 1.0;
    c.energy = 1e-12;
    c.narrow_energy = 0.5e-12;
    c.quantise = 4e-6;
    c.quantise_bytes = 3.0;
    c.quantise_4bit = 5e-6;
    c.quantise_4bit_bytes = 2.5;
    c.plugin_splits = 4.0;
    return k;
}

/// 100 units of 2000 operations a cycle at 1 GHz, 2 TB/s, no cache and no power limit.
KernelDevice device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = 100.0;
    d.clock = d.max_clock = 1e9;
    d.peak[index(kBf16)] = 200e12;
    d.peak[index(kFp8)] = 400e12;
    d.memory_bandwidth = 2e12;
    d.constants = &constants;
    return d;
}

GemmShape square(double side) { return {.m = side, .n = side, .k = side}; }

GemmShape in_format(GemmShape shape, NumberFormat weights, NumberFormat inputs) {
    shape.weights = weights;
    shape.inputs = inputs;
    return shape;
}

// Worked by hand in docs/models/gemm.md, "Example 1".
TEST(Gemm, MatchesTheWorkedExample) {
    const KernelConstants c = constants();
    const GemmShape shape{.m = 2560.0, .n = 2560.0, .k = 1024.0};
    const KernelTime time = gemm_time(device(c), shape);
    EXPECT_NEAR(time.seconds, 70.44e-6, 0.01e-6);
    EXPECT_NEAR(time.compute, 67.11e-6, 0.01e-6);
    EXPECT_NEAR(time.bytes, 27.94e6, 0.01e6);
    EXPECT_DOUBLE_EQ(time.flops, 2.0 * 2560.0 * 2560.0 * 1024.0);
    EXPECT_DOUBLE_EQ(time.clock_share, 1.0);
    EXPECT_EQ(time.bound(), KernelBound::kCompute);
}

TEST(Gemm, OneTileMoreThanTheUnitsIsAWholeWaveMore) {
    const KernelConstants c = constants();
    const TiledGemm even = tiled_gemm(device(c), {.m = 2560.0, .n = 1280.0, .k = 4096.0});
    const TiledGemm odd = tiled_gemm(device(c), {.m = 2561.0, .n = 1280.0, .k = 4096.0});
    const Tiling tiling{256.0, 128.0, 1.0};
    EXPECT_NEAR(tiled_time(odd, tiling).compute / tiled_time(even, tiling).compute, 2.0, 1e-9);
}

TEST(Gemm, PartsOfTheDepthFillIdleUnits) {
    KernelConstants c = constants();
    c.gemm.chain = 2.0;
    const GemmShape deep{.m = 16.0, .n = 64.0, .k = 65536.0};
    const TiledTime split = fastest_tiling(tiled_gemm(device(c), deep));
    EXPECT_GT(split.tiling.parts, 1.0);
    TiledGemm whole = tiled_gemm(device(c), deep);
    whole.most_parts = 1.0;
    EXPECT_GT(fastest_tiling(whole).seconds, 4.0 * split.seconds);
}

TEST(Gemm, FastSearchEqualsThePlainOne) {
    for (const UnitKind kind : {UnitKind::kTensorCore, UnitKind::kSystolic, UnitKind::kVector,
                                UnitKind::kInMemory, UnitKind::kRomWeights}) {
        for (const double fine : {0.0, 1.0}) {
            KernelConstants c = constants();
            c.gemm.fine_tiles = c.gemm.multicast = fine;
            c.gemm.chain = 2.0;
            c.gemm.store = 16.0;
            c.gemm.wave = 0.2e-6;
            c.gemm.feed = 0.5;
            KernelDevice d = device(c);
            d.kind = kind;
            d.cache_bytes = 40e6;
            for (const double m : {1.0, 7.0, 64.0, 129.0, 513.0, 4096.0, 32768.0}) {
                for (const double n : {32.0, 768.0, 5120.0, 65536.0}) {
                    for (const double k : {32.0, 1536.0, 16384.0}) {
                        const GemmShape shape{.m = m, .n = n, .k = k};
                        EXPECT_DOUBLE_EQ(gemm_time(d, shape).seconds,
                                         gemm_time_plainly(d, shape).seconds)
                            << m << " " << n << " " << k;
                    }
                }
            }
        }
    }
}

TEST(Gemm, PowerLimitThrottlesLongKernels) {
    const KernelConstants c = constants();
    KernelDevice d = device(c);
    const KernelTime free = gemm_time(d, square(8192.0));
    d.power_limit = 0.5 * free.flops * c.gemm.energy / free.seconds;
    const KernelTime limited = gemm_time(d, square(8192.0));
    EXPECT_NEAR(limited.seconds / free.seconds, std::sqrt(2.0), 1e-9);
    EXPECT_NEAR(limited.clock_share, std::sqrt(0.5), 1e-9);
    GemmShape constant = square(8192.0);
    constant.constant_weights = true;
    KernelConstants quiet = constants();
    quiet.gemm.constant_data = 0.4;
    d.constants = &quiet;
    EXPECT_DOUBLE_EQ(gemm_time(d, constant).clock_share, 1.0);
}

TEST(Gemm, ShortKernelsEndBeforeTheClockFalls) {
    KernelConstants c = constants();
    c.gemm.throttle = 1.0;
    KernelDevice d = device(c);
    d.power_limit = 50.0;
    EXPECT_GT(gemm_time(d, square(2048.0)).clock_share, 0.99);
}

TEST(Gemm, RepeatedWeightsThatFitTheCacheAreFoundThere) {
    KernelConstants c = constants();
    c.gemm.kept = 0.5;
    KernelDevice d = device(c);
    d.cache_bytes = 50e6;
    GemmShape small{.m = 16.0, .n = 2048.0, .k = 2048.0};
    const KernelTime cold = gemm_time(d, small);
    EXPECT_NEAR(cold.bytes, 2048.0 * 2048.0 * 2.0, 1.0);
    small.weights_cold = false;
    EXPECT_DOUBLE_EQ(gemm_time(d, small).bytes, 0.0);
    EXPECT_LT(gemm_time(d, small).seconds, cold.seconds);
    small.weight_copies = 6.0;
    EXPECT_NEAR(gemm_time(d, small).bytes, cold.bytes, 0.1 * cold.bytes);
}

TEST(Gemm, NarrowInputsAreNarrowedFirst) {
    const KernelConstants c = constants();
    const KernelDevice d = device(c);
    const GemmShape shape = in_format({.m = 1000.0, .n = 4096.0, .k = 2000.0}, kFp8, kFp8);
    EXPECT_NEAR(gemm_time(d, shape).narrowing, 4e-6 + 2e6 * 3.0 / 2e12, 1e-15);
    GemmShape before = shape;
    before.narrowed_before = true;
    EXPECT_DOUBLE_EQ(gemm_time(d, before).narrowing, 0.0);
    EXPECT_NEAR(gemm_time(d, shape).seconds - gemm_time(d, before).seconds,
                gemm_time(d, shape).narrowing, 1e-15);
}

TEST(Gemm, FormatsThatADeviceLacksRunInTheNextWiderOne) {
    const KernelConstants c = constants();
    KernelDevice d = device(c);
    const GemmShape fp4 = in_format(square(4096.0), kFp4, kFp4);
    const GemmShape half = in_format(square(4096.0), kFp8, kBf16);
    EXPECT_LT(gemm_time(d, fp4).compute, gemm_time(d, half).compute);
    d.peak[index(kFp8)] = 0.0;
    const KernelTime wide = gemm_time(d, fp4);
    EXPECT_DOUBLE_EQ(wide.narrowing, 0.0);
    EXPECT_DOUBLE_EQ(tiled_gemm(d, fp4).op, tiled_gemm(d, square(4096.0)).op);
    EXPECT_DOUBLE_EQ(tiled_gemm(d, fp4).weight_bytes, 0.5);
}

TEST(Gemm, StoredWeightsAreReadAsTheyAreStored) {
    const KernelConstants c = constants();
    const GemmShape one{.m = 1.0, .n = 16384.0, .k = 16384.0};
    const double weights = 16384.0 * 16384.0;
    EXPECT_NEAR(gemm_time(device(c), one).bytes / weights, 2.0, 0.005);
    EXPECT_NEAR(gemm_time(device(c), in_format(one, kInt4, kBf16)).bytes / weights, 0.5, 0.005);
    GemmShape scaled = in_format(one, kFp4, kBf16);
    scaled.weight_bits = 4.5;
    EXPECT_NEAR(gemm_time(device(c), scaled).bytes / weights, 4.5 / 8.0, 0.005);
}

TEST(Gemm, SparseWeightsDoubleTheRateAndKeepNineSixteenths) {
    const KernelConstants c = constants();
    GemmShape sparse = square(8192.0);
    sparse.sparse_weights = true;
    EXPECT_NEAR(gemm_time(device(c), sparse).compute / gemm_time(device(c), square(8192.0)).compute,
                0.5, 1e-9);
    GemmShape one{.m = 1.0, .n = 16384.0, .k = 16384.0, .sparse_weights = true};
    EXPECT_NEAR(gemm_time(device(c), one).bytes, 2.0 * 16384.0 * 16384.0 * 9.0 / 16.0, 1e6);
}

TEST(Gemm, SystolicUnitsFillAndDrainTheirArray) {
    const KernelConstants c = constants();
    KernelDevice d = device(c);
    d.kind = UnitKind::kSystolic;
    d.units = 1.0;
    d.peak[index(kBf16)] = 2.0 * 128.0 * 128.0 * 1e9;  // 128 x 128 at 1 GHz
    const TiledGemm gemm = tiled_gemm(d, {.m = 128.0, .n = 128.0, .k = 4096.0});
    EXPECT_DOUBLE_EQ(gemm.array, 128.0);
    EXPECT_NEAR(tiled_time(gemm, {128.0, 128.0, 1.0}).compute, (4096.0 + 254.0) * 1e-9, 1e-15);
    // Many rows over few weights: these stay, and rows stream.
    const TiledGemm tall = tiled_gemm(d, {.m = 1024.0, .n = 128.0, .k = 128.0});
    EXPECT_NEAR(tiled_time(tall, {1024.0, 128.0, 1.0}).compute, (1024.0 + 254.0) * 1e-9, 1e-15);
    // Few rows over many weights: a tile of weights shifts in while rows use the one before.
    const TiledGemm flat = tiled_gemm(d, {.m = 32.0, .n = 128.0, .k = 4096.0});
    EXPECT_NEAR(tiled_time(flat, {32.0, 128.0, 1.0}).compute,
                (32.0 * 128.0 * c.gemm.shift + 254.0) * 1e-9, 1e-15);
}

TEST(Gemm, WeightsInPlaceAreNeverRead) {
    const KernelConstants c = constants();
    for (const UnitKind kind : {UnitKind::kInMemory, UnitKind::kRomWeights}) {
        KernelDevice d = device(c);
        d.kind = kind;
        const KernelTime time = gemm_time(d, {.m = 1.0, .n = 8192.0, .k = 8192.0});
        EXPECT_LT(time.bytes, 2.0 * 2.0 * (8192.0 + 8192.0));  // of 134 MB of weights
        EXPECT_LT(time.seconds, 4e-6);
    }
}

TEST(Gemm, ALibraryOfOneTilePadsToIt) {
    KernelConstants c = constants();
    c.gemm.library_tile = 128.0;
    const KernelDevice d = device(c);
    const auto compute = [&](double m) {
        GemmShape shape = in_format({.m = m, .n = 51200.0, .k = 8192.0}, kFp8, kFp8);
        return gemm_time(d, shape).compute;
    };
    EXPECT_DOUBLE_EQ(compute(257.0), compute(512.0));
    EXPECT_LT(compute(256.0), 0.6 * compute(257.0));
    const TiledTime deep =
        fastest_tiling(tiled_gemm(d, in_format({.m = 16.0, .n = 64.0, .k = 65536.0}, kFp8, kFp8)));
    EXPECT_EQ(deep.tiling, (Tiling{64.0, 64.0, 1.0}));
}

TEST(Gemm, NothingToMultiplyIsALaunch) {
    const KernelConstants c = constants();
    EXPECT_DOUBLE_EQ(gemm_time(device(c), {.m = 0.0, .n = 128.0, .k = 128.0}).seconds, 3e-6);
}

TEST(Gemm, BatchesAreMoreTiles) {
    const KernelConstants c = constants();
    GemmShape many{.m = 256.0, .n = 128.0, .k = 4096.0, .batches = 100.0};
    GemmShape one = many;
    one.batches = 1.0;
    const Tiling tiling{256.0, 128.0, 1.0};
    EXPECT_DOUBLE_EQ(tiled_time(tiled_gemm(device(c), many), tiling).compute,
                     tiled_time(tiled_gemm(device(c), one), tiling).compute);
    many.batches = 101.0;
    EXPECT_DOUBLE_EQ(tiled_time(tiled_gemm(device(c), many), tiling).compute,
                     2.0 * tiled_time(tiled_gemm(device(c), one), tiling).compute);
}

}  // namespace
}  // namespace wafercast
