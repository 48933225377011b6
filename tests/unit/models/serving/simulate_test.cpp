#include "serving/simulate.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace wafercast {
namespace {

/// A millisecond for every prompt token, ten for every decode step.
struct PlainCost final : StepCost {
    [[nodiscard]] StepTime time(const StepLoad& load) const override {
        const double seconds =
            1e-3 * load.prefill_tokens + (load.sequences > 0.0 ? 10e-3 * load.width : 0.0);
        return {.seconds = seconds, .latency = seconds + late * load.prefill_tokens, .joules = 2.0};
    }
    double late = 0.0;  ///< [s] a token, behind the step
};

SimulationOptions trace_of(std::vector<TraceRequest> trace) {
    SimulationOptions options;
    options.arrivals.kind = Arrivals::Kind::kTrace;
    options.arrivals.trace = std::move(trace);
    options.warm_up = 0.0;
    return options;
}

// docs/models/serving.md, "Example 3": a prompt of 100 tokens, then four steps.
TEST(SimulateServing, OneRequestIsItsPrefillAndItsSteps) {
    const Simulation one = simulate_serving(PlainCost{}, trace_of({{0.0, 100.0, 5.0}}));
    EXPECT_EQ(one.requests, 1u);
    EXPECT_NEAR(one.ttft.mean, 0.1, 1e-12);
    EXPECT_NEAR(one.tpot.mean, 0.01, 1e-12);
    EXPECT_NEAR(one.latency.mean, 0.14, 1e-12);
    EXPECT_EQ(one.steps, 5u);
}

// The second prompt comes during the first decode step and stops the others: 100 ms in one of four
// gaps of the first request, none of its own.
TEST(SimulateServing, SeparatePrefillDelaysThoseWhoDecode) {
    const Simulation two =
        simulate_serving(PlainCost{}, trace_of({{0.0, 100.0, 5.0}, {0.105, 100.0, 5.0}}));
    EXPECT_NEAR(two.tpot.mean, 0.5 * ((0.04 + 0.1) / 4.0 + 0.01), 1e-12);
    EXPECT_NEAR(two.ttft.mean, 0.5 * (0.1 + 0.105), 1e-12);  // 5 ms to the step's end
}

// Pieces of 49 tokens beside the one that decodes: 49 + 49 + 2.
TEST(SimulateServing, ChunkedPrefillFillsTheBudgetBesideDecoding) {
    SimulationOptions options = trace_of({{0.0, 20.0, 9.0}, {0.019, 100.0, 1.0}});
    options.plan.prefill = PrefillMode::kChunked;
    options.plan.budget = 50.0;
    const Simulation two = simulate_serving(PlainCost{}, options);
    // First: alone 20 ms. Then a step of 30 of the second's tokens is not: it came at 19 ms, so 49.
    EXPECT_NEAR(two.ttft.mean, 0.5 * (0.020 + 0.001 + 2.0 * 0.059 + 0.012), 1e-12);
    EXPECT_NEAR(two.tpot.mean, (2.0 * 0.059 + 0.012 + 5.0 * 0.010) / 8.0, 1e-12);
}

TEST(SimulateServing, CachedPrefixesAreNotPrefilled) {
    SimulationOptions options = trace_of({{0.0, 100.0, 5.0}});
    options.plan.prefix_hit = 0.75;
    EXPECT_NEAR(simulate_serving(PlainCost{}, options).ttft.mean, 0.025, 1e-12);
}

// Everything accepted: four tokens a step that is four wide.
TEST(SimulateServing, AcceptedDraftsSaveSteps) {
    SimulationOptions options = trace_of({{0.0, 100.0, 13.0}});
    options.plan.draft_tokens = 3.0;
    options.plan.acceptance = 1.0;
    options.plan.draft_cost = 0.1;
    const Simulation one = simulate_serving(PlainCost{}, options);
    EXPECT_NEAR(one.tpot.mean, 3.0 * (0.040 + 0.003) / 12.0, 1e-12);
}

TEST(SimulateServing, DraftsBringTheirExpectedTokens) {
    SimulationOptions options;
    options.requests = 4000;
    options.arrivals = {.kind = Arrivals::Kind::kClosed, .concurrency = 1.0};
    options.input = {.mean = 1.0};
    options.output = {.mean = 1001.0};
    options.plan.draft_tokens = 4.0;
    options.plan.acceptance = 0.7;
    options.requests = 400;
    const Simulation drafted = simulate_serving(PlainCost{}, options);
    const double gain = (1.0 - std::pow(0.7, 5.0)) / (1.0 - 0.7);
    EXPECT_NEAR(step_gain(options.plan).mean, gain, 1e-12);
    EXPECT_NEAR(drafted.tpot.mean, 0.050 / gain, 0.01 * 0.050 / gain);
}

// First token at the prefill engine, then 100 + 1 tokens over the link, then three steps.
TEST(SimulateServing, PoolsSendKvBetweenPrefillAndDecode) {
    SimulationOptions options = trace_of({{0.0, 100.0, 4.0}});
    options.plan.prefill_engines = 1;
    options.plan.transfer_per_token = 1e-4;
    options.plan.transfer_latency = 2e-3;
    const Simulation one = simulate_serving(PlainCost{}, options);
    EXPECT_NEAR(one.ttft.mean, 0.1, 1e-12);
    EXPECT_NEAR(one.tpot.mean, (101e-4 + 2e-3 + 0.03) / 3.0, 1e-12);
}

// With pipeline stages a prompt's result is out after the engine is free.
TEST(SimulateServing, LateResultsDelayTheirOwnRequestOnly) {
    PlainCost cost;
    cost.late = 1e-4;
    const Simulation one = simulate_serving(cost, trace_of({{0.0, 100.0, 5.0}}));
    EXPECT_NEAR(one.ttft.mean, 0.11, 1e-12);
    EXPECT_NEAR(one.tpot.mean, 0.01, 1e-12);
}

// Two requests of 32 + 48 tokens in ten pages of sixteen: both enter on their prompts' three pages
// each, at the fourth page of the second nothing is left, and the later one starts anew.
TEST(SimulateServing, TheLastAdmittedLeavesWhenPagesRunOut) {
    SimulationOptions options = trace_of({{0.0, 32.0, 48.0}, {0.0, 32.0, 48.0}});
    options.plan.kv_tokens = 9.0 * 16.0;
    const Simulation optimistic = simulate_serving(PlainCost{}, options);
    EXPECT_EQ(optimistic.requests, 2u);
    EXPECT_EQ(optimistic.preemptions, 1u);
    EXPECT_LE(optimistic.kv_peak, 1.0);

    options.plan.admission = Admission::kReserved;  // five pages each: one after the other
    const Simulation reserved = simulate_serving(PlainCost{}, options);
    EXPECT_EQ(reserved.preemptions, 0u);
    EXPECT_NEAR(reserved.queueing.p99, 0.99 * (0.032 + 47 * 0.01), 1e-9);
    EXPECT_EQ(simulate_serving(PlainCost{}, options).refused, 0u);

    options.plan.kv_tokens = 4.0 * 16.0;
    EXPECT_EQ(simulate_serving(PlainCost{}, options).refused, 2u);
}

TEST(SimulateServing, AnOfflineBatchDrains) {
    SimulationOptions options;
    options.arrivals.kind = Arrivals::Kind::kOffline;
    options.requests = 1000;
    options.input = {.mean = 10.0};
    options.output = {.mean = 11.0};
    options.plan.most_sequences = 100.0;
    const Simulation drained = simulate_serving(PlainCost{}, options);
    EXPECT_EQ(drained.requests, 1000u);
    // Ten batches of 100 prompts of 10 ms and ten steps.
    EXPECT_NEAR(drained.seconds, 10.0 * (1.0 + 0.1), 1e-9);
    EXPECT_NEAR(drained.tokens_per_second, 11000.0 / 11.0, 1e-6);
    EXPECT_NEAR(drained.power, 2.0 * static_cast<double>(drained.steps) / drained.seconds, 1e-9);
    EXPECT_NEAR(drained.utilisation, 1.0, 1e-9);
}

SimulationOptions busy_pools(std::uint64_t seed) {
    SimulationOptions options;
    options.requests = 3000;
    options.seed = seed;
    options.arrivals.rate = 6.0;
    options.input = {.kind = LengthDistribution::Kind::kLognormal, .mean = 100.0, .spread = 1.0};
    options.output = {.kind = LengthDistribution::Kind::kUniform, .mean = 60.0, .spread = 0.5};
    options.plan.kv_tokens = 1200.0;
    options.plan.prefill_engines = 2;
    options.plan.decode_engines = 2;
    return options;
}

TEST(SimulateServing, IsAFunctionOfItsSeed) {
    const Simulation a = simulate_serving(PlainCost{}, busy_pools(3));
    const Simulation b = simulate_serving(PlainCost{}, busy_pools(3));
    const Simulation c = simulate_serving(PlainCost{}, busy_pools(4));
    EXPECT_EQ(a.ttft.p99, b.ttft.p99);
    EXPECT_EQ(a.tokens_per_second, b.tokens_per_second);
    EXPECT_NE(a.ttft.p99, c.ttft.p99);
}

// Little's law, with nothing lost: preempted requests are served too.
TEST(SimulateServing, KeepsLittlesLaw) {
    const Simulation s = simulate_serving(PlainCost{}, busy_pools(5));
    EXPECT_EQ(s.requests + s.refused, 2700u);
    EXPECT_GT(s.preemptions, 0u);
    EXPECT_NEAR(s.in_flight, s.latency.mean * s.requests_per_s, 0.05 * s.in_flight);
    EXPECT_LE(s.kv_peak, 1.0);
    EXPECT_GT(s.kv_use, 0.0);
}

TEST(SimulateServing, StopsWhenAsked) {
    std::stop_source stop;
    SimulationOptions options = busy_pools(1);
    options.stop = stop.get_token();
    options.progress = [&](std::size_t finished) {
        if (finished >= 1024) {
            stop.request_stop();
        }
    };
    const Simulation part = simulate_serving(PlainCost{}, options);
    EXPECT_TRUE(part.stopped);
    EXPECT_LT(part.requests, 1200u);
}

TEST(LengthMix, HasTheMomentsOfItsDistributions) {
    const LengthMix mix = length_mix(
        LengthDistribution{.kind = LengthDistribution::Kind::kUniform, .mean = 500, .spread = 0.4},
        LengthDistribution{
            .kind = LengthDistribution::Kind::kLognormal, .mean = 300, .spread = 0.8});
    EXPECT_NEAR(mix.input, 500.0, 1.0);
    EXPECT_NEAR(mix.output, 300.0, 1.0);
    EXPECT_NEAR(mix.steps_squared, (1.0 + 0.64) * 300.0 * 300.0 - 2.0 * 300.0 + 1.0, 500.0);
    const LengthMix trace = length_mix({{0.0, 10.0, 1.0}, {1.0, 30.0, 5.0}});
    EXPECT_EQ(trace.input, 20.0);
    EXPECT_EQ(trace.steps, 2.0);
    EXPECT_EQ(trace.input_steps, 60.0);
    EXPECT_EQ(trace.decoding_share, 0.5);
    EXPECT_EQ(trace.inverse_steps, 0.25);
}

}  // namespace
}  // namespace wafercast
