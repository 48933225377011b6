#include "kernels/pointwise.hpp"

#include <gtest/gtest.h>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

/// Round numbers: docs/models/pointwise.md works with them.
KernelConstants constants() {
    KernelConstants k;
    PointwiseConstants& c = k.pointwise;
    c.launch = 3e-6;
    c.memory = 0.8;
    c.cache_share = 0.5;
    c.cache_speed = 2.0;
    c.exponentials = 16.0;
    c.softmax_operations = 32.0;
    c.tail = 0.5;
    c.residents = 8.0;
    return k;
}

/// 100 units at 1 GHz with 128 lanes and 192 KB, 2 TB/s behind a cache of 40 MB.
KernelDevice device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = 100.0;
    d.clock = 1e9;
    d.vector_rate = 25.6e12;
    d.memory_bandwidth = 2e12;
    d.cache_bytes = 40e6;
    d.unit_bytes = 192e3;
    d.constants = &constants;
    return d;
}

// docs/models/pointwise.md, "Example 1": 67 MB read and written, the cache keeps 20 MB of it.
TEST(Pointwise, ActivationMatchesWorkedExample) {
    const KernelConstants k = constants();
    PointwiseShape shape{.kind = PointwiseKind::kActivation, .rows = 1, .width = 33.5e6};
    const KernelTime time = pointwise_time(device(k), shape);
    EXPECT_DOUBLE_EQ(time.bytes, 134e6);
    EXPECT_NEAR(time.seconds, 3e-6 + (114e6 + 10e6) / 1.6e12, 1e-12);
    EXPECT_EQ(time.bound(), KernelBound::kMemory);
    shape.cold = true;
    EXPECT_NEAR(pointwise_time(device(k), shape).seconds, 3e-6 + 134e6 / 1.6e12, 1e-12);
}

// docs/models/pointwise.md, "Example 2": 250 rows on 100 units are three each, and the last alone.
TEST(Pointwise, SoftmaxMatchesWorkedExample) {
    const KernelConstants k = constants();
    const KernelTime time =
        pointwise_time(device(k), {.kind = PointwiseKind::kSoftmax, .rows = 250, .width = 4096});
    // 2 exponentials of 1/16 ns and 32 operations on 128 lanes: 0.375 ns an element
    EXPECT_NEAR(time.seconds, 3e-6 + 3.5 * 4096 * 0.375e-9, 1e-12);
    EXPECT_EQ(time.bound(), KernelBound::kCompute);
}

TEST(Pointwise, FewRowsFillFewUnits) {
    const KernelConstants k = constants();
    PointwiseShape shape{.kind = PointwiseKind::kSoftmax, .rows = 1, .width = 1e5};
    const double one = pointwise_time(device(k), shape).compute;
    shape.rows = 100;
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).compute, one);
    shape.kind = PointwiseKind::kActivation;  // any unit takes any element
    shape.rows = 1;
    const double elements = pointwise_time(device(k), shape).compute;
    shape.rows = 100;
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).compute, 100.0 * elements);
}

TEST(Pointwise, RowsTooLongToKeepAreReadAgain) {
    const KernelConstants k = constants();
    PointwiseShape shape{.kind = PointwiseKind::kNorm, .rows = 1e4, .width = 12e3};
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).bytes, 1e4 * 12e3 * 4);  // 8 x 24 KB fit
    shape.width = 24e3;
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).bytes, 1e4 * 24e3 * (2 * 1.5 + 2));
    KernelDevice unstated = device(k);
    unstated.unit_bytes = 0.0;
    EXPECT_DOUBLE_EQ(pointwise_time(unstated, shape).bytes, 1e4 * 24e3 * 4);
}

TEST(Pointwise, SamplingReadsTwiceAndCopiesCompute) {
    const KernelConstants k = constants();
    PointwiseShape shape{.kind = PointwiseKind::kSampling,
                         .rows = 64,
                         .width = 1000,
                         .bytes_in = 4.0,
                         .bytes_out = 0.0};
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).bytes, 64e3 * 8);
    shape.kind = PointwiseKind::kCopy;
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).bytes, 64e3 * 4);
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).compute, 0.0);
}

TEST(Pointwise, TheHostsCallIsAddedWhereAStackMakesOne) {
    KernelConstants k = constants();
    const PointwiseShape shape{.kind = PointwiseKind::kNorm, .rows = 10, .width = 100};
    const double graph = pointwise_time(device(k), shape).seconds;
    k.pointwise.norm_call = 40e-6;
    k.pointwise.softmax_call = 1.0;
    EXPECT_DOUBLE_EQ(pointwise_time(device(k), shape).seconds, graph + 40e-6);
}

}  // namespace
}  // namespace wafercast
