#include "performance/operator_time.hpp"

#include <gtest/gtest.h>

#include "performance/pass_time.hpp"
#include "serving/instance.hpp"
#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

class OperatorTime : public ::testing::Test {
protected:
    const DeviceModel& model(const Placement& placement = {}) {
        resolved_ = design_.resolved();
        rating_ = design_.rating();
        model_ = device_model(resolved_, rating_, tensor_formats(resolved_->workload, rating_),
                              placement, {.tensor = 8.0});
        return model_;
    }
    OperatorCost time(const Operator& op, double clock_factor = 1.0) {
        return time_operator(at_clock(model(), clock_factor), op);
    }

    static Operator gemm(double m, double k, double n) {
        return {.name = "gemm",
                .kind = OperatorKind::kGemm,
                .flops = 2.0 * m * k * n,
                .weight_bytes = k * n,
                .shape = GemmShape{.m = m,
                                   .n = n,
                                   .k = k,
                                   .weights = NumberFormat::kFp8,
                                   .inputs = NumberFormat::kFp8}};
    }

    static Operator all_reduce(double ranks, double bytes) {
        return {.name = "sum",
                .kind = OperatorKind::kCollective,
                .shape = CollectiveShape{.ranks = ranks, .bytes = bytes}};
    }

    ServingDesign design_;
    ResolvedDesign resolved_;
    DeviceRating rating_;
    DeviceModel model_;
};

TEST_F(OperatorTime, KernelsSeeWhatTheContentRates) {
    design_.set(design_.topology.system.scale_up.latency, 0.4e-6);
    const KernelDevice& device = model().weights;
    EXPECT_DOUBLE_EQ(device.units, 100.0);
    EXPECT_DOUBLE_EQ(device.clock, 1e9);
    EXPECT_DOUBLE_EQ(device.peak[index(NumberFormat::kFp8)], 2e15);
    EXPECT_DOUBLE_EQ(device.vector_rate, 60e12);
    EXPECT_DOUBLE_EQ(device.memory_bandwidth, 3e12);
    EXPECT_DOUBLE_EQ(device.memory_bytes, 80e9);
    EXPECT_DOUBLE_EQ(device.cache_bytes, 50e6);
    EXPECT_DOUBLE_EQ(device.unit_bytes, 0.25e6);
    EXPECT_DOUBLE_EQ(device.dies, 1.0);
    EXPECT_DOUBLE_EQ(device.link_bandwidth, 400e9);
    EXPECT_DOUBLE_EQ(device.link_latency, 0.4e-6);
    EXPECT_DOUBLE_EQ(device.devices_per_server, 8.0);
    EXPECT_DOUBLE_EQ(device.scale_out_bandwidth, 50e9);
    EXPECT_EQ(device.constants, &resolved_->device.kernels);
    // Formats without units run on wider ones.
    EXPECT_EQ(format_on(rating_, NumberFormat::kFp4), NumberFormat::kFp8);
    EXPECT_EQ(format_on(rating_, NumberFormat::kInt8), NumberFormat::kBf16);
}

TEST_F(OperatorTime, IsTheKernelModelsTimeOfAllRepetitions) {
    Operator op = gemm(2560.0, 8192.0, 25600.0);
    op.count = 80.0;
    const OperatorCost cost = time(op);
    const KernelTime kernel = gemm_time(model_.weights, std::get<GemmShape>(op.shape));
    EXPECT_DOUBLE_EQ(cost.seconds, 80.0 * kernel.seconds);
    EXPECT_DOUBLE_EQ(cost.compute, 80.0 * kernel.compute);
    EXPECT_GE(cost.seconds, 80.0 * op.flops / 2e15);
    EXPECT_EQ(cost.bound, Bound::kCompute);
    EXPECT_NEAR(cost.compute_joules, 80.0 * op.flops * 0.3e-12, 1e-9);
}

TEST_F(OperatorTime, SmallGemmWaitsForItsWeights) {
    const OperatorCost cost = time(gemm(8.0, 8192.0, 28672.0));
    EXPECT_GE(cost.seconds, 8192.0 * 28672.0 / 3e12);
    EXPECT_EQ(cost.bound, Bound::kMemory);
    EXPECT_NEAR(cost.memory_joules, 8192.0 * 28672.0 * 40e-12, 1e-12);
}

TEST_F(OperatorTime, FusedOperatorsAreNotLaunched) {
    Operator op{
        .name = "norm",
        .kind = OperatorKind::kElementwise,
        .shape = PointwiseShape{.kind = PointwiseKind::kNorm, .rows = 1024.0, .width = 8192.0}};
    const OperatorCost own = time(op);
    EXPECT_GT(own.latency, 0.0);
    op.launches = 0.0;
    const OperatorCost fused = time(op);
    EXPECT_EQ(fused.latency, 0.0);
    EXPECT_NEAR(fused.seconds, own.seconds - own.latency, 1e-15);
}

