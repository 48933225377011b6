#include "performance/operator_time.hpp"

#include <algorithm>
#include <cmath>

#include "energy/device_power.hpp"
#include "math/math.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

unsigned at(int i) { return static_cast<unsigned>(i); }

bool on_die(const DeviceRating& rating, int tier) {
    return rating.tiers[at(tier)].kind != MemoryTier::Kind::kStack;
}

/// Measured over predicted time for each limit when the section as a whole is off by `drawn`: every
/// limit's own spread is reached together.
std::array<double, 3> errors(const KernelSpread& spread, double drawn) {
    const std::array<double, 3> low{spread.launch_low, spread.memory_low, spread.compute_low};
    const std::array<double, 3> high{spread.launch_high, spread.memory_high, spread.compute_high};
    const std::array<double, 3>& reached = drawn < 1.0 ? low : high;
    double all = 0.0;
    for (const double factor : reached) {
        all += math::log(factor) / 3.0;
    }
    std::array<double, 3> out{drawn, drawn, drawn};
    if (drawn == 1.0 || all == 0.0) {
        return out;
    }
    const double position = math::log(drawn) / all;
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = math::exp(position * math::log(reached[i]));
    }
    return out;
}

KernelSection section_of(const Operator& op) {
    switch (op.kind) {
        case OperatorKind::kGather:
        case OperatorKind::kElementwise:
            return KernelSection::kPointwise;
        case OperatorKind::kGemm:
            return KernelSection::kGemm;
        case OperatorKind::kPrefillAttention:
        case OperatorKind::kDecodeAttention:
            return std::holds_alternative<LatentAttentionShape>(op.shape)
                       ? KernelSection::kLatentAttention
                       : KernelSection::kAttention;
        case OperatorKind::kExperts:
            return KernelSection::kExperts;
        case OperatorKind::kCollective:
            break;
    }
    return KernelSection::kCollective;
}

KernelTime attention_time(const KernelDevice& device, const Operator& op) {
    const bool prefill = op.kind == OperatorKind::kPrefillAttention;
    if (const auto* latent = std::get_if<LatentAttentionShape>(&op.shape)) {
        return prefill ? prefill_latent_attention_time(device, *latent)
                       : decode_latent_attention_time(device, *latent);
    }
    const auto& heads = std::get<AttentionShape>(op.shape);
    return prefill ? prefill_attention_time(device, heads) : decode_attention_time(device, heads);
}

/// Fused operators are not launched; a draw may say that the models are off.
KernelTime adjusted(const DeviceModel& model, const Operator& op, KernelTime time) {
    if (op.launches <= 0.0 && op.kind != OperatorKind::kCollective) {
        time.seconds = std::max(time.seconds - time.launch, 0.0);
        time.launch = 0.0;
    }
    const auto& error = model.error[static_cast<std::size_t>(section_of(op))];
    const double factor = error[static_cast<std::size_t>(time.bound())];
    time.seconds *= factor;
    time.launch *= factor;
    return time;
}

Bound bound_of(const Operator& op, const KernelTime& kernel) {
    switch (kernel.bound()) {
        case KernelBound::kLaunch:
            return Bound::kLatency;
        case KernelBound::kCompute:
            return Bound::kCompute;
        case KernelBound::kMemory:
            break;
    }
    return op.kind == OperatorKind::kCollective ? Bound::kNetwork : Bound::kMemory;
}

NumberFormat format_of(const Operator& op) {
    struct Format {
        NumberFormat operator()(const PointwiseShape&) const { return NumberFormat::kFp32; }
        NumberFormat operator()(const GemmShape& shape) const { return shape.inputs; }
        NumberFormat operator()(const AttentionShape& shape) const { return shape.inputs; }
        NumberFormat operator()(const LatentAttentionShape& shape) const { return shape.inputs; }
        NumberFormat operator()(const ExpertsShape& shape) const { return shape.inputs; }
        NumberFormat operator()(const CollectiveShape&) const { return NumberFormat::kFp32; }
    };
    return std::visit(Format{}, op.shape);
}

/// Traffic of memory levels and what it takes, of one repetition.
void add_traffic(const DeviceModel& model, const Operator& op, OperatorCost& cost) {
    const DeviceRating& device = *model.rating;
    int activations = model.stack_tier;
    double spilled = op.activation_bytes;
    if (op.activation_bytes <= model.room || activations < 0) {
        activations = model.sram_tier;
        spilled = 0.0;
    }
    const auto load = [&](int index, double bytes) {
        const MemoryTier& tier = device.tiers[at(index)];
        const double joules = bytes * tier.energy_per_byte;
        if (tier.kind == MemoryTier::Kind::kStack) {
            cost.memory_joules += joules;
            cost.on_chip_joules +=
                bytes * (model.on_chip_joules_per_byte + tier.transit_energy_per_byte);
        } else {
            cost.on_chip_joules += joules;
        }
    };
    load(model.placement.weights, op.weight_bytes);
    load(model.placement.kv, op.kv_bytes);
    if (activations >= 0) {
        load(activations, op.activation_bytes);
    } else {
        cost.on_chip_joules += op.activation_bytes * model.on_chip_joules_per_byte;
    }
    cost.bytes = op.weight_bytes + op.kv_bytes + spilled;
}

}  // namespace

