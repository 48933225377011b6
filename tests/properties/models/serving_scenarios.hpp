#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "math/math.hpp"
#include "serving/simulate.hpp"
#include "serving/steady_state.hpp"

namespace wafercast::testing {

/// A roofline of its own: weights are read once a step, tokens are computed, keys are read.
struct RooflineCost final : StepCost {
    double overhead = 0.0;  ///< [s]
    double weights = 0.0;   ///< [s] to read them
    double token = 0.0;     ///< [s] to compute one
    double key = 0.0;       ///< [s] to read one token's KV
    double pair = 0.0;      ///< [s] of a query-key pair

    [[nodiscard]] StepTime time(const StepLoad& load) const override {
        const double tokens = load.prefill_tokens + load.sequences * load.width;
        const double attended = load.sequences * load.context;
        const double attention = pair * load.prefill_tokens * load.prefill_context +
                                 std::max(key * attended, pair * attended * load.width);
        const double seconds = overhead + std::max(weights, tokens * token) + attention;
        return {.seconds = seconds, .latency = seconds};
    }
};

enum class ScenarioMode { kSeparate, kChunked, kPools };
inline constexpr const char* kScenarioModes[] = {"separate", "chunked", "pools"};

/// A random engine, plan, mix of lengths and load of 30 to 90 %: of the capacity in an open loop
/// and of pools, of the sequences that fit in a closed loop on one engine.
struct Scenario {
    RooflineCost cost;
    SimulationOptions options;
    ScenarioMode mode = ScenarioMode::kSeparate;
    bool closed = false;
    double load = 0.0;

    [[nodiscard]] LengthMix mix() const { return length_mix(options.input, options.output); }
    [[nodiscard]] SteadyState predict() const {
        const SteadyStates states{cost, options.plan, mix()};
        return closed ? states.closed(options.arrivals.concurrency)
                      : states.open(options.arrivals.rate);
    }
};

class ScenarioWriter {
public:
    explicit ScenarioWriter(std::uint64_t index) : key_{7000 + index} {}

    Scenario write(std::size_t requests) {
        Scenario scenario;
        RooflineCost& cost = scenario.cost;
        cost.overhead = spread(2e-4, 5e-3);
        cost.weights = spread(1e-3, 3e-2);
        cost.token = spread(2e-6, 1e-4);
        cost.key = spread(1e-9, 1e-7);
        cost.pair = spread(1e-11, 3e-9);
        SimulationOptions& options = scenario.options;
        options.requests = requests;
        options.seed = key_;
        options.input = lengths(64.0, 8192.0);
        options.output = lengths(16.0, 2048.0);
        scenario.mode = static_cast<ScenarioMode>(std::min(static_cast<int>(3.0 * next()), 2));
        write_plan(scenario);
        scenario.closed = next() < 0.5;
        scenario.load = 0.3 + 0.6 * next();
        write_arrivals(scenario);
        return scenario;
    }

private:
    double next() { return math::uniform(key_, count_++); }
    double spread(double low, double high) {
        return low * math::exp(next() * math::log(high / low));
    }

    LengthDistribution lengths(double low, double high) {
        LengthDistribution lengths;
        lengths.mean = std::round(spread(low, high));
        lengths.kind =
            static_cast<LengthDistribution::Kind>(std::min(static_cast<int>(3.0 * next()), 2));
        lengths.spread = lengths.kind == LengthDistribution::Kind::kUniform ? next() : 0.2 + next();
        lengths.longest = 8.0 * lengths.mean;
        return lengths;
    }

    void write_plan(Scenario& scenario) {
        ServingPlan& plan = scenario.options.plan;
        plan.most_sequences = std::round(spread(8.0, 512.0));
        const double budget = std::round(spread(256.0, 8192.0));
        const double tokens = scenario.options.input.mean + scenario.options.output.mean;
        if (next() < 0.5) {
            plan.kv_tokens = tokens * spread(64.0, 1024.0);
        }
        plan.admission = next() < 0.5 ? Admission::kReserved : Admission::kOptimistic;
        if (next() < 0.4) {
            plan.prefix_hit = 0.9 * next();
        }
        if (next() < 0.4) {
            plan.draft_tokens = 1.0 + std::floor(4.0 * next());
            plan.acceptance = 0.3 + 0.6 * next();
            plan.draft_cost = 0.1 * next();
        }
        if (scenario.mode == ScenarioMode::kChunked) {
            plan.prefill = PrefillMode::kChunked;
            plan.budget = budget + plan.most_sequences * plan.width();
        } else if (scenario.mode == ScenarioMode::kPools) {
            plan.prefill_engines = 1 + static_cast<int>(4.0 * next());
            plan.decode_engines = 1 + static_cast<int>(4.0 * next());
            plan.transfer_per_token = spread(1e-8, 1e-6);
            plan.transfer_latency = spread(1e-5, 1e-3);
        }
    }

    static void write_arrivals(Scenario& scenario) {
        SimulationOptions& options = scenario.options;
        const SteadyStates states{scenario.cost, options.plan, scenario.mix()};
        if (!scenario.closed) {
            options.arrivals.rate = scenario.load * states.capacity();
            return;
        }
        options.arrivals.kind = Arrivals::Kind::kClosed;
        double clients = scenario.load * states.slots();
        if (scenario.mode == ScenarioMode::kPools) {
            double low = 1.0, high = options.plan.decode_engines * states.slots();
            while (high - low > 0.5) {
                clients = 0.5 * (low + high);
                const bool more =
                    states.closed(clients).requests_per_s < scenario.load * states.capacity();
                (more ? low : high) = clients;
            }
            clients = low;
        }
        options.arrivals.concurrency = std::max(std::round(clients), 1.0);
        options.requests = std::max(options.requests,
                                    static_cast<std::size_t>(16.0 * options.arrivals.concurrency));
    }

    std::uint64_t key_;
    std::uint64_t count_ = 0;
};

}  // namespace wafercast::testing
