#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "serving/instance.hpp"

namespace wafercast {

/// A latency this close to its limit ends the search for the batch.
inline constexpr double kCloseToLimit = 0.999;

/// An instance in steady state at full load.
struct OperatingPoint {
    double in_flight = 0.0;  ///< requests admitted: decoding, in prefill or waiting for it
    double decoding = 0.0;   ///< sequences in a decode step
    double prefilled = 1.0;  ///< prompts prefilled together
    double requests_per_s = 0.0;
    double ttft = 0.0;
    double tpot = 0.0;
    double prefill_share = 0.0;  ///< of device time
    PassCost decode;             ///< one step of `decoding`
    PassCost prefill;            ///< one prefill of `prefilled`
};

/// Decode steps of a request: its first token comes out of the prefill.
double decode_steps(const Instance& instance);

/// The most requests in flight that memory, the design and the switches allow, at least 1.
double most_in_flight(const Instance& instance, const Context& context, double kept_length);

/// The steady state with the most requests in flight, in [1, most], that meets the scenario's TTFT
/// and TPOT limits; with one request where none does. Times rise with the number in flight, so it
/// is found by bisection.
template <class Solve>
OperatingPoint choose_in_flight(const Instance& instance, double most, Solve&& solve);

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

template <class Solve>
OperatingPoint choose_in_flight(const Instance& instance, double most, Solve&& solve) {
    const ResolvedDesign& design = instance.design();
    OperatingPoint best = solve(most);
    double high_ratio = latency_ratio(design, best);
    if (high_ratio <= 1.0 || most <= 1.0) {
        return best;
    }
    best = solve(1.0);
    double low_ratio = latency_ratio(design, best);
    if (low_ratio > 1.0) {
        return best;
    }
    double low = 1.0;
    double high = most;
    bool bisect = false;
    while (high - low > 1.0) {
        // Alternate regula falsi with bisection: the ratio is close to linear in the batch.
        double middle = bisect ? 0.5 * (low + high)
                               : low + (high - low) * (1.0 - low_ratio) / (high_ratio - low_ratio);
        bisect = !bisect;
        middle = std::min(std::max(std::floor(middle), low + 1.0), high - 1.0);
        const OperatingPoint point = solve(middle);
        const double ratio = latency_ratio(design, point);
        if (ratio <= 1.0) {
            low = middle, low_ratio = ratio, best = point;
        } else {
            high = middle, high_ratio = ratio;
        }
        if (low_ratio > kCloseToLimit) {
            break;
        }
    }
    return best;
}

template <class SolveOn>
Serving best_kv_home(const ResolvedDesign& design, const DeviceRating& device,
                     const Mapping& mapping, const Context& context, SolveOn&& solve_on) {
    const double weights =
        stored_bytes(design->workload.model, mapping, bytes_per_element(design->workload.weights));
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
