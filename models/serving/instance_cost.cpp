#include "serving/instance_cost.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace wafercast {
namespace {

constexpr std::size_t kContexts = 24;  ///< powers of two, from one token
constexpr std::size_t kCounts = 52;    ///< 1, 2, 3, 4, 6, 8, 12, 16, ...
constexpr double kPrefillTokens = 8192.0;
constexpr double kChunkTokens = 2048.0;

/// 1, 2, 3, 4, 6, 8, 12, ...
double count_at(std::size_t i) {
    if (i < 2) {
        return static_cast<double>(i + 1);
    }
    const double power = std::ldexp(1.0, static_cast<int>(i / 2));
    return i % 2 == 0 ? 1.5 * power : 2.0 * power;
}

std::size_t count_below(double count) {
    std::size_t i = 0;
    while (i + 2 < kCounts && count_at(i + 1) <= count) {
        ++i;
    }
    return i;
}

double context_at(std::size_t i) { return std::ldexp(1.0, static_cast<int>(i)); }

std::size_t context_below(double context) {
    std::size_t i = 0;
    while (i + 2 < kContexts && context_at(i + 1) <= context) {
        ++i;
    }
    return i;
}

StepTime mixed(const StepTime& a, const StepTime& b, double part) {
    return {.seconds = a.seconds + part * (b.seconds - a.seconds),
            .latency = a.latency + part * (b.latency - a.latency),
            .joules = a.joules + part * (b.joules - a.joules)};
}

}  // namespace

/// Times by count (of sequences, or of prompt tokens) and context; a row's instance serves requests
/// of that context.
struct InstanceCost::Table {
    const ResolvedDesign& design;
    const DeviceRating& device;
    Mapping mapping;
    const Context& context;
    int kv_tier;
    Phase phase;
    struct Row {
        ResolvedDesign design;
        std::unique_ptr<Instance> instance;
        std::array<StepTime, kCounts> times;
        std::array<bool, kCounts> known{};
    };
    std::array<std::unique_ptr<Row>, kContexts> rows;

    Row& row(std::size_t i) {
        if (!rows[i]) {
            auto made = std::make_unique<Row>();
            made->design = design;
            const ResolvedWorkload& workload = design->workload;
            const double length = context_at(i);
            // A prompt of n tokens attends to (n + 1) / 2 on average.
            const bool prompts = phase == Phase::kPrefill;
            made->design.scalars[workload.input_tokens.index] =
                prompts ? 2.0 * length - 1.0 : length - 0.5;
            made->design.scalars[workload.output_tokens.index] = 1.0;
            made->instance =
                std::make_unique<Instance>(made->design, device, mapping, context, kv_tier);
            rows[i] = std::move(made);
        }
        return *rows[i];
    }

    const StepTime& cell(std::size_t i, std::size_t count) {
        Row& there = row(i);
        if (!there.known[count]) {
            const bool prompts = phase == Phase::kPrefill;
            const double sequences =
                prompts ? count_at(count) / (2.0 * context_at(i) - 1.0) : count_at(count);
            const PassCost cost =
                prompts ? there.instance->prefill(sequences) : there.instance->decode(sequences);
            // A decode step's tokens are needed for the next; prompts follow each other in a
            // pipeline.
            const double seconds = prompts ? cost.occupancy : cost.seconds;
            there.times[count] = {.seconds = seconds,
                                  .latency = std::max(cost.seconds, seconds),
                                  .joules = cost.joules() * there.instance->tensor()};
            there.known[count] = true;
        }
        return there.times[count];
    }

    StepTime along(std::size_t i, double count) {
        const std::size_t below = count_below(count);
        const double low = count_at(below);
        const double part = std::max((count - low) / (count_at(below + 1) - low), 0.0);
        return mixed(cell(i, below), cell(i, below + 1), part);
    }

    StepTime at(double count, double length) {
        const std::size_t below = context_below(length);
        const double low = context_at(below);
        const double part = std::max((length - low) / (context_at(below + 1) - low), 0.0);
        if (part <= 0.0) {
            return along(below, count);
        }
        return mixed(along(below, count), along(below + 1, count), part);
    }
};

