#include "performance/operator_time.hpp"

#include <algorithm>
#include <cmath>

#include "energy/device_power.hpp"

namespace wafercast {
namespace {

/// A tile grows by an eighth of its side: 16 rows, one matrix instruction, for a side of 128.
/// Arrays that hold the weights in place take single rows.
constexpr double kQuantaInTile = 8.0;
constexpr double kLargestQuantum = 16.0;
constexpr double kLeastTile = 8.0;
constexpr double kLargestTile = 512.0;

unsigned at(int i) { return static_cast<unsigned>(i); }

double tile_side(const DeviceRating& device, double peak) {
    const double units = std::max(device.compute_units, 1.0);
    const double per_cycle = device.clock > 0.0 ? peak / device.clock / units : 0.0;
    double side = kLeastTile;
    while (side < kLargestTile && side * side <= per_cycle) {
        side *= 2.0;
    }
    return side;
}

/// Traffic of the kernel that narrows activations, as the family's constants define it: read twice
/// in 16 bits (scale, then values), written once in 8 [byte per element]. @cite aiconfigurator-2026
constexpr double kNarrowedBytes = 5.0;

bool is_narrow_float(NumberFormat format) {
    return format == NumberFormat::kFp8 || format == NumberFormat::kFp6 ||
           format == NumberFormat::kFp4;
}

/// Is a GEMM's input narrowed by a kernel that is timed apart from the GEMM?
bool narrows_apart(const ResolvedDesign& d, NumberFormat format) {
    return (format == NumberFormat::kFp8 || format == NumberFormat::kFp6) &&
           d->device.gemm_efficiency_fp8_alone.is_set();
}

/// The family's efficiency for the datapath's format; narrow formats fall back to wider ones.
double gemm_efficiency(const ResolvedDesign& d, NumberFormat format) {
    const auto& device = d->device;
    double efficiency = d.get(device.gemm_efficiency, 1.0);
    if (narrows_apart(d, format)) {
        return d[device.gemm_efficiency_fp8_alone];
    }
    if (is_narrow_float(format)) {
        efficiency = d.get(device.gemm_efficiency_fp8, efficiency);
    }
    if (format == NumberFormat::kFp4) {
        efficiency = d.get(device.gemm_efficiency_fp4, efficiency);
    }
    if (format == NumberFormat::kInt8) {
        efficiency = d.get(device.gemm_efficiency_int8, efficiency);
    }
    return efficiency;
}

bool is_latent(const ResolvedDesign& d) {
    return d->workload.model.attention == AttentionKind::kLatent;
}

void rate_attention(const ResolvedDesign& d, DeviceModel& model) {
    const double efficiency = d.get(d->device.attention_efficiency, 1.0);
    model.attention_rate =
        model.attention_path.peak *
        (is_latent(d) ? d.get(d->device.mla_efficiency, efficiency) : efficiency);
}

void rate_narrowing(const ResolvedDesign& d, const DeviceRating& device, DeviceModel& model) {
    model.gemm_launch = model.launch;
    if (!is_narrow_float(model.gemm_path.format)) {
        return;
    }
    model.gemm_launch += d.get(d->device.quantisation_latency, 0.0);
    if (narrows_apart(d, model.gemm_path.format) && model.stack_tier >= 0) {
        model.narrow_seconds = kNarrowedBytes / device.tiers[at(model.stack_tier)].bandwidth;
        model.narrow_joules = kNarrowedBytes * model.on_chip_joules_per_byte;
    }
}

Bound bound_of(const OperatorCost& cost) {
    const double work = std::max({cost.compute, cost.memory, cost.network});
    if (cost.latency > work) {
        return Bound::kLatency;
    }
    if (cost.network > 0.0) {
        return Bound::kNetwork;
    }
    return cost.compute > cost.memory ? Bound::kCompute : Bound::kMemory;
}

CollectiveCost collective_on(const Network& network, const CollectiveShape& shape) {
    switch (shape.kind) {
        case CollectiveKind::kAllReduce:
            return all_reduce(network, shape.ranks, shape.bytes);
        case CollectiveKind::kAllGather:
        case CollectiveKind::kReduceScatter:
        case CollectiveKind::kAllToAll:
            return all_to_all(network, shape.ranks, shape.bytes);
        case CollectiveKind::kPointToPoint:
            break;
    }
    return point_to_point(network, shape.bytes, shape.ranks > network.per_server);
}

OperatorCost time_collective(const DeviceModel& model, const Operator& op) {
    const CollectiveCost once = collective_on(model.network, std::get<CollectiveShape>(op.shape));
    OperatorCost cost;
    cost.seconds = op.count * once.seconds;
    cost.network = op.count * once.transfer_seconds;
    cost.latency = cost.seconds - cost.network;
    cost.network_joules = op.count * once.joules;
    cost.bound = bound_of(cost);
    return cost;
}

}  // namespace

MatrixShape matrix_shape(const Operator& op) {
    if (const auto* gemm = std::get_if<GemmShape>(&op.shape)) {
        return {.m = gemm->m, .k = gemm->k, .n = gemm->n, .groups = gemm->batches};
    }
    const auto& experts = std::get<ExpertsShape>(op.shape);
    const double distinct = std::max(active_experts(experts), 1e-9);
    const double pairs = experts.tokens * experts.top_k / experts.expert * rank_imbalance(experts);
    return {.m = pairs / distinct,
            .k = experts.hidden,
            .n = (experts.gated ? 2.0 : 1.0) * experts.inner / experts.tensor,
            .groups = distinct};
}

DeviceModel device_model(const ResolvedDesign& d, const DeviceRating& device,
                         const Placement& placement, const Sharding& sharding) {
    const ResolvedWorkload& workload = d->workload;
    DeviceModel model;
    model.rating = &device;
    model.gemm_path = datapath(device, common_format(workload.weights, workload.activations));
    model.attention_path = datapath(device, common_format(workload.kv, workload.activations));
    model.gemm_rate = model.gemm_path.peak * gemm_efficiency(d, model.gemm_path.format);
    rate_attention(d, model);
    // Experts' kernels were measured in bf16; other formats lose as much against their dense GEMMs.
    const double dense = d.get(d->device.gemm_efficiency, 1.0);
    model.grouped_rate = model.gemm_rate * d.get(d->device.moe_efficiency, dense) / dense;
    model.launch = d.get(d->device.launch_latency, 0.0);
    model.attention_launch = d.get(d->device.attention_latency, model.launch);
    model.tile = tile_side(device, model.gemm_path.peak);
    model.placement = placement;
    for (int i = 0; i < device.tier_count; ++i) {
        const MemoryTier& tier = device.tiers[at(i)];
        model.seconds_per_byte[at(i)] = 1.0 / (tier.bandwidth * tier.efficiency);
        if (tier.kind == MemoryTier::Kind::kSram) {
            model.sram_tier = i;
        } else if (tier.writable && model.stack_tier < 0) {
            model.stack_tier = i;
        }
    }
    const MemoryTier& weights = device.tiers[at(placement.weights)];
    const MemoryTier& kv = device.tiers[at(placement.kv)];
    const bool in_place = weights.kind == MemoryTier::Kind::kRom;
    model.row_quantum = in_place ? 1.0 : std::min(model.tile / kQuantaInTile, kLargestQuantum);
    const double kv_efficiency = d.get(d->device.attention_memory_efficiency, kv.efficiency);
    model.kv_seconds_per_byte =
        1.0 / (kv.bandwidth * (is_latent(d) ? d.get(d->device.mla_memory_efficiency, kv_efficiency)
                                            : kv_efficiency));
    model.grouped_seconds_per_byte =
        1.0 / (weights.bandwidth * d.get(d->device.moe_memory_efficiency, weights.efficiency));
    double dies = 0.0;
    for (const ResolvedDie& die : d->dies) {
        dies += d.get(die.count, 1.0);
    }
    const double side = std::sqrt(device.silicon_area / std::max(dies, 1.0));
    model.on_chip_joules_per_byte =
        d->dies.empty() ? 0.0 : on_die_energy(d, d->dies.front().node, side / 2.0);
    rate_narrowing(d, device, model);
    model.network = network_of(d, device);
    model.sharding = sharding;
    return model;
}

double gemm_utilisation(const DeviceModel& model, double m, double k, double n, double groups) {
    const double units = std::max(model.rating->compute_units, 1.0);
    const double quantum = model.row_quantum;
    const double rows = std::ceil(m / model.tile);
    const double tile_m = std::ceil(m / (rows * quantum)) * quantum;
    double best = 0.0;
    for (const double tile_n : {model.tile, model.tile / 2.0}) {
        const double columns = std::ceil(n / tile_n);
        double tasks = rows * columns * groups;
        if (tasks < units) {
            const double splits = std::floor(k / (2.0 * model.tile));
            tasks *= std::clamp(std::ceil(units / tasks), 1.0, std::max(splits, 1.0));
        }
        const double fill = tasks / (std::ceil(tasks / units) * units);
        best = std::max(best, n / (columns * tile_n) * fill);
    }
    return m / (rows * tile_m) * best;
}

OperatorCost time_operator(const DeviceModel& model, const Operator& op, double clock_factor) {
    if (op.kind == OperatorKind::kCollective) {
        return time_collective(model, op);
    }
    const DeviceRating& device = *model.rating;
    OperatorCost cost;
    double joules_per_op = model.gemm_path.energy_per_op;
    double launch = model.launch;
    double weight_seconds = model.seconds_per_byte[at(model.placement.weights)];
    if (op.kind == OperatorKind::kGemm || op.kind == OperatorKind::kExperts) {
        const bool grouped = op.kind == OperatorKind::kExperts;
        const double rate = grouped ? model.grouped_rate : model.gemm_rate;
        weight_seconds = grouped ? model.grouped_seconds_per_byte : weight_seconds;
        const MatrixShape shape = matrix_shape(op);
        const double used = gemm_utilisation(model, shape.m, shape.k, shape.n, shape.groups);
        cost.compute = op.flops / (rate * used * clock_factor);
        const double inputs = shape.groups * shape.m * shape.k;
        launch = model.gemm_launch;
        cost.narrowing = inputs * model.narrow_seconds;
        cost.on_chip_joules += inputs * model.narrow_joules;
    } else if (op.kind == OperatorKind::kPrefillAttention ||
               op.kind == OperatorKind::kDecodeAttention) {
        cost.compute = op.flops / (model.attention_rate * clock_factor);
        joules_per_op = model.attention_path.energy_per_op;
        launch = model.attention_launch;
    }
    // Activations stay on the die where they fit; a cache's bandwidth is not a limit here.
    int activations = model.stack_tier;
    double spilled = op.activation_bytes;
    const double room =
        model.sram_tier >= 0 ? device.tiers[at(model.sram_tier)].capacity : device.on_chip_bytes;
    if (op.activation_bytes <= room || activations < 0) {
        activations = model.sram_tier;
        spilled = 0.0;
    }
    std::array<double, kMaxTiers> seconds{};
    std::array<double, kMaxTiers> bytes{};
    auto load = [&](int tier, double amount, double seconds_per_byte) {
        seconds[at(tier)] += amount * seconds_per_byte;
        bytes[at(tier)] += amount;
    };
    load(model.placement.weights, op.weight_bytes, weight_seconds);
    load(model.placement.kv, op.kv_bytes, model.kv_seconds_per_byte);
    if (activations >= 0) {
        load(activations, op.activation_bytes, model.seconds_per_byte[at(activations)]);
    } else {
        cost.on_chip_joules += op.activation_bytes * model.on_chip_joules_per_byte;
    }
    for (int i = 0; i < device.tier_count; ++i) {
        const MemoryTier& tier = device.tiers[at(i)];
        const bool off_die = tier.kind == MemoryTier::Kind::kStack;
        cost.memory = std::max(cost.memory, seconds[at(i)] / (off_die ? 1.0 : clock_factor));
        const double joules = bytes[at(i)] * tier.energy_per_byte;
        (off_die ? cost.memory_joules : cost.on_chip_joules) += joules;
        if (off_die) {
            cost.on_chip_joules +=
                bytes[at(i)] * (model.on_chip_joules_per_byte + tier.transit_energy_per_byte);
        }
    }
    cost.latency = op.launches * launch;
    cost.seconds = op.count * (cost.latency + cost.narrowing + std::max(cost.compute, cost.memory));
    cost.latency *= op.count;
    cost.narrowing *= op.count;
    cost.compute *= op.count;
    cost.memory *= op.count;
    cost.flops = op.count * op.flops;
    cost.bytes = op.count * (op.weight_bytes + op.kv_bytes + spilled);
    cost.compute_joules = op.count * op.flops * joules_per_op;
    cost.on_chip_joules *= op.count;
    cost.memory_joules *= op.count;
    cost.bound = bound_of(cost);
    return cost;
}

}  // namespace wafercast
