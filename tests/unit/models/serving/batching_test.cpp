#include <cmath>
#include <gtest/gtest.h>

#include "serving/operating_point.hpp"
#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

/// Four tensor ranks, so that the weights leave room.
ServingDesign four_ranks(const char* batching = "continuous") {
    ServingDesign design;
    design.context.mapping = Mapping{.tensor = 4};
    design.topology.serving.batching = testing::built_in_models().batching.find(batching);
    return design;
}

bool has(const Serving& serving, ConstraintId constraint) {
    for (const FlatViolation& violation : serving.violations) {
        if (violation.constraint == constraint) {
            return true;
        }
    }
    return false;
}

/// One token through Llama-2-70B on one device, kernel by kernel.
double lone_step(const ServingDesign& design) {
    const ResolvedDesign resolved = design.resolved();
    const DeviceRating rating = design.rating();
    const KernelDevice device = kernel_device(resolved, rating, network_of(resolved, rating), 0);
    const auto gemm = [&](double k, double n) {
        return gemm_time(device, {.m = 1.0,
                                  .n = n,
                                  .k = k,
                                  .weights = NumberFormat::kFp8,
                                  .inputs = NumberFormat::kFp8})
            .seconds;
    };
    const auto pointwise = [&](PointwiseKind kind, double width, double in, double out) {
        return pointwise_time(device,
                              {.kind = kind, .width = width, .bytes_in = in, .bytes_out = out})
            .seconds;
    };
    const double norm = pointwise(PointwiseKind::kNorm, 8192.0, 4.0, 4.0);
    const double attention = decode_attention_time(device, {.past = 1100.5 - 1.0,
                                                            .heads = 64.0,
                                                            .kv_heads = 8.0,
                                                            .inputs = NumberFormat::kFp8,
                                                            .kv = NumberFormat::kFp8})
                                 .seconds;
    const double layer = gemm(8192.0, 10240.0) + gemm(8192.0, 8192.0) + gemm(8192.0, 57344.0) +
                         gemm(28672.0, 8192.0) + attention + 2.0 * norm +
                         pointwise(PointwiseKind::kRotary, 10240.0, 2.0, 1.6) +
                         pointwise(PointwiseKind::kActivation, 57344.0, 2.0, 1.0);
    const double embed = pointwise_time(device, {.kind = PointwiseKind::kCopy,
                                                 .width = 8192.0,
                                                 .bytes_in = 1.0,
                                                 .bytes_out = 2.0,
                                                 .cold = true})
                             .seconds;
    return embed + 80.0 * layer + norm + gemm(8192.0, 32000.0);
}

// docs/models/serving.md, "Example 1": one request at a time on one rank.
TEST(ContinuousBatching, LoneRequestMatchesWorkedExample) {
    ServingDesign design;
    design.context.mapping = Mapping{};
    design.topology.serving.batch = design.add(1.0);
    const Serving serving = design.serve();
    const double matrices =
        68976648192.0 - 32000.0 * 8192.0 + 8192.0;  // without the embedding table
    const double kv = 163840.0 * (1100.5 + 1.0);    // read, and one token written
    EXPECT_NEAR(serving.decode_step_s, lone_step(design), 1e-9 * serving.decode_step_s);
    EXPECT_GT(serving.decode_step_s, (matrices + kv) / 3e12);
    EXPECT_NEAR(serving.tpot_s, serving.decode_step_s, 1e-12);
    EXPECT_NEAR(serving.ttft_s, serving.prefill_s, 1e-12);
    const double request = serving.prefill_s + 200.0 * serving.decode_step_s;
    EXPECT_NEAR(serving.tokens_per_second, 201.0 / request, 1e-3 * serving.tokens_per_second);
    EXPECT_NEAR(serving.prefill_time_share, serving.prefill_s / request, 1e-3);
    EXPECT_EQ(serving.bound, Bound::kMemory);
}

TEST(ContinuousBatching, SteadyStateKeepsItsIdentities) {
    const ServingDesign design = four_ranks();
    const Serving s = design.serve();
    const double rate = s.tokens_per_second / 201.0;
    EXPECT_NEAR(s.batch, rate * 200.0 * s.tpot_s, 1e-9 * s.batch);  // Little, decoding
    const double in_flight = s.batch + rate * s.ttft_s;
    EXPECT_LE(in_flight, s.batch_capacity * (1.0 + 1e-9));
    EXPECT_GT(in_flight, s.batch_capacity * 0.995);
    EXPECT_GT(s.tpot_s, s.decode_step_s);
    EXPECT_TRUE(s.violations.empty());
}