InstanceCost::InstanceCost(const ResolvedDesign& design, const DeviceRating& device,
                           const Mapping& mapping, const Context& context, int kv_tier)
    : instance_{std::make_unique<Instance>(design, device, mapping, context, kv_tier)},
      decode_{new Table{design, device, mapping, context, kv_tier, Phase::kDecode, {}}},
      prefill_{new Table{design, device, mapping, context, kv_tier, Phase::kPrefill, {}}} {}

InstanceCost::~InstanceCost() = default;

StepTime InstanceCost::decode(double sequences, double context) const {
    return decode_->at(std::max(sequences, 1.0), std::max(context, 1.0));
}

StepTime InstanceCost::prefill(double tokens, double context) const {
    return prefill_->at(std::max(tokens, 1.0), std::max(context, 1.0));
}

StepTime InstanceCost::time(const StepLoad& load) const {
    const double drafted = load.sequences * load.width;
    StepTime step;
    if (load.sequences > 0.0) {
        step = decode(drafted, load.context / load.width);
    }
    if (load.prefill_tokens <= 0.0) {
        return step;
    }
    if (load.sequences <= 0.0) {
        return prefill(load.prefill_tokens, load.prefill_context);
    }
    const double tokens = load.prefill_tokens + drafted;
    StepTime all = prefill(tokens, load.prefill_tokens * load.prefill_context / tokens);
    const StepTime bare = decode(drafted, 1.0);
    const double attention = std::max(step.seconds - bare.seconds, 0.0);
    all.seconds = std::max(all.seconds + attention, step.seconds);
    all.latency = std::max(all.latency + attention, all.seconds);
    all.joules = std::max(all.joules + step.joules - bare.joules, step.joules);
    return all;
}

ServingPlan plan_of(const Instance& instance, const Context& context) {
    const ResolvedDesign& d = instance.design();
    const ResolvedServing& serving = d->serving;
    ServingPlan plan;
    plan.prefill = serving.chunked ? PrefillMode::kChunked : PrefillMode::kSeparate;
    plan.budget = serving.chunked ? d.get(serving.chunk_tokens, kChunkTokens) : kPrefillTokens;
    plan.most_sequences = std::floor(d.get(serving.batch, 65536.0));
    // Room in tokens of requests of this length: a window keeps fewer of them than they have.
    const double length = instance.input_tokens() + instance.output_tokens();
    plan.kv_tokens = std::max(instance.capacity(length), 1.0) * length;
    plan.prefix_hit = d.get(serving.prefix_cache_hit, 0.0);
    plan.draft_tokens = d.get(serving.draft_tokens, 0.0);
    plan.acceptance = d.get(serving.draft_acceptance, context.statistics.draft_acceptance);
    plan.draft_cost = d.get(serving.draft_cost, 1.0 / d->workload.model.layers);
    if (serving.prefill_instances.is_set() || serving.decode_instances.is_set()) {
        plan.prefill_engines = static_cast<int>(d.get(serving.prefill_instances, 1.0));
        plan.decode_engines = static_cast<int>(d.get(serving.decode_instances, 1.0));
        const Network& network = instance.model().network;
        const NetworkLevel& level =
            network.outside.bytes_per_s > 0.0 ? network.outside : network.inside;
        const double bytes = instance.kv_bytes(length) / length / instance.devices();
        plan.transfer_per_token = level.bytes_per_s > 0.0 ? bytes / level.bytes_per_s : 0.0;
        const bool across = &level == &network.outside;
        plan.transfer_latency =
            level.bytes_per_s > 0.0
                ? collective_time(instance.model().weights, message_shape(0.0, across)).seconds
                : 0.0;
    }
    return plan;
}

LengthMix mix_of(const Instance& instance) {
    return length_mix(
        {{.arrival = 0.0, .input = instance.input_tokens(), .output = instance.output_tokens()}});
}

}  // namespace wafercast
