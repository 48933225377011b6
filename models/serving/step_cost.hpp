#pragma once

#include <algorithm>
#include <limits>

namespace wafercast {

/// What one step of an engine runs through the model.
struct StepLoad {
    double prefill_tokens = 0.0;   ///< of prompts
    double prefill_context = 0.0;  ///< tokens that each of them attends to, mean
    double sequences = 0.0;        ///< that decode
    double context = 0.0;          ///< tokens that each of those attends to, mean
    double width = 1.0;            ///< tokens of each: 1, or 1 + drafted ones to verify
};

struct StepTime {
    double seconds = 0.0;  ///< until the engine can start the next step
    double latency = 0.0;  ///< until the step's results are out; at least `seconds`
    double joules = 0.0;   ///< switched, whole instance; 0: not said
};

/// Times of the steps of one serving instance.
class StepCost {
public:
    StepCost() = default;
    StepCost(const StepCost&) = default;
    StepCost& operator=(const StepCost&) = default;
    virtual ~StepCost() = default;
    [[nodiscard]] virtual StepTime time(const StepLoad& load) const = 0;
};

enum class PrefillMode { kSeparate, kChunked };
inline constexpr const char* kPrefillModeNames[] = {"separate", "chunked"};

/// When a request may enter: with room for the tokens it has, to be thrown out and recomputed when
/// memory runs out, or with room for all it will ever have.
enum class Admission { kOptimistic, kReserved };

/// How an engine serves.
struct ServingPlan {
    PrefillMode prefill = PrefillMode::kSeparate;
    double budget = 8192.0;       ///< tokens in a prefill pass, or in any step when chunked
    double most_sequences = 1e9;  ///< admitted at a time
    double kv_tokens = 1e14;      ///< that the KV cache holds
    double block_tokens = 16.0;   ///< of a page
    double watermark = 0.01;      ///< share of pages kept free on admission
    Admission admission = Admission::kOptimistic;
    double prefix_hit = 0.0;    ///< share of prompt tokens found in the prefix cache, [0, 1)
    double draft_tokens = 0.0;  ///< proposed in each decode step and sequence
    double acceptance = 0.0;    ///< probability that a proposed token is accepted, [0, 1]
    double draft_cost = 0.0;    ///< time of one drafted token over a plain decode step
    /// Prompts and decoding on engines of their own; 0 prefill engines: together.
    int prefill_engines = 0;
    int decode_engines = 1;
    double transfer_per_token = 0.0;  ///< [s] of a prompt's KV between pools, link of one engine
    double transfer_latency = 0.0;    ///< [s]

    [[nodiscard]] bool disaggregated() const { return prefill_engines > 0; }
    [[nodiscard]] double width() const { return 1.0 + draft_tokens; }
};

/// Tokens that a prompt still has to be prefilled, its cached prefix left out; at least 1.
double fresh_tokens(const ServingPlan& plan, double input);

/// Tokens a sequence gains in a decode step: one and the accepted run of the drafted ones.
struct StepGain {
    double mean = 1.0;
    double square = 1.0;  ///< mean of the square
};
///     mean = (1 - a^(d + 1)) / (1 - a)
/// @cite leviathan-2023-speculative
StepGain step_gain(const ServingPlan& plan);

/// Expected decode steps for `tokens`, the last one's surplus counted: (tokens + overshoot) / gain.
double steps_for(const StepGain& gain, double tokens);

/// Time of a step under a plan: the cost's own and the drafting before it.
StepTime step_time(const StepCost& cost, const ServingPlan& plan, StepLoad load);

}  // namespace wafercast
