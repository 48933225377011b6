#include "serving/operating_point.hpp"

namespace wafercast {
namespace {

/// In flight when nothing else limits it.
constexpr double kMostInFlight = 65536.0;

unsigned at(int i) { return static_cast<unsigned>(i); }

/// Energy of one request [J] by class: its prefill and its share of every decode step.
EnergySplit request_energy(const Instance& instance, const OperatingPoint& point) {
    const double ranks = instance.tensor();
    const double prefill = ranks / point.prefilled;
    const double decode = ranks * point.steps / std::max(point.decoding, 1.0);
    EnergySplit energy;
    energy.compute = prefill * point.prefill.compute_joules + decode * point.decode.compute_joules;
    energy.on_chip = prefill * point.prefill.on_chip_joules + decode * point.decode.on_chip_joules;
    energy.memory = prefill * point.prefill.memory_joules + decode * point.decode.memory_joules;
    energy.network = prefill * point.prefill.network_joules + decode * point.decode.network_joules;
    return energy;
}

/// Mean power of servers and network gear for each accelerator [W]; the building is made for the
/// rated one.
double host_power(const ResolvedDesign& d) {
    const ResolvedSystem& system = d->system;
    if (!system.present) {
        return 0.0;
    }
    const double accelerators = std::max(d.get(system.accelerators_per_server, 1.0), 1.0);
    const double server =
        d.get(system.server_power, 0.0) * d.get(system.mean_power_share, 1.0) / accelerators;
    return server + d.get(system.network_power, 0.0);
}

Bound bound_of(const OperatingPoint& point, double steps, double clock_factor) {
    const double prefill = 1.0 / point.prefilled;
    const double decode = steps / std::max(point.decoding, 1.0);
    auto total = [&](double PassCost::*part) {
        return prefill * point.prefill.*part + decode * point.decode.*part;
    };
    const std::array<std::pair<double, Bound>, 4> parts{
        {{total(&PassCost::compute), Bound::kCompute},
         {total(&PassCost::memory), Bound::kMemory},
         {total(&PassCost::network), Bound::kNetwork},
         {total(&PassCost::latency), Bound::kLatency}}};
    const Bound largest = std::max_element(parts.begin(), parts.end())->second;
    return largest == Bound::kCompute && clock_factor < 1.0 ? Bound::kPower : largest;
}

void add_latency_violations(const ResolvedDesign& d, const OperatingPoint& point,
                            Serving& serving) {
    const auto& scenario = d->scenario;
    const double ttft = d.get(scenario.ttft_limit, std::numeric_limits<double>::infinity());
    const double tpot = d.get(scenario.tpot_limit, std::numeric_limits<double>::infinity());
    if (point.ttft > ttft) {
        serving.violations.push_back({ConstraintId::kTtft, point.ttft, ttft, -1});
    }
    if (point.tpot > tpot) {
        serving.violations.push_back({ConstraintId::kTpot, point.tpot, tpot, -1});
    }
}

/// Mean clock over the time spent in prefill and decode.
double mean_clock(const Instance& instance, const OperatingPoint& point, Serving& serving) {
    const double decode_slowdown = point.decode.seconds / point.decode.unlimited;
    const double prefill_slowdown = point.prefill.seconds / point.prefill.unlimited;
    const double decode = instance.clock_factor(Phase::kDecode, std::max(point.decoding, 1.0),
                                                decode_slowdown, serving.violations);
    const double prefill = instance.clock_factor(Phase::kPrefill, point.prefilled, prefill_slowdown,
                                                 serving.violations);
    return point.prefill_share * prefill + (1.0 - point.prefill_share) * decode;
}

/// How far the worst violation is over its limit; 1: none.
double worst_excess(const Serving& serving) {
    double worst = 1.0;
    for (const FlatViolation& violation : serving.violations) {
        worst = std::max(worst, violation.value / std::max(violation.limit, 1e-12));
    }
    return worst;
}

}  // namespace

double decode_steps(const Instance& instance) {
    return std::max(instance.output_tokens() - 1.0, 0.0);
}

double most_in_flight(const Instance& instance, const Context& context, double kept_length) {
    const ResolvedDesign& d = instance.design();
    double most = kMostInFlight;
    if (context.switches.kv_capacity) {
        most = std::min(most, instance.capacity(kept_length));
    }
    most = std::min(most, std::floor(d.get(d->serving.batch, most)));
    return std::max(most, 1.0);
}

double latency_ratio(const ResolvedDesign& d, const OperatingPoint& point) {
    const auto& scenario = d->scenario;
    double ratio = 0.0;
    if (scenario.ttft_limit.is_set()) {
        ratio = std::max(ratio, point.ttft / d[scenario.ttft_limit]);
    }
    if (scenario.tpot_limit.is_set()) {
        ratio = std::max(ratio, point.tpot / d[scenario.tpot_limit]);
    }
    return ratio;
}

Serving describe_point(const Instance& instance, const OperatingPoint& point, double capacity) {
    const ResolvedDesign& d = instance.design();
    const DeviceRating& device = instance.device();
    const double devices = instance.devices() * point.engines;
    const double steps = point.steps;
    Serving serving;
    serving.mapping = instance.mapping();
    serving.accelerators = devices;
    serving.batch = point.decoding;
    serving.batch_capacity = capacity;
    serving.kv_tier = instance.model().placement.kv;
    serving.prefill_s = point.prefill.seconds;
    serving.decode_step_s = point.decode.seconds;
    serving.ttft_s = point.ttft;
    serving.tpot_s = point.tpot;
    serving.tokens_per_second = point.requests_per_s * instance.output_tokens();
    serving.input_tokens_per_second = point.requests_per_s * instance.input_tokens();
    serving.prefill_time_share = point.prefill_share;
    serving.weight_bytes = instance.weight_bytes();
    serving.kv_bytes_per_sequence = instance.kv_bytes(instance.mean_length());

    const EnergySplit request = request_energy(instance, point);
    const double outputs = instance.output_tokens();
    serving.energy = {.compute = request.compute / outputs,
                      .on_chip = request.on_chip / outputs,
                      .memory = request.memory / outputs,
                      .network = request.network / outputs,
                      .leakage = device.static_power * devices / serving.tokens_per_second,
                      .host = host_power(d) * devices / serving.tokens_per_second};
    serving.device_power = device.static_power + request.total() * point.requests_per_s / devices;

    const double ranks = instance.tensor();
    const double per_request = steps / std::max(point.decoding, 1.0);
    const double flops =
        ranks * (point.prefill.flops / point.prefilled + per_request * point.decode.flops);
    const double bytes =
        ranks * (point.prefill.bytes / point.prefilled + per_request * point.decode.bytes);
    const DeviceModel& model = instance.model();
    const double bandwidth = device.tiers[at(model.placement.weights)].bandwidth;
    serving.operations_per_token = flops / outputs;
    serving.mfu = flops * point.requests_per_s / (devices * model.peak);
    serving.mbu = bytes * point.requests_per_s / (devices * bandwidth);
    serving.throttle = mean_clock(instance, point, serving);
    serving.clock_factor =
        serving.throttle * (point.prefill_share * point.prefill.clock_share +
                            (1.0 - point.prefill_share) * point.decode.clock_share);
    serving.bound = bound_of(point, steps, serving.clock_factor);
    if (!instance.fits()) {
        serving.violations.push_back(
            {ConstraintId::kMemoryCapacity, instance.bytes_needed(), instance.bytes_there(), -1});
    }
    if (device.power_limit > 0.0 && device.static_power >= device.power_limit) {
        serving.violations.push_back(
            {ConstraintId::kPower, device.static_power, device.power_limit, -1});
    }
    add_latency_violations(d, point, serving);
    return serving;
}

bool serves_better(const Serving& a, const Serving& b) {
    const double excess_a = worst_excess(a);
    const double excess_b = worst_excess(b);
    if (a.violations.empty() != b.violations.empty()) {
        return a.violations.empty();
    }
    if (!a.violations.empty() && excess_a != excess_b) {
        return excess_a < excess_b;
    }
    return a.tokens_per_second / a.accelerators > b.tokens_per_second / b.accelerators;
}

}  // namespace wafercast
