#include "serving/serving_modes.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "serving/instance_cost.hpp"
#include "serving/simulate.hpp"
#include "serving/steady_state.hpp"
#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

ServingDesign four_ranks() {
    ServingDesign design;
    design.context.mapping = Mapping{.tensor = 4};
    return design;
}

TEST(InstanceCost, IsTheInstanceAtItsOwnLengths) {
    const ServingDesign design = four_ranks();
    const ResolvedDesign resolved = design.resolved();
    const DeviceRating rating = design.rating();
    const InstanceCost cost{resolved, rating, {.tensor = 4}, design.context, 0};
    const double context = 1000.0 + 201.0 / 2.0;
    for (const double batch : {1.0, 8.0, 24.0, 100.0}) {
        const double seconds = cost.instance().decode(batch).seconds;
        // Kernels go in blocks and waves, straight lines between two batches do not.
        EXPECT_NEAR(cost.time({.sequences = batch, .context = context}).seconds, seconds,
                    0.05 * seconds);
    }
    for (const double prompts : {1.0, 5.0}) {
        const double seconds = cost.instance().prefill(prompts).seconds;
        const StepLoad load{.prefill_tokens = 1000.0 * prompts, .prefill_context = 500.5};
        EXPECT_NEAR(cost.time(load).seconds, seconds, 0.02 * seconds);
    }
    // Beside decoding a piece costs less than on its own, and more than nothing.
    const StepLoad decoding{.sequences = 64.0, .context = context};
    StepLoad both = decoding;
    both.prefill_tokens = 512.0;
    both.prefill_context = 500.0;
    const double alone = cost.time({.prefill_tokens = 512.0, .prefill_context = 500.0}).seconds;
    EXPECT_GT(cost.time(both).seconds, cost.time(decoding).seconds);
    EXPECT_LT(cost.time(both).seconds, cost.time(decoding).seconds + alone);
}

TEST(ServingModes, SwitchedOffAreTodaysNumbers) {
    ServingDesign design = four_ranks();
    const Serving plain = design.serve();
    design.topology.serving.prefix_cache_hit = design.add(0.0);
    design.topology.serving.draft_tokens = design.add(0.0);
    design.topology.serving.memory_share = design.add(1.0);
    EXPECT_FALSE(has_serving_modes(design.resolved()));
    EXPECT_EQ(design.serve(), plain);
}

TEST(ServingModes, APrefixCacheSavesPrefill) {
    ServingDesign design = four_ranks();
    const Serving plain = design.serve();
    design.topology.serving.prefix_cache_hit = design.add(0.8);
    const Serving cached = design.serve();
    EXPECT_GT(cached.tokens_per_second, 1.1 * plain.tokens_per_second);
    EXPECT_LT(cached.prefill_time_share, plain.prefill_time_share);
    EXPECT_LT(cached.energy.compute, plain.energy.compute);
}

TEST(ServingModes, DraftsPayWhenTheyAreAccepted) {
    ServingDesign design = four_ranks();
    design.topology.serving.batch = design.add(4.0);  // bound by reading weights
    const Serving plain = design.serve();
    design.topology.serving.draft_tokens = design.add(3.0);
    const Scalar acceptance = design.add(0.8);
    design.topology.serving.draft_acceptance = acceptance;
    const Serving good = design.serve();
    design.set(acceptance, 0.0);
    const Serving useless = design.serve();
    EXPECT_LT(good.tpot_s, 0.5 * plain.tpot_s);
    EXPECT_GT(useless.tpot_s, plain.tpot_s);
    // What a functional run measured stands in for what the design does not say.
    design.topology.serving.draft_acceptance = {};
    design.context.statistics.draft_acceptance = 0.8;
    EXPECT_EQ(design.serve().tpot_s, good.tpot_s);
}

TEST(ServingModes, PoolsCountEveryEngine) {
    ServingDesign design = four_ranks();
    design.topology.serving.prefill_instances = design.add(1.0);
    design.topology.serving.decode_instances = design.add(2.0);
    const Serving pools = design.serve();
    EXPECT_EQ(pools.accelerators, 12.0);
    EXPECT_GT(pools.tokens_per_second, 0.0);
    EXPECT_NEAR(pools.energy.leakage, design.rating().static_power * 12.0 / pools.tokens_per_second,
                1e-9 * pools.energy.leakage);
    EXPECT_LE(pools.mfu, 1.0);
}

TEST(ServingModes, ASmallerMemoryShareHoldsFewer) {
    ServingDesign design = four_ranks();
    const double whole = design.serve().batch_capacity;
    design.topology.serving.memory_share = design.add(0.9);
    const double rest = design.serve().batch_capacity;
    const double each = 163840.0 / 4.0 * 1100.5;  // byte of KV on one device
    EXPECT_NEAR(whole - rest, 0.1 * 80e9 / each, 1.0);
}

// The served point is the simulator's, in every mode.
TEST(ServingModes, AgreeWithTheSimulatorOnADesign) {
    for (int mode = 0; mode < 4; ++mode) {
        ServingDesign design = four_ranks();
        ResolvedServing& serving = design.topology.serving;
        serving.batch = design.add(48.0);
        if (mode == 0) {
            serving.prefix_cache_hit = design.add(0.5);
        } else if (mode == 1) {
            serving.chunked = true;
            serving.chunk_tokens = design.add(1024.0);
        } else if (mode == 2) {
            serving.draft_tokens = design.add(2.0);
            serving.draft_acceptance = design.add(0.6);
        } else {
            serving.prefill_instances = design.add(2.0);
            serving.decode_instances = design.add(1.0);
        }
        const Serving point = design.serve();
        const ResolvedDesign resolved = design.resolved();
        const DeviceRating rating = design.rating();
        const InstanceCost cost{resolved, rating, {.tensor = 4}, design.context, 0};
        SimulationOptions options;
        options.plan = plan_of(cost.instance(), design.context);
        options.arrivals.kind = Arrivals::Kind::kClosed;
        const double rate = point.tokens_per_second / 201.0;
        options.arrivals.concurrency = std::round(rate * (point.ttft_s + 200.0 * point.tpot_s));
        options.input = {.mean = 1000.0};
        options.output = {.mean = 201.0};
        options.requests = 4000;
        const Simulation simulated = simulate_serving(cost, options);
        SCOPED_TRACE(mode);
        EXPECT_NEAR(point.tokens_per_second / simulated.tokens_per_second, 1.0, 0.03);
        EXPECT_NEAR(point.tpot_s / simulated.tpot.mean, 1.0, 0.05);
    }
}

}  // namespace
}  // namespace wafercast
