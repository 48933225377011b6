#include "kernels/experts.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

/// Round numbers: docs/models/experts.md works with them.
KernelConstants constants() {
    KernelConstants k;
    ExpertsConstants& c = k.experts;
    c.wide = {.launch = 20e-6,
              .split = 10e-6,
              .memory = 0.8,
              .rate = 0.5,
              .block = 1000.0,
              .step = 500.0};
    c.narrow = c.block_scaled = c.packed = c.fused = c.wide;
    c.packed.unpack = 50.0;
    c.packed.blocks = static_cast<double>(RowBlocks::kMarlin);
    c.fused.own_rows = 1.0;
    c.feed = 50.0;
    c.pointwise = 0.5;

    c.resident = 0.5;
    return k;
}

/// 100 units at 1 GHz, 400 TFLOP/s in 16 bits, 2 TB/s, no fp8 path.
KernelDevice device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = 100.0;
    d.clock = 1e9;
    d.peak[index(NumberFormat::kBf16)] = 400e12;
    d.memory_bandwidth = 2e12;
    d.cache_bytes = 40e6;
    d.constants = &constants;
    return d;
}

/// 8 experts of 1024 x 4096, two a token, chosen in turn.
ExpertsShape shape(double tokens) {
    return {.tokens = tokens,
            .hidden = 1024.0,
            .inner = 4096.0,
            .experts = 8.0,
            .top_k = 2.0,
            .routing = {.balanced = true}};
}

// docs/models/experts.md, worked example: 64 tokens, 16 rows an expert, one block of 16 rows each.
TEST(Experts, WorkedExample) {
    const KernelConstants k = constants();
    const KernelTime t = experts_time(device(k), shape(64.0));
    const double bandwidth = 0.8 * 2e12;
    const auto multiply = [&](double n, double inner, double rows_in) {
        const double traffic = (8.0 * n * inner + rows_in * inner + 128.0 * n) * 2.0 / bandwidth;
        const double cycles = std::hypot(2.0 * 16.0 * 128.0 * inner / (4000.0 * 0.5),
                                         (16.0 + 128.0) * 2.0 * inner / 50.0) +
                              1000.0;
        const double even = 8.0 * n / 128.0 / 100.0;
        const double waves = even <= 1.0 ? 1.0 : 0.5 * (even + std::ceil(even));
        const double chain = inner / 64.0 * 500e-9 / 3.0;
        return std::hypot(std::hypot(traffic, waves * cycles * 1e-9), chain);
    };
    const double pointwise = (128.0 * (3.0 * 4096.0 + 1024.0) + 64.0 * 1024.0) * 2.0 / (0.5 * 2e12);
    const double want =
        20e-6 + multiply(8192.0, 1024.0, 64.0) + multiply(1024.0, 4096.0, 128.0) + pointwise;
    EXPECT_NEAR(t.seconds, want, 1e-12 + 1e-9 * want);
    EXPECT_DOUBLE_EQ(t.flops, 2.0 * 128.0 * 3.0 * 1024.0 * 4096.0);
    EXPECT_DOUBLE_EQ(t.launch, 20e-6);
}

TEST(Experts, WeightsOfIdleExpertsAreNotRead) {
    const KernelConstants k = constants();
    EXPECT_DOUBLE_EQ(active_experts(shape(1.0)), 2.0);
    EXPECT_NEAR(
        experts_time(device(k), shape(4.0)).bytes / experts_time(device(k), shape(1.0)).bytes, 4.0,
        0.05);
}

TEST(Experts, PackedWeightsTakeFourTimesLessTrafficAndUnpackOnTheWay) {
    KernelConstants k = constants();
    ExpertsShape packed = shape(8.0);
    packed.weights = NumberFormat::kInt4;
    const double wide = experts_time(device(k), shape(8.0)).bytes;
    EXPECT_NEAR(wide / experts_time(device(k), packed).bytes, 4.0, 0.1);
    const double with = experts_time(device(k), packed).seconds;
    k.experts.packed.unpack = 0.0;
    EXPECT_LT(experts_time(device(k), packed).seconds, with);
}

