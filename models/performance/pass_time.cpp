#include "performance/pass_time.hpp"

#include <algorithm>
#include <cmath>

namespace wafercast {
namespace {

unsigned at(int i) { return static_cast<unsigned>(i); }

bool is_gemm(const Operator& op) {
    return op.kind == OperatorKind::kGemm || op.kind == OperatorKind::kExperts;
}

/// std::ceil of a number in [0, 2^62), without a call.
double whole_above(double x) {
    const auto whole = static_cast<double>(static_cast<long long>(x));
    return whole < x ? whole + 1.0 : whole;
}

/// gemm_utilisation with the columns worked out before.
double utilisation(const DeviceModel& model, const MatrixShape& op, const PassShapes::Columns& c) {
    const double units = std::max(model.rating->compute_units, 1.0);
    const double rows = whole_above(op.m / model.tile);
    const double tile_m = whole_above(op.m / (rows * model.row_quantum)) * model.row_quantum;
    double best = 0.0;
    for (int i = 0; i < 2; ++i) {
        double tasks = rows * c.tiles[i] * op.groups;
        if (tasks < units) {
            tasks *= std::clamp(whole_above(units / tasks), 1.0, c.splits);
        }
        const double fill = tasks / (whole_above(tasks / units) * units);
        best = std::max(best, c.filled[i] * fill);
    }
    return op.m / (rows * tile_m) * best;
}

/// Adds an operator's seconds and what they are spent on.
void add_seconds(PassTime& sum, const Operator& op, double latency, double narrowing,
                 double compute, double memory) {
    const double seconds = op.count * (latency + narrowing + std::max(compute, memory));
    sum.latency += op.count * latency;
    const double work = seconds - op.count * latency - op.count * narrowing;
    sum.memory += op.count * narrowing;
    (op.count * compute > op.count * memory ? sum.compute : sum.memory) += work;
    (op.in_layer ? sum.layers : op.kind == OperatorKind::kGather ? sum.first : sum.last) += seconds;
}

/// As time_operator's sums add up.
void add(PassTime& sum, const Operator& op, const OperatorCost& cost) {
    sum.flops += cost.flops;
    sum.bytes += cost.bytes;
    sum.compute_joules += cost.compute_joules;
    sum.on_chip_joules += cost.on_chip_joules;
    sum.memory_joules += cost.memory_joules;
    sum.network_joules += cost.network_joules;
    sum.latency += cost.latency;
    sum.network += cost.network;
    const double work = cost.seconds - cost.latency - cost.narrowing - cost.network;
    sum.memory += cost.narrowing;
    (cost.compute > cost.memory ? sum.compute : sum.memory) += work;
    (op.in_layer                        ? sum.layers
     : op.kind == OperatorKind::kGather ? sum.first
                                        : sum.last) += cost.seconds;
}

/// One off-die level holds weights and KV, and activations stay in a cache: every GPU.
bool is_plain_hierarchy(const DeviceModel& model) {
    return model.rating->tier_count == 1 && model.sram_tier < 0 && model.stack_tier == 0;
}

}  // namespace

void PassShapes::prepare(const DeviceModel& model, const OperatorList& list) {
    for (int i = 0; i < list.size; ++i) {
        const Operator& op = list.operators[at(i)];
        if (!is_gemm(op)) {
            continue;
        }
        Columns& columns = columns_[at(i)];
        const MatrixShape shape = matrix_shape(op);
        const double tiles[2] = {model.tile, model.tile / 2.0};
        for (int t = 0; t < 2; ++t) {
            columns.tiles[t] = std::ceil(shape.n / tiles[t]);
            columns.filled[t] = shape.n / (columns.tiles[t] * tiles[t]);
        }
        columns.splits = std::max(std::floor(shape.k / (2.0 * model.tile)), 1.0);
    }
    ready_ = true;
}

PassTime time_pass_plainly(const DeviceModel& model, const OperatorList& list,
                           double clock_factor) {
    PassTime sum;
    for (const Operator& op : list) {
        add(sum, op, time_operator(model, op, clock_factor));
    }
    return sum;
}

PassTime time_pass(const DeviceModel& model, const OperatorList& list, double clock_factor,
                   PassShapes& shapes) {
    if (!is_plain_hierarchy(model)) {
        return time_pass_plainly(model, list, clock_factor);
    }
    if (!shapes.ready()) {
        shapes.prepare(model, list);
    }
    const double dense_seconds = model.seconds_per_byte[0];
    const double joules_per_byte = model.rating->tiers[0].energy_per_byte;
    const double on_chip_per_byte =
        model.on_chip_joules_per_byte + model.rating->tiers[0].transit_energy_per_byte;
    PassTime sum;
    for (int i = 0; i < list.size; ++i) {
        const Operator& op = list.operators[at(i)];
        if (op.kind == OperatorKind::kCollective ||
            op.activation_bytes > model.rating->on_chip_bytes) {
            add(sum, op, time_operator(model, op, clock_factor));
            continue;
        }
        double compute = 0.0;
        double launch = model.launch;
        double weight_seconds = dense_seconds;
        double joules_per_op = model.gemm_path.energy_per_op;
        double inputs = 0.0;  // narrowed
        if (is_gemm(op)) {
            const bool grouped = op.kind == OperatorKind::kExperts;
            const double rate = grouped ? model.grouped_rate : model.gemm_rate;
            weight_seconds = grouped ? model.grouped_seconds_per_byte : weight_seconds;
            const MatrixShape shape = matrix_shape(op);
            compute = op.flops / (rate * utilisation(model, shape, shapes[i]) * clock_factor);
            inputs = shape.groups * shape.m * shape.k;
            launch = model.gemm_launch;
        } else if (op.kind == OperatorKind::kPrefillAttention ||
                   op.kind == OperatorKind::kDecodeAttention) {
            compute = op.flops / (model.attention_rate * clock_factor);
            launch = model.attention_launch;
            joules_per_op = model.attention_path.energy_per_op;
        }
        const double memory =
            op.weight_bytes * weight_seconds + op.kv_bytes * model.kv_seconds_per_byte;
        const double bytes = op.weight_bytes + op.kv_bytes;
        add_seconds(sum, op, op.launches * launch, inputs * model.narrow_seconds, compute, memory);
        sum.flops += op.count * op.flops;
        sum.bytes += op.count * bytes;
        sum.compute_joules += op.count * op.flops * joules_per_op;
        sum.on_chip_joules += op.count * (inputs * model.narrow_joules +
                                          op.activation_bytes * model.on_chip_joules_per_byte +
                                          bytes * on_chip_per_byte);
        sum.memory_joules += op.count * (bytes * joules_per_byte);
    }
    return sum;
}

}  // namespace wafercast
