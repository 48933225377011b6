#include "serving/list_operators.hpp"

#include "serving/operating_point.hpp"

namespace wafercast {
namespace {

void append(const Instance& instance, Phase phase, double sequences, double clock_factor,
            std::vector<OperatorTiming>& out) {
    OperatorList list;
    instance.operators(phase, sequences, list);
    const DeviceModel model = at_clock(instance.model(), clock_factor);
    const double exposed = exposed_share(time_pass_plainly(model, list));
    for (const Operator& op : list) {
        OperatorCost cost = time_operator(model, op);
        cost.seconds *= op.kind == OperatorKind::kCollective && op.in_layer ? exposed : 1.0;
        out.push_back({.name = op.name,
                       .phase = phase == Phase::kPrefill ? "prefill" : "decode",
                       .count = op.count,
                       .seconds = cost.seconds,
                       .flops = cost.flops,
                       .bytes = cost.bytes,
                       .bound = cost.bound});
    }
}

}  // namespace

std::vector<OperatorTiming> list_operators(const ResolvedDesign& d, const DeviceRating& device,
                                           const Serving& serving, const Context& context) {
    std::vector<OperatorTiming> out;
    if (!d->workload.present || device.tier_count == 0) {
        return out;
    }
    const double weights = stored_bytes(d->workload, serving.mapping);
    std::array<int, kMaxTiers> tiers{};
    if (kv_tiers(device, weight_tier(device, weights), tiers) == 0) {
        return out;
    }
    const Instance instance{d, device, serving.mapping, context, serving.kv_tier};
    const double stages = std::max(serving.mapping.pipeline, 1);
    append(instance, Phase::kPrefill, 1.0, serving.throttle, out);
    append(instance, Phase::kDecode, std::max(serving.batch / stages, 1.0), serving.throttle, out);
    return out;
}

}  // namespace wafercast