// Weights and inputs of four bits take kernels of their own, with their own fixed time; those of
// eight bits do not.
TEST(Experts, FourBitsHaveTheirOwnKernels) {
    KernelConstants k = constants();
    KernelDevice d = device(k);
    d.peak[index(NumberFormat::kFp8)] = 2.0 * d.peak[index(NumberFormat::kBf16)];
    d.peak[index(NumberFormat::kFp4)] = 4.0 * d.peak[index(NumberFormat::kBf16)];
    ExpertsShape four = shape(64.0), eight = four;
    four.weights = four.inputs = NumberFormat::kFp4;
    eight.weights = eight.inputs = NumberFormat::kFp8;
    const double before = experts_time(d, four).seconds;
    const double other = experts_time(d, eight).seconds;
    k.experts.block_scaled.launch += 7e-6;
    EXPECT_NEAR(experts_time(d, four).seconds - before, 7e-6, 1e-12);
    EXPECT_DOUBLE_EQ(experts_time(d, eight).seconds, other);
}

// No fp8 path: the weights stay narrow, the multiplication runs in 16 bits.
TEST(Experts, AFormatTheDeviceLacksRunsInTheNextWiderOne) {
    const KernelConstants k = constants();
    ExpertsShape narrow = shape(4096.0);
    narrow.weights = narrow.inputs = NumberFormat::kFp8;
    KernelDevice old = device(k);
    KernelDevice recent = old;
    recent.peak[index(NumberFormat::kFp8)] = 800e12;
    EXPECT_GT(experts_time(old, narrow).compute, experts_time(recent, narrow).compute);
    EXPECT_GT(experts_time(recent, narrow).narrowing, 0.0);
    EXPECT_DOUBLE_EQ(experts_time(old, narrow).narrowing, 0.0);
}

// Without all-to-all every rank passes all rows through activation and sum.
TEST(Experts, RowsOfOtherRanksCostOnlyWhereTheyAreHeld) {
    const KernelConstants k = constants();
    ExpertsShape held = shape(8192.0);
    held.expert = 8.0;
    ExpertsShape exchanged = held;
    exchanged.exchanged = true;
    ExpertsShape fused = held;
    fused.weights = NumberFormat::kFp4;
    ExpertsShape packed = fused;
    fused.fused = true;
    EXPECT_GT(experts_time(device(k), held).bytes, 2.0 * experts_time(device(k), exchanged).bytes);
    EXPECT_GT(experts_time(device(k), packed).bytes, 2.0 * experts_time(device(k), fused).bytes);
    EXPECT_DOUBLE_EQ(experts_time(device(k), held).launch, 30e-6);
}

TEST(Experts, WeightsThatFitTheCacheAreReadOnceWhereABenchmarkRepeats) {
    const KernelConstants k = constants();
    ExpertsShape small = shape(1.0);
    small.inner = 512.0;
    const double cold = experts_time(device(k), small).bytes;
    small.weights_cold = false;
    EXPECT_LT(experts_time(device(k), small).bytes, 0.1 * cold);
    ExpertsShape large = shape(64.0);
    large.weights_cold = false;
    EXPECT_NEAR(experts_time(device(k), large).bytes / experts_time(device(k), shape(64.0)).bytes,
                1.0, 0.01);
}

// Element by element where rows start anywhere; blocks of a kernel that is not persistent overlap.
TEST(Experts, UnalignedRowsAndLoneBlocksCostMore) {
    KernelConstants k = constants();
    k.experts.wide.blocks = static_cast<double>(RowBlocks::kByTokens);
    ExpertsShape odd = shape(4096.0);
    odd.inner = 4100.0;
    const double before = experts_time(device(k), odd).seconds;
    k.experts.wide.scattered = 2.0;
    EXPECT_GT(experts_time(device(k), odd).seconds, 1.5 * before);
    const double aligned = experts_time(device(k), shape(4096.0)).seconds;
    k.experts.wide.scattered = 0.0;
    EXPECT_DOUBLE_EQ(experts_time(device(k), shape(4096.0)).seconds, aligned);
    KernelDevice roomy = device(k);
    roomy.unit_bytes = 256e3;
    EXPECT_LT(experts_time(roomy, shape(4096.0)).seconds, aligned);
}

TEST(Experts, BusiestRankIsAboveTheMeanUnderSkewOnly) {
    ExpertsShape s = shape(4096.0);
    s.experts = 64.0;
    s.expert = 8.0;
    EXPECT_DOUBLE_EQ(rank_imbalance(s), 1.0);
    s.routing = {};
    EXPECT_GT(rank_imbalance(s), 1.0);
    EXPECT_LT(rank_imbalance(s), 1.1);
    s.routing = {.power = 1.2};
    EXPECT_GT(rank_imbalance(s), 1.3);
    s.load = 2.0;
    EXPECT_DOUBLE_EQ(rank_imbalance(s), 2.0);
}

}  // namespace
}  // namespace wafercast