TEST(ContinuousBatching, CapacityIsWhatWeightsLeave) {
    const ServingDesign design = four_ranks();
    const ResolvedDesign resolved = design.resolved();
    const DeviceRating rating = design.rating();
    const Instance instance{resolved, rating, {.tensor = 4}, design.context, 0};
    // Weights of a rank: all matrices over four, norms on each.
    const double norms = (2.0 * 80.0 + 1.0) * 8192.0;
    EXPECT_NEAR(instance.weight_bytes(), (68976648192.0 - norms) / 4.0 + norms, 1.0);
    const double activations = 1000.0 * (3.0 * 8192.0 + 3.0 * 28672.0 / 4.0);
    EXPECT_NEAR(instance.activation_bytes(), activations, 1e-6);
    const double room = 80e9 - instance.weight_bytes() - activations;
    EXPECT_DOUBLE_EQ(instance.capacity(1100.5), std::floor(room / (1100.5 * 163840.0 / 4.0)));
    EXPECT_DOUBLE_EQ(instance.kv_bytes(1100.5), 1100.5 * 163840.0);
}

TEST(Switches, EachChangesTheResultOfBothModels) {
    for (const char* batching : {"static", "continuous"}) {
        ServingDesign design = four_ranks(batching);
        const Serving all = design.serve();

        design.context.switches = {.kv_capacity = false};
        EXPECT_GT(design.serve().batch, 1.5 * all.batch) << batching;
        design.context.switches = {.admission = false};
        EXPECT_LT(design.serve().ttft_s, all.ttft_s) << batching;
        design.context.switches = {.prefill_interference = false};
        EXPECT_GT(design.serve().tokens_per_second, 1.05 * all.tokens_per_second) << batching;
    }
    ServingDesign design = four_ranks();
    const Serving all = design.serve();
    design.context.switches.prefill_interference = false;
    EXPECT_LT(design.serve().tpot_s, all.tpot_s);
}

TEST(Limits, BatchFallsUntilTheyHold) {
    for (const char* batching : {"static", "continuous"}) {
        ServingDesign design = four_ranks(batching);
        const Serving free = design.serve();
        design.topology.scenario.tpot_limit = design.add(0.5 * (free.tpot_s + 0.006));
        const Serving limited = design.serve();
        EXPECT_LT(limited.batch, free.batch) << batching;
        EXPECT_LE(limited.tpot_s, design.scalars.back()) << batching;
        EXPECT_GT(limited.tpot_s, 0.95 * design.scalars.back()) << batching;
        EXPECT_TRUE(limited.violations.empty()) << batching;
    }
}

TEST(Limits, ImpossibleOnesAreViolations) {
    ServingDesign design = four_ranks();
    design.topology.scenario.tpot_limit = design.add(1e-3);
    design.topology.scenario.ttft_limit = design.add(1e-3);
    const Serving serving = design.serve();
    EXPECT_TRUE(has(serving, ConstraintId::kTpot));
    EXPECT_TRUE(has(serving, ConstraintId::kTtft));
    EXPECT_TRUE(std::isfinite(serving.tokens_per_second));
}

TEST(Memory, TooLargeAModelIsAViolationWithFiniteNumbers) {
    ServingDesign design;
    design.context.mapping = Mapping{};
    design.set_weights(NumberFormat::kBf16);
    const Serving serving = design.serve();
    ASSERT_TRUE(has(serving, ConstraintId::kMemoryCapacity));
    EXPECT_GT(serving.violations[0].value, serving.violations[0].limit);
    EXPECT_GT(serving.tokens_per_second, 0.0);
    EXPECT_TRUE(std::isfinite(serving.energy.total()));
}

// docs/models/serving.md, "Example 2".
TEST(StaticBatching, PeriodIsPrefillAndLockStepDecode) {
    ServingDesign design = four_ranks("static");
    design.topology.serving.batch = design.add(64.0);
    const Serving s = design.serve();
    EXPECT_DOUBLE_EQ(s.batch, 64.0);
    const double period = s.prefill_s + 200.0 * s.decode_step_s;
    EXPECT_NEAR(s.tokens_per_second, 64.0 * 201.0 / period, 1e-6 * s.tokens_per_second);
    EXPECT_NEAR(s.ttft_s, period / 2.0 + s.prefill_s, 1e-9);
    EXPECT_DOUBLE_EQ(s.tpot_s, s.decode_step_s);
}

