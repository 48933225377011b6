#include "serving/continuous_batching.hpp"

#include "serving/operating_point.hpp"
#include "serving/serving_modes.hpp"

namespace wafercast {
namespace {

/// Tokens a stack prefills in one pass: vLLM's and TensorRT-LLM's default budget.
constexpr double kPrefillTokens = 8192.0;
constexpr int kRounds = 6;

/// Steady states of one instance by the sequences that decode. Keeps the last prefill: prompts come
/// in whole numbers, so neighbouring states share it.
class SteadyState {
public:
    SteadyState(const Instance& instance, const Context& context)
        : instance_{instance},
          context_{context},
          steps_{decode_steps(instance)},
          lone_{instance.decode(1.0)} {}

    /// One request in flight: it is in prefill or it decodes.
    double alone() {
        const double decoding = steps_ * lone_.seconds;
        return decoding / (prefill_of(1.0).seconds + decoding);
    }

    OperatingPoint at(double decoding) {
        OperatingPoint point;
        point.steps = steps_;
        point.decoding = decoding;
        point.decode = decoding > 1.0 ? instance_.decode(decoding) : lone_;
        point.prefilled = together(decoding);
        point.prefill = prefill_of(point.prefilled);
        const double occupancy = point.prefill.occupancy / point.prefilled;
        const double charged = context_.switches.prefill_interference ? occupancy : 0.0;
        // The stage prefills and decodes in turn; below one decoding sequence it is not always
        // decoding.
        const double in_turn =
            decoding * charged / steps_ + std::min(decoding, 1.0) * point.decode.seconds;
        point.tpot = std::max(point.decode.seconds, in_turn);
        double in_flight = std::max(decoding, 1.0);
        for (int i = 0; i < kRounds; ++i) {
            point.requests_per_s = decoding / (steps_ * point.tpot);
            point.ttft = point.prefill.seconds + waiting(point, occupancy, in_flight);
            in_flight = std::max(decoding + point.requests_per_s * point.ttft, 1.0);
        }
        point.in_flight = in_flight;
        share_time(point, occupancy);
        return point;
    }

    /// Requests of a single output token never decode.
    OperatingPoint prefill_only(double in_flight) {
        OperatingPoint point;
        point.steps = steps_;
        point.in_flight = in_flight;
        point.prefill = prefill_of(1.0);
        point.decode = lone_;
        point.requests_per_s =
            std::min(in_flight / point.prefill.seconds, 1.0 / point.prefill.occupancy);
        point.ttft = in_flight / point.requests_per_s;
        point.prefill_share = 1.0;
        return point;
    }

private:
    /// Prompts that arrive during one step, within the token budget.
    [[nodiscard]] double together(double decoding) const {
        const double budget = std::floor(kPrefillTokens / instance_.input_tokens());
        return std::max(std::min(std::floor(decoding / steps_), budget), 1.0);
    }

    const PassCost& prefill_of(double prompts) {
        if (prompts != prompts_) {
            prefill_ = instance_.prefill(prompts);
            prompts_ = prompts;
        }
        return prefill_;
    }

    [[nodiscard]] double waiting(const OperatingPoint& point, double occupancy,
                                 double in_flight) const {
        if (!context_.switches.admission) {
            return 0.0;
        }
        const double others = std::max(1.0 - 1.0 / in_flight, 0.0);
        const double step = point.decode.seconds / (2.0 * instance_.mapping().pipeline);
        const double busy = std::min(point.requests_per_s * occupancy, 1.0 - 1e-6);
        const double queue = busy * point.prefill.occupancy / (2.0 * (1.0 - busy));
        return others * step + std::min(queue, (in_flight - 1.0) * occupancy);
    }

    void share_time(OperatingPoint& point, double occupancy) const {
        const double decode = steps_ * point.decode.seconds / std::max(point.decoding, 1.0);
        point.prefill_share = occupancy / (occupancy + decode);
    }

    const Instance& instance_;
    const Context& context_;
    double steps_;
    double prompts_ = 0.0;
    PassCost prefill_;
    PassCost lone_;  ///< a step of one sequence
};

OperatingPoint fullest(const Instance& instance, const Context& context, double most) {
    SteadyState state{instance, context};
    if (decode_steps(instance) <= 0.0) {
        return state.prefill_only(most);
    }
    const double alone = state.alone();
    const double step = 1e-3 * std::max(alone, 1e-3);
    return largest_within(
        alone, most > 1.0 ? most : alone, step, [&](double decoding) { return state.at(decoding); },
        [&](const OperatingPoint& point) {
            return std::max(latency_ratio(instance.design(), point), point.in_flight / most);
        });
}

}  // namespace

Serving serve_continuous(const ResolvedDesign& d, const DeviceRating& device,
                         const Mapping& mapping, const Context& context) {
    if (has_serving_modes(d)) {
        return serve_modes(d, device, mapping, context);
    }
    return best_kv_home(d, device, mapping, context, [&](const Instance& instance) {
        const double length = instance.mean_length();
        const double most = most_in_flight(instance, context, length);
        return describe_point(instance, fullest(instance, context, most),
                              instance.capacity(length));
    });
}

}  // namespace wafercast