TEST_F(OperatorTime, ClockSlowsComputeButNotStacks) {
    design_.set(design_.topology.device.power_limit, 1e6);
    const Operator large = gemm(2560.0, 8192.0, 25600.0);
    EXPECT_NEAR(time(large, 0.5).compute, 2.0 * time(large).compute, 1e-9 * time(large).compute);
    EXPECT_GT(time(large, 0.5).seconds, 1.5 * time(large).seconds);
    const Operator small = gemm(8.0, 8192.0, 28672.0);
    EXPECT_LT(time(small, 0.9).seconds, 1.05 * time(small).seconds);
}

TEST_F(OperatorTime, ActivationsSpillWhenTheDieIsFull) {
    Operator op{.name = "act", .kind = OperatorKind::kElementwise, .activation_bytes = 70e6};
    EXPECT_DOUBLE_EQ(time(op).bytes, 0.0);
    EXPECT_EQ(time(op).memory_joules, 0.0);
    op.activation_bytes = 80e6;  // over 75 MB
    EXPECT_DOUBLE_EQ(time(op).bytes, 80e6);
    EXPECT_NEAR(time(op).memory_joules, 80e6 * 40e-12, 1e-12);
}

TEST_F(OperatorTime, EveryTensorStreamsFromItsHome) {
    ResolvedBlock rom = ServingDesign::block("rom", BlockRole::kRom);
    rom.capacity = design_.add(70e9);
    rom.bandwidth = design_.add(1e15);
    design_.topology.blocks.push_back(rom);
    const DeviceModel& split = model({.weights = 0, .kv = 1});
    EXPECT_DOUBLE_EQ(split.weights.memory_bandwidth, 1e15);
    EXPECT_DOUBLE_EQ(split.weights.cache_bytes, 0.0);
    EXPECT_DOUBLE_EQ(split.kv.memory_bandwidth, 3e12);
    EXPECT_DOUBLE_EQ(split.kv.cache_bytes, 50e6);
    Operator op = gemm(8.0, 8192.0, 28672.0);
    EXPECT_LT(time_operator(split, op).seconds, 8192.0 * 28672.0 / 3e12);
}

// What a draw says a section is off reaches every limit's own spread at once.
TEST_F(OperatorTime, DrawsMoveKernelsByWhatLimitsThem) {
    auto& spread = design_.topology.device.kernels.gemm.spread;
    spread = {.launch_low = 0.5,
              .launch_high = 2.0,
              .memory_low = 0.9,
              .memory_high = 1.1,
              .compute_low = 0.8,
              .compute_high = 1.25};
    const Operator large = gemm(2560.0, 8192.0, 25600.0);
    const Operator small = gemm(8.0, 8192.0, 28672.0);
    const double large_seconds = time(large).seconds;
    const double small_seconds = time(small).seconds;
    const Scalar factor =
        design_.topology.device.time_factor[static_cast<std::size_t>(KernelSection::kGemm)];
    design_.set(factor, std::cbrt(2.0 * 1.1 * 1.25));
    EXPECT_NEAR(time(large).seconds, 1.25 * large_seconds, 1e-12);
    EXPECT_NEAR(time(small).seconds, 1.1 * small_seconds, 1e-12);
    design_.set(factor, std::cbrt(0.5 * 0.9 * 0.8));
    EXPECT_NEAR(time(large).seconds, 0.8 * large_seconds, 1e-12);
    EXPECT_NEAR(time(small).seconds, 0.9 * small_seconds, 1e-12);
}

TEST_F(OperatorTime, CollectivesAreTimedAndTheirBytesPaid) {
    Operator op = all_reduce(8.0, 80e6);
    const OperatorCost cost = time(op);
    EXPECT_EQ(cost.bound, Bound::kNetwork);
    EXPECT_GT(cost.network, 80e6 / 400e9);
    EXPECT_NEAR(cost.network_joules, 140e6 * 40e-12, 1e-12);
    EXPECT_EQ(time(all_reduce(8.0, 16.0)).bound, Bound::kLatency);
}

TEST_F(OperatorTime, OverlapHidesCommunicationBehindTheRest) {
    OperatorList list;
    list.operators[0] = gemm(2560.0, 8192.0, 25600.0);
    list.operators[1] = all_reduce(8.0, 8e6);
    list.size = 2;
    const PassTime none = time_pass_plainly(model(), list);
    design_.topology.serving.overlap = design_.add(0.5);
    const PassTime half = time_pass_plainly(model(), list);
    EXPECT_NEAR(half.layers, none.layers - 0.5 * none.communication, 1e-12);
    EXPECT_DOUBLE_EQ(exposed_share(half), 0.5);
    EXPECT_NEAR(half.network + half.latency + half.compute + half.memory, half.layers, 1e-12);
    // No more than there is to hide behind.
    std::get<CollectiveShape>(list.operators[1].shape).bytes = 8e10;
    design_.set(design_.topology.serving.overlap, 1.0);
    const PassTime all = time_pass_plainly(model(), list);
    EXPECT_NEAR(all.layers, all.communication, 1e-9 * all.layers);
}

}  // namespace
}  // namespace wafercast