TEST(PowerLimit, ThrottlesTheClockAndHoldsTheLimit) {
    ServingDesign design = four_ranks();
    const Serving cool = design.serve();
    EXPECT_DOUBLE_EQ(cool.clock_factor, 1.0);
    const double limit = design.scalars[design.topology.device.power_limit.index];
    EXPECT_LT(cool.device_power, limit);
    design.set(design.topology.device.power_limit, 0.7 * cool.device_power);
    const Serving hot = design.serve();
    EXPECT_LT(hot.clock_factor, 0.9);
    EXPECT_LT(hot.tokens_per_second, cool.tokens_per_second);
    EXPECT_LE(hot.device_power, 0.7 * cool.device_power * (1.0 + 1e-9));
    EXPECT_GT(hot.device_power, 0.6 * cool.device_power);
    EXPECT_FALSE(has(hot, ConstraintId::kPower));
}

TEST(PowerLimit, BelowStaticPowerIsAViolation) {
    ServingDesign design = four_ranks();
    design.set(design.topology.device.power_limit, 45.0);
    EXPECT_TRUE(has(design.serve(), ConstraintId::kPower));
}

// docs/models/energy.md, "Example 2": what a device draws is what its tokens take.
TEST(Energy, SplitAddsUpToDevicePower) {
    for (const Mapping mapping : {Mapping{.tensor = 4}, Mapping{.tensor = 2, .pipeline = 2}}) {
        ServingDesign design = four_ranks();
        design.context.mapping = mapping;
        const Serving s = design.serve();
        const double at_pins = (s.energy.total() - s.energy.host) * s.tokens_per_second;
        EXPECT_NEAR(at_pins / 4.0, s.device_power, 1e-9 * s.device_power);
        EXPECT_NEAR(s.energy.host * s.tokens_per_second, 4.0 * 4000.0 / 8.0, 1e-6);
        EXPECT_NEAR(s.energy.leakage * s.tokens_per_second, 4.0 * 50.0, 1e-6);
        EXPECT_GT(s.energy.network, 0.0);
    }
}

TEST(Energy, ComputeIsFlopsTimesEnergyPerOperation) {
    ServingDesign design = four_ranks();
    const Serving s = design.serve();
    // Prefill and 200 steps of a request: 2 op a parameter and token, and attention.
    const double matrices = 68976648192.0 - 2.0 * 32000.0 * 8192.0;
    const double head = 2.0 * 32000.0 * 8192.0;
    const double tokens = 1200.0;
    const double attention = 80.0 * 4.0 * 64.0 * 128.0 * (1000.0 * 1001.0 / 2.0 + 200.0 * 1100.5);
    const double flops = 2.0 * matrices * tokens + head * 201.0 + attention;
    EXPECT_NEAR(s.energy.compute * 201.0, flops * 0.3e-12, 1e-3 * flops * 0.3e-12);
}

TEST(Pipeline, StagesOverlapMicrobatches) {
    ServingDesign design;
    design.context.mapping = Mapping{.pipeline = 4};
    design.topology.serving.batch = design.add(4.0);
    const Serving four = design.serve();
    design.set(design.topology.serving.batch, 1.0);
    const Serving one = design.serve();
    EXPECT_NEAR(four.tpot_s, one.tpot_s, 0.15 * one.tpot_s);
    EXPECT_GT(four.tokens_per_second, 3.0 * one.tokens_per_second);
}

TEST(SingleToken, NeedsNoDecode) {
    for (const char* batching : {"static", "continuous"}) {
        ServingDesign design = four_ranks(batching);
        design.set(design.topology.workload.output_tokens, 1.0);
        const Serving s = design.serve();
        EXPECT_GT(s.tokens_per_second, 0.0) << batching;
        EXPECT_TRUE(std::isfinite(s.ttft_s)) << batching;
        EXPECT_DOUBLE_EQ(s.prefill_time_share, 1.0) << batching;
    }
}

}  // namespace
}  // namespace wafercast
