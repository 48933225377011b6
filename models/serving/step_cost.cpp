#include "serving/step_cost.hpp"

#include <cmath>

#include "math/math.hpp"

namespace wafercast {

double fresh_tokens(const ServingPlan& plan, double input) {
    return std::max(input - std::floor(input * plan.prefix_hit), 1.0);
}

StepGain step_gain(const ServingPlan& plan) {
    StepGain gain{.mean = 0.0, .square = 0.0};
    const int drafted = static_cast<int>(plan.draft_tokens);
    double reach = 1.0;  // probability that at least so many drafted tokens are accepted
    for (int accepted = 0; accepted <= drafted; ++accepted) {
        const double stops = accepted == drafted ? reach : reach * (1.0 - plan.acceptance);
        const double tokens = accepted + 1.0;
        gain.mean += stops * tokens;
        gain.square += stops * tokens * tokens;
        reach *= plan.acceptance;
    }
    return gain;
}

double steps_for(const StepGain& gain, double tokens) {
    if (tokens <= 0.0) {
        return 0.0;
    }
    const double overshoot = 0.5 * (gain.square / gain.mean - 1.0);
    return std::max((tokens + overshoot) / gain.mean, 1.0);
}

StepTime step_time(const StepCost& cost, const ServingPlan& plan, StepLoad load) {
    if (load.sequences <= 0.0 || plan.draft_tokens <= 0.0) {
        return cost.time(load);
    }
    load.width = plan.width();
    StepTime time = cost.time(load);
    if (plan.draft_cost > 0.0) {
        const StepTime plain =
            cost.time({.sequences = load.sequences, .context = load.context, .width = 1.0});
        const double drafts = plan.draft_tokens * plan.draft_cost;
        time.seconds += drafts * plain.seconds;
        time.latency += drafts * plain.seconds;
        time.joules += drafts * plain.joules;
    }
    return time;
}

}  // namespace wafercast
