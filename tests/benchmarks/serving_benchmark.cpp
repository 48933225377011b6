#include <memory>

#include "benchmarks/benchmark.hpp"
#include "benchmarks/examples.hpp"
#include "serving/instance_cost.hpp"
#include "serving/simulate.hpp"
#include "serving/steady_state.hpp"

namespace wafercast::bench {

namespace {

constexpr std::size_t kRequests = 4000;

/// The shipped H100 as it serves, with its steps tabulated; filled by the first call.
struct Served {
    Example example = shipped_h100();
    Metrics metrics = evaluate(example.resolved, example.context);
    InstanceCost cost{example.resolved, metrics.device, metrics.serving.mapping, example.context,
                      metrics.serving.kv_tier};
    SimulationOptions options;

    Served() {
        options.plan = plan_of(cost.instance(), example.context);
        options.requests = kRequests;
        options.arrivals.rate = 4.0;
        options.input = {.mean = cost.instance().input_tokens()};
        options.output = {.mean = cost.instance().output_tokens()};
    }
};

}  // namespace

BENCHMARK_CASE("serving/simulate", "requests simulated; 10k tell a p99 to a tenth", "1/s") {
    auto served = std::make_shared<Served>();
    return {.call = [served] { return simulate_serving(served->cost, served->options).tpot.mean; },
            .items = static_cast<double>(kRequests)};
}

BENCHMARK_CASE("serving/closed-form", "the same load without a simulation", "us") {
    auto served = std::make_shared<Served>();
    return {.call = [served] {
        const SteadyStates states{served->cost, served->options.plan,
                                  mix_of(served->cost.instance())};
        return states.open(served->options.arrivals.rate).tpot;
    }};
}

}  // namespace wafercast::bench
