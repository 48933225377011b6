#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/stages.hpp"
#include "serving/simulate.hpp"
#include "serving/steady_state.hpp"
#include "session/session.hpp"

namespace wafercast {

/// How a design's serving is simulated. Of rate, concurrency, trace and offline at most one; none:
/// as many clients as the design serves at full load.
struct SimulateOptions {
    std::optional<double> rate;         ///< [1/s]
    std::optional<double> concurrency;  ///< [-]
    std::filesystem::path trace;        ///< CSV, see read_trace
    bool offline = false;               ///< all requests at once
    std::size_t requests = 2000;
    LengthDistribution::Kind lengths = LengthDistribution::Kind::kFixed;  ///< about the workload's
    double spread = 0.5;
    std::uint64_t seed = 1;
    std::function<void(std::size_t finished, std::size_t total)> progress;
    std::function<bool()> stop;  ///< asked with each call of progress
};

/// A design's engines under load: what the simulator measured, and the closed form beside it.
struct SimulatedServing {
    std::string design;
    Mapping mapping;
    double accelerators = 0.0;  ///< of all engines
    ServingPlan plan;
    Arrivals::Kind arrivals = Arrivals::Kind::kClosed;
    double rate = 0.0;         ///< [1/s] of an open loop
    double concurrency = 0.0;  ///< of a closed loop
    double capacity = 0.0;     ///< requests per second at most, closed form
    Simulation simulated;
    std::optional<SteadyState> closed_form;  ///< none for an offline batch
    double usd_per_mtok = 0.0;  ///< at the simulated rate, all of it sold; NaN: no price known
    std::optional<double> ttft_limit, tpot_limit;  ///< [s]
    std::vector<std::string> missed;               ///< why it is infeasible, in words
};

/// Simulates the mapping that the evaluation finds. Bad options and files are failures, all at
/// once.
Result<SimulatedServing> simulate_design(const Session& session, const LoadedDesign& loaded,
                                         const SimulateOptions& options);

/// The best that a design does under one latency limit.
struct FrontierPoint {
    double tpot_limit = 0.0;  ///< [s]
    bool feasible = false;
    Mapping mapping;
    double accelerators = 0.0;
    double batch = 0.0;
    double tpot = 0.0, ttft = 0.0;  ///< [s]
    double tokens_per_second_per_accelerator = 0.0;
    double tokens_per_second_per_user = 0.0;
    double usd_per_mtok = 0.0;
    double joules_per_token = 0.0;
    bool on_front = false;  ///< none is faster for a user and cheaper
};

/// Throughput and cost against the latency that a user is promised: the design evaluated under TPOT
/// limits from the shortest that it reaches to where the limit no longer counts. Its own TTFT limit
/// holds throughout.
Result<std::vector<FrontierPoint>> latency_frontier(const Session& session,
                                                    const LoadedDesign& loaded, int points,
                                                    const std::function<bool()>& stop = {});

}  // namespace wafercast
