#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "serving/instance.hpp"

namespace wafercast {

/// A latency this close to its limit ends the search for the batch.
inline constexpr double kCloseToLimit = 0.999;
inline constexpr double kAimedAt = 0.9995;

/// An instance in steady state at full load.
struct OperatingPoint {
    double in_flight = 0.0;  ///< requests admitted: decoding, in prefill or waiting for it
    double decoding = 0.0;   ///< sequences in a decode step
    double prefilled = 1.0;  ///< prompts prefilled together
    double requests_per_s = 0.0;
    double ttft = 0.0;
    double tpot = 0.0;
    double prefill_share = 0.0;  ///< of device time
    double steps = 0.0;          ///< decode steps of a request
    double engines = 1.0;        ///< instances of the mapping that serve together
    PassCost decode;             ///< one step of `decoding`
    PassCost prefill;            ///< one prefill of `prefilled`
};

/// Decode steps of a request: its first token comes out of the prefill.
double decode_steps(const Instance& instance);

/// The most requests in flight that memory, the design and the switches allow, at least 1.
double most_in_flight(const Instance& instance, const Context& context, double kept_length);

/// The steady state with the largest x in [low, high] at which `ratio(solve(x))` is at most 1; that
/// of `low` where none is. The ratio rises with x, so a bracket closes on it, to `step` (1: whole
/// numbers) or to 0.1 % of the limit.
template <class Solve, class Ratio>
OperatingPoint largest_within(double low, double high, double step, Solve&& solve, Ratio&& ratio);

/// Serving figures of an operating point: rates, energy split, utilisations, violations.
///
///     energy per output token = (prefill + decode energy of a request) / output tokens + static,
///     host power / rate MFU = operations/s / (devices x peak),  MBU = bytes/s of the weights' tier
///     / bandwidth
Serving describe_point(const Instance& instance, const OperatingPoint& point, double capacity);

/// Runs `solve_on(instance)` for each home the KV cache may have and keeps the best that is
/// feasible.
template <class SolveOn>
Serving best_kv_home(const ResolvedDesign& design, const DeviceRating& device,
                     const Mapping& mapping, const Context& context, SolveOn&& solve_on);

/// Is `a` a better choice than `b`? Feasible first, then output tokens per second and device; of
/// two infeasible ones the one whose worst limit is broken least.
bool serves_better(const Serving& a, const Serving& b);

// ---- templates
// -------------------------------------------------------------------------------------

/// Largest ratio of a latency to its limit; 0 without limits.
double latency_ratio(const ResolvedDesign& design, const OperatingPoint& point);

template <class Solve, class Ratio>
OperatingPoint largest_within(double low, double high, double step, Solve&& solve, Ratio&& ratio) {
    OperatingPoint best = solve(low);
    double low_ratio = ratio(best);
    if (low_ratio > 1.0 || high <= low) {
        return best;
    }
    OperatingPoint point = solve(high);
    double high_ratio = ratio(point);
    if (high_ratio <= 1.0) {
        return point;
    }
    int same_side = 0;  // steps that moved the same end of the bracket: > 0 low, < 0 high
    while (high - low > step && low_ratio < kCloseToLimit) {
        // Times are close to linear in the batch, so regula falsi; bisection when it stalls on a
        // side.
        const bool stalled = same_side > 1 || same_side < -1;
        double middle =
            stalled ? 0.5 * (low + high)
                    : low + (high - low) * (kAimedAt - low_ratio) / (high_ratio - low_ratio);
        if (step >= 1.0) {
            middle = std::min(std::max(std::floor(middle), low + 1.0), high - 1.0);
        } else {
            middle = std::min(std::max(middle, low + 0.5 * step), high - 0.5 * step);
        }
        point = solve(middle);
        const double at_middle = ratio(point);
        if (at_middle <= 1.0) {
            low = middle, low_ratio = at_middle, best = point;
            same_side = stalled || same_side < 0 ? 1 : same_side + 1;
        } else {
            high = middle, high_ratio = at_middle;
            same_side = stalled || same_side > 0 ? -1 : same_side - 1;
        }
    }
    return best;
}

template <class SolveOn>
Serving best_kv_home(const ResolvedDesign& design, const DeviceRating& device,
                     const Mapping& mapping, const Context& context, SolveOn&& solve_on) {
    const double weights = stored_bytes(design->workload, mapping);
    std::array<int, kMaxTiers> tiers{};
    const int count = kv_tiers(device, weight_tier(device, weights), tiers);
    Serving best;
    for (int i = 0; i < count; ++i) {
        const Instance instance{design, device, mapping, context, tiers[static_cast<unsigned>(i)]};
        Serving serving = solve_on(instance);
        if (i == 0 || serves_better(serving, best)) {
            best = std::move(serving);
        }
    }
    return best;
}

}  // namespace wafercast
