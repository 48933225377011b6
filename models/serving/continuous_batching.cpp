#include "serving/continuous_batching.hpp"

#include "serving/operating_point.hpp"

namespace wafercast {
namespace {

constexpr int kRounds = 24;
constexpr double kSettled = 1e-3;

/// Smaller root of (N - x c)(1 - a x) = x s T: the rate at which N requests circulate.
double request_rate(double in_flight, double ttft, double interference, double decode_time) {
    const double q = in_flight * interference + ttft + decode_time;
    const double root = std::sqrt(std::max(q * q - 4.0 * interference * ttft * in_flight, 0.0));
    return 2.0 * in_flight / (q + root);
}

OperatingPoint steady_state(const Instance& instance, const Context& context,
                            const PassCost& prefill, double in_flight) {
    const double others = (in_flight - 1.0) / in_flight;
    const double steps = decode_steps(instance);
    const double occupancy = prefill.occupancy;
    const double stolen = context.switches.prefill_interference ? occupancy * others : 0.0;
    OperatingPoint point;
    point.in_flight = in_flight;
    point.prefill = prefill;
    double decoding = in_flight;
    double wait = 0.0;
    for (int i = 0; i < kRounds; ++i) {
        point.decode = instance.decode(std::max(decoding, 1.0));
        const double ttft = prefill.seconds + wait;
        const double rate = request_rate(in_flight, ttft, stolen, steps * point.decode.seconds);
        const double busy = std::min(rate * occupancy, 0.999);
        if (context.switches.admission) {
            const double queue = busy * occupancy / (2.0 * (1.0 - busy));
            wait = others * (point.decode.seconds / (2.0 * instance.mapping().pipeline)) +
                   std::min(queue, (in_flight - 1.0) * occupancy);
        }
        const double next = std::max(in_flight - rate * (prefill.seconds + wait), 0.0);
        point.requests_per_s = rate;
        point.ttft = ttft;
        point.tpot = steps > 0.0 ? point.decode.seconds / (1.0 - rate * stolen) : 0.0;
        const bool settled = std::abs(next - decoding) <= kSettled * std::max(decoding, 1.0);
        decoding = next;
        if (settled) {
            break;
        }
    }
    point.decoding = decoding;
    const double decode_share = steps * point.decode.seconds / std::max(decoding, 1.0);
    point.prefill_share = occupancy / (occupancy + decode_share);
    return point;
}

}  // namespace

Serving serve_continuous(const ResolvedDesign& d, const DeviceRating& device,
                         const Mapping& mapping, const Context& context) {
    return best_kv_home(d, device, mapping, context, [&](const Instance& instance) {
        const double length = instance.mean_length();
        const PassCost prefill = instance.prefill(1.0);
        const OperatingPoint point = choose_in_flight(
            instance, most_in_flight(instance, context, length),
            [&](double in_flight) { return steady_state(instance, context, prefill, in_flight); });
        return describe_point(instance, point, instance.capacity(length));
    });
}

}  // namespace wafercast
