#include "serving/instance.hpp"

#include <algorithm>
#include <cmath>

#include "performance/datapath.hpp"

namespace wafercast {
namespace {

/// Tokens a serving stack prefills at once, whatever the prompts' lengths: vLLM's and
/// TensorRT-LLM's default budget. It bounds the activations that must have room.
constexpr double kPrefillTokens = 8192.0;
constexpr double kFloorClock = 0.1;      ///< lowest clock over nominal
constexpr double kLeastHeadroom = 0.01;  ///< of the limit, for what switches
constexpr int kClockIterations = 32;
constexpr double kClockTolerance = 1e-3;

unsigned at(int i) { return static_cast<unsigned>(i); }

Sharding sharding_of(const Mapping& m) {
    return {.tensor = static_cast<double>(m.tensor),
            .expert = static_cast<double>(m.expert),
            .data = static_cast<double>(m.data),
            .context = static_cast<double>(m.context)};
}

/// Largest tensors of a layer that live at the same time on one device [element per token].
double live_elements(const TransformerSpec& s, double group) {
    const double inner =
        s.is_moe() ? static_cast<double>(s.moe_ffn) * (s.experts_per_token + s.shared_experts)
                   : static_cast<double>(s.ffn);
    const double attention = (s.heads + 2.0 * s.kv_heads) * static_cast<double>(s.head_dim);
    return 3.0 * s.hidden + std::max((s.gated_mlp ? 3.0 : 2.0) * inner, attention) / group;
}

/// What one device holds besides weights.
struct Footprint {
    double activations = 0.0;  ///< [byte]
    double sequence = 0.0;     ///< [byte] of one of its attention group's, at the length asked
};

Footprint footprint_of(const ResolvedDesign& d, const Mapping& mapping, double length) {
    const ResolvedWorkload& workload = d->workload;
    const TransformerSpec& spec = workload.model;
    const Sharding sharding = sharding_of(mapping);
    const double tokens = std::min(d[workload.input_tokens], kPrefillTokens);
    const double in_stage = split_stages(workload, mapping).layers;
    return {.activations = tokens * live_elements(spec, sharding.group()) *
                           bytes_per_element(workload.activations),
            .sequence = in_stage / spec.layers *
                        sequence_bytes(spec, tensor_formats(workload), sharding, length)};
}

PassCost cost_of(const PassTime& time) {
    PassCost cost;
    cost.clock_share =
        std::min(time.clocked / (time.first + time.layers + time.last + time.hidden), 1.0);
    cost.flops = time.flops;
    cost.bytes = time.bytes;
    cost.compute_joules = time.compute_joules;
    cost.on_chip_joules = time.on_chip_joules;
    cost.memory_joules = time.memory_joules;
    cost.network_joules = time.network_joules;
    cost.latency = time.latency;
    cost.compute = time.compute;
    cost.memory = time.memory;
    cost.network = time.network;
    return cost;
}

void scale(PassCost& cost, double factor) {
    for (double* part :
         {&cost.flops, &cost.bytes, &cost.compute_joules, &cost.on_chip_joules, &cost.memory_joules,
          &cost.network_joules, &cost.latency, &cost.compute, &cost.memory, &cost.network}) {
        *part *= factor;
    }
}

}  // namespace

double usable_bytes(const ResolvedDesign& d, const MemoryTier& tier) {
    return tier.kind == MemoryTier::Kind::kStack
               ? tier.capacity * d.get(d->serving.memory_share, 1.0)
               : tier.capacity;
}

TensorFormats tensor_formats(const ResolvedWorkload& workload) {
    const auto of = [&](NumberFormat weights) {
        return WeightFormats{.weights = weights,
                             .inputs = common_format(weights, workload.activations)};
    };
    return {.attention = of(workload.attention),
            .mlp = of(workload.weights),
            .experts = of(workload.experts),
            .head = of(workload.head),
            .queries = common_format(workload.kv, workload.activations),
            .kv = workload.kv,
            .activations = workload.activations,
            .sums = common_format(workload.activations, NumberFormat::kBf16)};
}

TensorFormats tensor_formats(const ResolvedWorkload& workload, const DeviceRating& device) {
    TensorFormats formats = tensor_formats(workload);
    for (NumberFormat* multiplied :
         {&formats.attention.inputs, &formats.mlp.inputs, &formats.experts.inputs,
          &formats.head.inputs, &formats.queries}) {
        *multiplied = format_on(device, *multiplied);
    }
    return formats;
}

StageSplit split_stages(const ResolvedWorkload& workload, const Mapping& mapping) {
    const TransformerSpec& spec = workload.model;
    const StoredWeights stored =
        stored_weights(spec, tensor_formats(workload), sharding_of(mapping));
    const double layers = spec.layers;
    const double moe_layers = spec.moe_layers();
    // The fullest stage holds as many expert layers as it can.
    auto body = [&](double in_stage) {
        const double moe = std::min(moe_layers, in_stage);
        return moe * stored.moe_layer + (in_stage - moe) * stored.dense_layer;
    };
    const double ends = std::max(stored.head, stored.embedding);
    StageSplit split;
    if (mapping.pipeline == 1) {
        const double own_classifier = spec.tied_embeddings ? 0.0 : stored.embedding;
        split.layers = layers;
        split.weights = body(layers) + stored.head + own_classifier;
        return split;
    }
    split.layers = std::ceil(layers / mapping.pipeline);
    split.weights = body(split.layers) + ends;
    if (mapping.pipeline > 2) {
        const double apart = std::ceil(layers / (mapping.pipeline - 2));
        const double fullest = std::max(body(apart), ends);
        if (fullest < split.weights) {
            split = {.layers = apart, .weights = fullest, .ends_apart = true};
        }
    }
    return split;
}

double stored_bytes(const ResolvedWorkload& workload, const Mapping& mapping) {
    return split_stages(workload, mapping).weights;
}

int weight_tier(const DeviceRating& device, double weight_bytes) {
    int last = 0;
    for (int i = 0; i < device.tier_count; ++i) {
        if (weight_bytes <= device.tiers[at(i)].capacity) {
            return i;
        }
        if (device.tiers[at(i)].capacity > device.tiers[at(last)].capacity) {
            last = i;
        }
    }
    return last;
}

int kv_tiers(const DeviceRating& device, int weights, std::array<int, kMaxTiers>& tiers) {
    const bool streams = device.tiers[at(weights)].kind == MemoryTier::Kind::kStack;
    int count = 0;
    for (int i = 0; i < device.tier_count; ++i) {
        const MemoryTier& tier = device.tiers[at(i)];
        // Weights that stream through the on-die memory leave no room for a resident cache.
        const bool evicted = streams && tier.kind == MemoryTier::Kind::kSram;
        if (tier.writable && !evicted) {
            tiers[at(count++)] = i;
        }
    }
    return count;
}

bool kv_fits(const ResolvedDesign& d, const DeviceRating& device, const Mapping& mapping,
             double weight_bytes, int weights, int kv_tier) {
    const ResolvedWorkload& workload = d->workload;
    const double longest = d[workload.input_tokens] + d[workload.output_tokens];
    const Footprint footprint = footprint_of(d, mapping, longest);
    const double shared = kv_tier == weights ? weight_bytes : 0.0;
    return usable_bytes(d, device.tiers[at(kv_tier)]) >=
           shared + footprint.activations + footprint.sequence;
}

Instance::Instance(const ResolvedDesign& d, const DeviceRating& device, const Mapping& mapping,
                   const Context& context, int kv_tier)
    : design_{d}, cache_{context.operators}, mapping_{mapping} {
    const ResolvedWorkload& workload = d->workload;
    formats_ = tensor_formats(workload, device);
    devices_ = mapping.devices();
    input_ = d[workload.input_tokens];
    output_ = d[workload.output_tokens];
    expert_imbalance_ = context.statistics.expert_imbalance;
    layer_share_ = context.statistics.mean_exit_layer_share;
    host_overhead_ = d.get(d->device.host_overhead_per_step, 0.0);

    const Sharding sharding = sharding_of(mapping);
    const StageSplit split = split_stages(workload, mapping);
    stage_layers_ = split.layers;
    ends_apart_ = split.ends_apart;
    weight_bytes_ = split.weights;
    const int weights = weight_tier(device, weight_bytes_);
    model_ = device_model(d, device, formats_, {.weights = weights, .kv = kv_tier}, sharding);
    model_.weights_number = cache_.number_of(model_.weights);
    model_.kv_number = cache_.number_of(model_.kv);
    model_.activations_number = cache_.number_of(model_.activations);

    activation_bytes_ = footprint_of(d, mapping, 0.0).activations;
    const double shared = kv_tier == weights ? weight_bytes_ : 0.0;
    room_ = usable_bytes(d, device.tiers[at(kv_tier)]) - shared - activation_bytes_;
    const bool weights_fit = weight_bytes_ <= usable_bytes(d, device.tiers[at(weights)]);
    fits_ = weights_fit && kv_fits(d, device, mapping, weight_bytes_, weights, kv_tier);

    // A device that idles above its limit is infeasible; it goes on with a crumb of power so that
    // its numbers stay finite.
    headroom_ = device.power_limit > 0.0 ? std::max(device.power_limit - device.static_power,
                                                    kLeastHeadroom * device.power_limit)
                                         : std::numeric_limits<double>::infinity();
    const double stages_in_server =
        std::max(std::floor(model_.network.per_server / mapping.tensor), 1.0);
    const double servers = std::ceil(mapping.pipeline / stages_in_server);
    hops_across_ = servers > 1.0 ? servers : 0.0;
    hops_inside_ = mapping.pipeline > 1 ? mapping.pipeline - hops_across_ : 0.0;
}

double Instance::sequence_bytes_of(double length) const {
    const TransformerSpec& spec = design_->workload.model;
    return stage_layers_ / spec.layers * sequence_bytes(spec, formats_, model_.sharding, length);
}

double Instance::capacity(double length) const {
    return std::max(std::floor(room_ / sequence_bytes_of(length) * mapping_.data), 0.0);
}

double Instance::kv_bytes(double length) const {
    return sequence_bytes_of(length) * devices_ / mapping_.data;
}

double Instance::bytes_needed() const {
    return devices_ * (weight_bytes_ + activation_bytes_ + sequence_bytes_of(input_ + output_));
}

double Instance::bytes_there() const {
    const int weights = model_.placement.weights;
    const int kv = model_.placement.kv;
    const auto& tiers = device().tiers;
    return devices_ *
           (tiers[at(weights)].capacity + (kv == weights ? 0.0 : tiers[at(kv)].capacity));
}

void Instance::operators(Phase phase, double sequences, OperatorList& list) const {
    const bool prefill = phase == Phase::kPrefill;
    const PassShape shape{.phase = phase,
                          .sequences = sequences,
                          .new_tokens = prefill ? input_ : 1.0,
                          .context = input_ + output_ / 2.0,
                          .expert_imbalance = expert_imbalance_,
                          .layer_share = prefill ? 1.0 : layer_share_};
    list_pass(design_->workload.model, formats_, model_.sharding, shape, list);
}

PassTime Instance::timed(Phase phase, double sequences, double clock_factor) const {
    OperatorList& list = scratch_;
    operators(phase, sequences, list);
    return clock_factor == 1.0 ? time_pass(model_, list, cache_)
                               : time_pass_plainly(at_clock(model_, clock_factor), list);
}

PassCost Instance::traverse(Phase phase, double sequences, double clock_factor,
                            double& slowest) const {
    const PassTime time = timed(phase, sequences, clock_factor);
    const double first = time.first;
    const double layers = time.layers;
    const double last = time.last;
    PassCost sum = cost_of(time);
    const double count = design_->workload.model.layers;
    const double stages = mapping_.pipeline;
    const double share = stage_layers_ / count;
    double hops = 0.0;
    if (stages > 1.0) {
        const double tokens = phase == Phase::kPrefill ? input_ : 1.0;
        const double payload = sequences / mapping_.data * tokens * design_->workload.model.hidden *
                               bytes_per_element(formats_.sums);
        // A level without hops may be one without a link, on which no time is finite.
        const auto over = [&](double hops_there, bool far) {
            Operator op;
            op.kind = OperatorKind::kCollective;
            op.count = hops_there;
            op.shape = message_shape(payload, far);
            return hops_there > 0.0 ? time_operator(model_, op) : OperatorCost{};
        };
        const OperatorCost inside = over(hops_inside_, false);
        const OperatorCost across = over(hops_across_, true);
        hops = inside.seconds + across.seconds;
        sum.network += inside.network + across.network;
        sum.latency += inside.latency + across.latency;
        sum.network_joules += inside.network_joules + across.network_joules;
    }
    if (ends_apart_) {
        slowest = std::max(layers * share, last);
    } else {
        slowest = stages > 1.0 ? layers * share + std::max(first, last) : first + layers + last;
    }
    sum.seconds = first + layers + last + hops + host_overhead_;
    sum.latency += host_overhead_;
    if (stages <= 1.0) {
        slowest += host_overhead_;
    }
    return sum;
}

PassCost Instance::run(Phase phase, double sequences) const {
    const double microbatches = std::clamp(sequences, 1.0, static_cast<double>(mapping_.pipeline));
    double slowest = 0.0;
    PassCost cost = traverse(phase, sequences / microbatches, 1.0, slowest);
    cost.unlimited = phase == Phase::kDecode ? std::max(cost.seconds, microbatches * slowest)
                                             : cost.seconds + (microbatches - 1.0) * slowest;
    scale(cost, microbatches);
    // At fixed voltage the switching energy of a pass does not depend on the clock, so the board
    // limit sets a least time; the clock that spends it follows from it.
    const double least = cost.joules() / mapping_.pipeline / headroom_;
    cost.occupancy = std::max(microbatches * slowest, least);
    // A lone microbatch is in one stage at a time, and each stage must spread its share of the
    // energy.
    const double in_turn = least * mapping_.pipeline / microbatches;
    cost.seconds = std::max(cost.unlimited, phase == Phase::kDecode ? least : in_turn);
    cost.seconds = std::max(cost.seconds, cost.occupancy);
    return cost;
}

PassCost Instance::decode(double sequences) const { return run(Phase::kDecode, sequences); }

PassCost Instance::prefill(double sequences) const { return run(Phase::kPrefill, sequences); }

double Instance::clock_factor(Phase phase, double sequences, double slowdown,
                              FlatViolations& violations) const {
    if (slowdown <= 1.0) {
        return 1.0;
    }
    const double microbatches = std::clamp(sequences, 1.0, static_cast<double>(mapping_.pipeline));
    const double each = sequences / microbatches;
    double slowest = 0.0;
    PassCost pass = traverse(phase, each, 1.0, slowest);
    const double wanted = slowdown * pass.seconds;
    double factor = 1.0;
    for (int i = 0; i < kClockIterations; ++i) {
        // What the datapath bounds stretches with the clock, the rest stays.
        const double clocked = pass.compute * factor;
        const double left = wanted - (pass.seconds - pass.compute);
        const double next = left > 0.0 ? std::clamp(clocked / left, kFloorClock, 1.0) : kFloorClock;
        const bool settled = std::abs(next - factor) < kClockTolerance;
        factor = next;
        pass = traverse(phase, each, factor, slowest);
        if (settled) {
            break;
        }
        if (i + 1 == kClockIterations) {
            violations.push_back({.constraint = ConstraintId::kNotConverged,
                                  .value = static_cast<double>(kClockIterations),
                                  .limit = static_cast<double>(kClockIterations)});
        }
    }
    const bool idles_below_limit = device().static_power < device().power_limit;
    if (idles_below_limit && factor <= kFloorClock &&
        pass.seconds < wanted * (1.0 - kClockTolerance)) {
        const double power = device().static_power + headroom_ * wanted / pass.seconds;
        violations.push_back(
            {.constraint = ConstraintId::kPower, .value = power, .limit = device().power_limit});
    }
    return factor;
}

}  // namespace wafercast
