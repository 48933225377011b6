#include "serving/static_batching.hpp"

#include "serving/operating_point.hpp"

namespace wafercast {
namespace {

OperatingPoint lock_step(const Instance& instance, const Context& context, double batch) {
    OperatingPoint point;
    point.steps = decode_steps(instance);
    point.in_flight = batch;
    point.decoding = batch;
    point.prefilled = batch;
    point.prefill = instance.prefill(batch);
    point.decode = instance.decode(batch);
    const double decoding = decode_steps(instance) * point.decode.seconds;
    const double prefilling = context.switches.prefill_interference ? point.prefill.seconds : 0.0;
    const double period = std::max(prefilling + decoding, point.prefill.occupancy);
    point.requests_per_s = batch / period;
    point.tpot = point.decode.seconds;
    point.ttft = point.prefill.seconds + (context.switches.admission ? period / 2.0 : 0.0);
    point.prefill_share = point.prefill.seconds / (point.prefill.seconds + decoding);
    return point;
}

}  // namespace

Serving serve_static(const ResolvedDesign& d, const DeviceRating& device, const Mapping& mapping,
                     const Context& context) {
    return best_kv_home(d, device, mapping, context, [&](const Instance& instance) {
        const double length = instance.input_tokens() + instance.output_tokens();
        const OperatingPoint point = largest_within(
            1.0, most_in_flight(instance, context, length), 1.0,
            [&](double batch) { return lock_step(instance, context, batch); },
            [&](const OperatingPoint& p) { return latency_ratio(d, p); });
        return describe_point(instance, point, instance.capacity(length));
    });
}

}  // namespace wafercast
