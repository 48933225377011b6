#include "performance/operator_time.hpp"

#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

class OperatorTime : public ::testing::Test {
protected:
    OperatorCost time(const Operator& op, double clock_factor = 1.0) {
        resolved_ = design_.resolved();
        rating_ = design_.rating();
        model_ = device_model(resolved_, rating_, {}, {.tensor = 8.0});
        return time_operator(model_, op, clock_factor);
    }

    static Operator gemm(double m, double k, double n) {
        return {.name = "gemm",
                .kind = OperatorKind::kGemm,
                .flops = 2.0 * m * k * n,
                .weight_bytes = k * n,
                .shape = GemmShape{.m = m, .n = n, .k = k}};
    }

    ServingDesign design_;
    ResolvedDesign resolved_;
    DeviceRating rating_;
    DeviceModel model_;
};

// docs/models/performance.md, "Example 2": 20000 op a cycle and unit, so tiles of 256.
TEST_F(OperatorTime, ComputeBoundGemmMatchesWorkedExample) {
    const OperatorCost cost = time(gemm(2560.0, 8192.0, 25600.0));
    EXPECT_DOUBLE_EQ(model_.tile, 256.0);
    EXPECT_NEAR(cost.seconds, 2.0 * 2560.0 * 8192.0 * 25600.0 / 2e15, 1e-9);
    EXPECT_EQ(cost.bound, Bound::kCompute);
    EXPECT_NEAR(cost.compute_joules, 2.0 * 2560.0 * 8192.0 * 25600.0 * 0.3e-12, 1e-9);
}

TEST_F(OperatorTime, SmallGemmWaitsForItsWeights) {
    const OperatorCost cost = time(gemm(8.0, 8192.0, 28672.0));
    EXPECT_NEAR(cost.seconds, 8192.0 * 28672.0 / 3e12, 1e-12);
    EXPECT_EQ(cost.bound, Bound::kMemory);
    EXPECT_NEAR(cost.memory_joules, 8192.0 * 28672.0 * 40e-12, 1e-12);
}

// docs/models/performance.md, "Time of an operator": 2560 x 8192 inputs of 5 byte over 3 TB/s.
TEST_F(OperatorTime, NarrowingAnInputIsAKernelOfItsOwn) {
    design_.topology.device.quantisation_latency = design_.add(9e-6);
    design_.topology.device.gemm_efficiency_fp8_alone = design_.add(0.5);
    const double compute = 2.0 * 2560.0 * 8192.0 * 25600.0 / (0.5 * 2e15);
    const OperatorCost cost = time(gemm(2560.0, 8192.0, 25600.0));
    EXPECT_NEAR(cost.seconds, 9e-6 + 5.0 * 2560.0 * 8192.0 / 3e12 + compute, 1e-9);
    design_.topology.workload.activations = NumberFormat::kBf16;
    EXPECT_DOUBLE_EQ(time(gemm(2560.0, 8192.0, 25600.0)).narrowing, 0.0);
    EXPECT_DOUBLE_EQ(time(gemm(2560.0, 8192.0, 25600.0)).latency, 0.0);
}

TEST_F(OperatorTime, LaunchAddsAndFusedOperatorsPayNone) {
    design_.set(design_.topology.device.launch_latency, 4e-6);
    Operator op = gemm(8.0, 8192.0, 28672.0);
    op.count = 80.0;
    const double traffic = 8192.0 * 28672.0 / 3e12;
    EXPECT_NEAR(time(op).seconds, 80.0 * (4e-6 + traffic), 1e-9);
    op.launches = 0.0;
    EXPECT_NEAR(time(op).seconds, 80.0 * traffic, 1e-9);
}

TEST_F(OperatorTime, EfficienciesOfTheFormatApply) {
    design_.topology.device.gemm_efficiency_fp8 = design_.add(0.5);
    const double slow = time(gemm(2560.0, 8192.0, 25600.0)).seconds;
    design_.set(design_.topology.device.gemm_efficiency_fp8, 1.0);
    EXPECT_NEAR(slow / time(gemm(2560.0, 8192.0, 25600.0)).seconds, 2.0, 1e-9);
}

TEST_F(OperatorTime, ClockSlowsComputeButNotStacks) {
    EXPECT_NEAR(time(gemm(2560.0, 8192.0, 25600.0), 0.5).seconds,
                2.0 * time(gemm(2560.0, 8192.0, 25600.0)).seconds, 1e-12);
    EXPECT_DOUBLE_EQ(time(gemm(8.0, 8192.0, 28672.0), 0.5).seconds,
                     time(gemm(8.0, 8192.0, 28672.0)).seconds);
}

TEST_F(OperatorTime, ActivationsSpillWhenTheDieIsFull) {
    Operator op{.name = "act", .kind = OperatorKind::kElementwise, .activation_bytes = 70e6};
    EXPECT_EQ(time(op).seconds, 0.0);
    op.activation_bytes = 80e6;  // over 75 MB
    EXPECT_NEAR(time(op).seconds, 80e6 / 3e12, 1e-12);
    EXPECT_DOUBLE_EQ(time(op).bytes, 80e6);
}

// docs/models/performance.md, "Example 3".
TEST_F(OperatorTime, TilesAndWavesLeaveUnitsIdle) {
    (void)time(gemm(1.0, 1.0, 1.0));
    // 2 x 50 tiles of 256 fill 100 units once.
    EXPECT_DOUBLE_EQ(gemm_utilisation(model_, 512.0, 8192.0, 12800.0, 1.0), 1.0);
    // 300 rows: two tiles of 160 rows, a multiple of 16.
    EXPECT_NEAR(gemm_utilisation(model_, 300.0, 8192.0, 12800.0, 1.0), 300.0 / 320.0, 1e-12);
    // One row of an instruction's sixteen.
    EXPECT_NEAR(gemm_utilisation(model_, 1.0, 8192.0, 25600.0, 1.0), 1.0 / 16.0, 1e-12);
    // Short K cannot be split: 25 half tiles on 100 units.
    EXPECT_NEAR(gemm_utilisation(model_, 256.0, 256.0, 3200.0, 1.0), 0.25, 1e-12);
}

TEST_F(OperatorTime, WeightsInRomTakeSingleRows) {
    ResolvedBlock rom = ServingDesign::block("rom", BlockRole::kRom);
    rom.capacity = design_.add(4e9);
    design_.topology.blocks.push_back(rom);
    (void)time(gemm(1.0, 8192.0, 25600.0));
    EXPECT_DOUBLE_EQ(gemm_utilisation(model_, 1.0, 8192.0, 25600.0, 1.0), 1.0);
}

}  // namespace
}  // namespace wafercast