DeviceModel device_model(const ResolvedDesign& d, const DeviceRating& device,
                         const TensorFormats& formats, const Placement& placement,
                         const Sharding& sharding) {
    DeviceModel model;
    model.rating = &device;
    model.placement = placement;
    model.sharding = sharding;
    model.network = network_of(d, device);
    model.overlap = d.get(d->serving.overlap, 0.0);
    for (int i = 0; i < device.tier_count; ++i) {
        const MemoryTier& tier = device.tiers[at(i)];
        if (tier.kind == MemoryTier::Kind::kSram) {
            model.sram_tier = i;
        } else if (tier.writable && model.stack_tier < 0) {
            model.stack_tier = i;
        }
    }
    model.room =
        model.sram_tier >= 0 ? device.tiers[at(model.sram_tier)].capacity : device.on_chip_bytes;
    model.weights = kernel_device(d, device, model.network, placement.weights);
    model.kv = placement.kv == placement.weights
                   ? model.weights
                   : kernel_device(d, device, model.network, placement.kv);
    const int near = model.sram_tier >= 0 ? model.sram_tier : std::max(model.stack_tier, 0);
    model.activations =
        near == placement.weights ? model.weights : kernel_device(d, device, model.network, near);
    for (std::size_t i = 0; i < kKernelSectionCount; ++i) {
        model.error[i] = errors(d->device.kernels.spread(static_cast<KernelSection>(i)),
                                d.get(d->device.time_factor[i], 1.0));
    }
    for (const NumberFormat used : {formats.attention.inputs, formats.mlp.inputs,
                                    formats.experts.inputs, formats.head.inputs}) {
        model.peak = std::max(model.peak, model.weights.peak[index(used)]);
    }
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        model.joules_per_op[f] = datapath(device, static_cast<NumberFormat>(f)).energy_per_op;
    }
    double dies = 0.0;
    for (const ResolvedDie& die : d->dies) {
        dies += d.get(die.count, 1.0);
    }
    const double side = std::sqrt(device.silicon_area / std::max(dies, 1.0));
    model.on_chip_joules_per_byte =
        d->dies.empty() ? 0.0 : on_die_energy(d, d->dies.front().node, side / 2.0);
    return model;
}

DeviceModel at_clock(const DeviceModel& model, double clock_factor) {
    DeviceModel slow = model;
    const DeviceRating& rating = *model.rating;
    slow.weights = at_clock(model.weights, on_die(rating, model.placement.weights), clock_factor);
    slow.kv = at_clock(model.kv, on_die(rating, model.placement.kv), clock_factor);
    slow.activations = at_clock(model.activations, model.sram_tier >= 0, clock_factor);
    return slow;
}

const KernelDevice& device_of(const DeviceModel& model, const Operator& op) {
    switch (op.kind) {
        case OperatorKind::kGather:
        case OperatorKind::kGemm:
        case OperatorKind::kExperts:
            return model.weights;
        case OperatorKind::kPrefillAttention:
        case OperatorKind::kDecodeAttention:
            return model.kv;
        case OperatorKind::kElementwise:
        case OperatorKind::kCollective:
            break;
    }
    return model.activations;
}

KernelTime kernel_time(const KernelDevice& device, const Operator& op) {
    switch (op.kind) {
        case OperatorKind::kGather:
        case OperatorKind::kElementwise:
            return pointwise_time(device, std::get<PointwiseShape>(op.shape));
        case OperatorKind::kGemm:
            return gemm_time(device, std::get<GemmShape>(op.shape));
        case OperatorKind::kPrefillAttention:
        case OperatorKind::kDecodeAttention:
            return attention_time(device, op);
        case OperatorKind::kExperts:
            return experts_time(device, std::get<ExpertsShape>(op.shape));
        case OperatorKind::kCollective:
            break;
    }
    return collective_time(device, std::get<CollectiveShape>(op.shape));
}

OperatorCost cost_operator(const DeviceModel& model, const Operator& op, const KernelTime& bare) {
    const KernelTime kernel = adjusted(model, op, bare);
    OperatorCost cost;
    cost.seconds = op.count * kernel.seconds;
    cost.latency = op.count * std::min(kernel.launch, kernel.seconds);
    cost.bound = bound_of(op, kernel);
    cost.clocked = cost.seconds;
    if (op.kind == OperatorKind::kCollective) {
        cost.network = cost.seconds - cost.latency;
        cost.network_joules =
            op.count * wire_traffic(model.network, std::get<CollectiveShape>(op.shape)).joules;
        return cost;
    }
    add_traffic(model, op, cost);
    cost.compute = op.count * kernel.compute;
    cost.memory = op.count * kernel.memory;
    cost.flops = op.count * op.flops;
    cost.bytes *= op.count;
    cost.compute_joules = cost.flops * model.joules_per_op[index(format_of(op))];
    cost.clocked = cost.seconds * kernel.clock_share;
    cost.on_chip_joules *= op.count;
    cost.memory_joules *= op.count;
    return cost;
}

OperatorCost time_operator(const DeviceModel& model, const Operator& op) {
    return cost_operator(model, op, kernel_time(device_of(model, op), op));
}

}  // namespace wafercast
