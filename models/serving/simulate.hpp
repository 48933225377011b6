#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "serving/lengths.hpp"
#include "serving/step_cost.hpp"

namespace wafercast {

/// When requests come.
struct Arrivals {
    enum class Kind {
        kPoisson,  ///< `rate`, whatever the instance does
        kClosed,   ///< `concurrency` clients, each sends its next request when one is answered
        kTrace,    ///< at the times of `trace`, with its lengths
        kOffline,  ///< all at once
    };
    Kind kind = Kind::kPoisson;
    double rate = 1.0;         ///< [1/s]
    double concurrency = 1.0;  ///< [-] whole
    std::vector<TraceRequest> trace = {};
};

struct SimulationOptions {
    ServingPlan plan;
    Arrivals arrivals;
    LengthDistribution input;  ///< not read with a trace
    LengthDistribution output;
    std::size_t requests = 10000;  ///< simulated in all; a trace's own number
    double warm_up = 0.1;          ///< share of the requests that is not measured, [0, 1)
    /// Closed loop: clients' first answers are cut at random, so that they do not finish in step.
    bool staggered = true;
    /// Closed loop: every request counts, from the burst at the start to the last answer.
    bool whole = false;
    /// Closed loop: mean time from an answer to the same client's next request at the engine [s],
    /// exponential; a request counts from then on.
    double think = 0.0;
    std::uint64_t seed = 1;
    std::stop_token stop;
    std::function<void(std::size_t finished)> progress;  ///< called now and then
};

struct LatencyStatistics {
    double mean = 0.0, p50 = 0.0, p90 = 0.0, p99 = 0.0;  ///< [s]
};

/// What was measured behind the warm-up.
struct Simulation {
    std::size_t requests = 0;  ///< measured
    std::size_t refused = 0;   ///< too long for the KV cache
    double seconds = 0.0;      ///< simulated, measured window
    double requests_per_s = 0.0;
    double tokens_per_second = 0.0;                   ///< output
    double input_tokens_per_second = 0.0;             ///< cached ones counted
    LatencyStatistics ttft, tpot, latency, queueing;  ///< queueing: arrival to first prefill step
    double utilisation = 0.0;  ///< share of time in which an engine runs a step, mean over engines
    double decoding = 0.0;     ///< sequences that decode, time average over all engines
    double in_flight = 0.0;    ///< requests between arrival and last token, time average
    double kv_use = 0.0;       ///< of the KV cache, time average
    double kv_peak = 0.0;
    double mean_step = 0.0;  ///< [s] of a step that decodes
    double power = 0.0;      ///< switched, whole instance, where the cost says joules [W]
    std::size_t preemptions = 0;
    std::size_t steps = 0;
    bool stopped = false;  ///< by `stop`; figures are of what was done
};

/// Serves requests step by step, as engines with continuous batching do.
///
/// An engine runs one step after another. Separate: prompts that wait go first, as many together as
/// the token budget takes (at least one), else all admitted sequences decode. Chunked: every step
/// decodes all and fills the budget with pieces of prompts, first come first served. A prompt's
/// last piece brings the first token. The KV cache is paged; when pages run out the sequence
/// admitted last leaves and is prefilled anew with what it had made. With pools, prompts go to the
/// prefill engine with least to do, their KV over its link, and they decode on the engine with the
/// fewest sequences; the first token counts when the prefill is done.
///
/// The same options give the same result on every machine: draws are functions of seed, request and
/// purpose. Leaves out: the cost of scheduling (it is in the step cost), pages of prompts in the
/// prefill pool, eviction from the prefix cache.
/// @cite yu-2022-orca, kwon-2023-vllm, agrawal-2024-sarathi, zhong-2024-distserve
Simulation simulate_serving(const StepCost& cost, const SimulationOptions& options);

}  // namespace wafercast
