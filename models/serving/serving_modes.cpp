#include "serving/serving_modes.hpp"

#include <algorithm>
#include <cmath>

#include "serving/instance_cost.hpp"
#include "serving/operating_point.hpp"
#include "serving/steady_state.hpp"

namespace wafercast {
namespace {

constexpr double kBoundlessTokens = 1e14;

void scale_work(PassCost& cost, double factor) {
    for (double* part :
         {&cost.seconds, &cost.occupancy, &cost.unlimited, &cost.flops, &cost.bytes,
          &cost.compute_joules, &cost.on_chip_joules, &cost.memory_joules, &cost.network_joules,
          &cost.latency, &cost.compute, &cost.memory, &cost.network}) {
        *part *= factor;
    }
}

/// One engine's steady state as an operating point: what passes and steps cost there.
class ModePoints {
public:
    ModePoints(const Instance& instance, const ServingPlan& plan, const SteadyStates& states)
        : instance_{instance}, plan_{plan}, states_{states} {
        fresh_share_ = fresh_tokens(plan, instance.input_tokens()) / instance.input_tokens();
    }

    [[nodiscard]] OperatingPoint at(double clients) const {
        const SteadyState state = states_.closed(clients);
        const double decoders = plan_.disaggregated() ? plan_.decode_engines : 1.0;
        OperatingPoint point;
        point.in_flight = clients;
        point.engines = plan_.disaggregated() ? plan_.prefill_engines + plan_.decode_engines : 1.0;
        point.decoding = state.decoding / decoders;
        point.requests_per_s = state.requests_per_s;
        point.ttft = state.ttft;
        point.tpot = state.tpot;
        point.steps = steps_for(step_gain(plan_), instance_.output_tokens() - 1.0);
        point.decode = instance_.decode(std::max(point.decoding, 1.0) * plan_.width());
        scale_work(point.decode, 1.0 + plan_.draft_tokens * plan_.draft_cost);
        point.prefilled = together(point);
        point.prefill = instance_.prefill(point.prefilled * fresh_share_);
        const double prefill = point.prefill.occupancy / point.prefilled;
        const double decode = point.steps * point.decode.seconds / std::max(point.decoding, 1.0);
        point.prefill_share = prefill / (prefill + decode);
        return point;
    }

private:
    /// Prompts that a pass takes, or the share of one that a chunk does.
    [[nodiscard]] double together(const OperatingPoint& point) const {
        const double fresh = instance_.input_tokens() * fresh_share_;
        if (plan_.prefill == PrefillMode::kChunked && !plan_.disaggregated()) {
            const double piece = plan_.budget - point.decoding * plan_.width();
            return std::max(std::min(piece / fresh, std::max(plan_.budget / fresh, 1.0)),
                            1.0 / instance_.input_tokens());
        }
        const double most = std::max(std::floor(plan_.budget / fresh), 1.0);
        const double came = std::floor(point.decoding / std::max(point.steps, 1.0));
        return std::clamp(came, 1.0, most);
    }

    const Instance& instance_;
    const ServingPlan& plan_;
    const SteadyStates& states_;
    double fresh_share_ = 1.0;
};

}  // namespace

bool has_serving_modes(const ResolvedDesign& d) {
    const ResolvedServing& serving = d->serving;
    return serving.chunked || serving.prefill_instances.is_set() ||
           serving.decode_instances.is_set() || d.get(serving.prefix_cache_hit, 0.0) > 0.0 ||
           d.get(serving.draft_tokens, 0.0) > 0.0;
}

Serving serve_modes(const ResolvedDesign& d, const DeviceRating& device, const Mapping& mapping,
                    const Context& context) {
    return best_kv_home(d, device, mapping, context, [&](const Instance& instance) {
        const InstanceCost cost{d, device, mapping, context, instance.model().placement.kv};
        ServingPlan plan = plan_of(instance, context);
        if (!context.switches.kv_capacity) {
            plan.kv_tokens = kBoundlessTokens;
        }
        const SteadyStates states{cost, plan, mix_of(instance)};
        const ModePoints points{instance, plan, states};
        const double engines = plan.disaggregated() ? plan.decode_engines : 1.0;
        const OperatingPoint point = largest_within(
            1.0, std::max(std::floor(states.slots() * engines), 1.0), 1.0,
            [&](double clients) { return points.at(clients); },
            [&](const OperatingPoint& p) { return latency_ratio(d, p); });
        return describe_point(instance, point, states.slots());
    });
}

}  // namespace wafercast
