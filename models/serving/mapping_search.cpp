#include "serving/mapping_search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "registry/model_set.hpp"
#include "serving/operating_point.hpp"
#include "serving/point_key.hpp"

namespace wafercast {
namespace {

/// Mappings with more devices than this multiple of the fewest that fit are not tried.
constexpr int kSpread = 4;
constexpr int kMostTensor = 256;

unsigned at(int i) { return static_cast<unsigned>(i); }

bool is_power_of_two(int x) { return (x & (x - 1)) == 0; }

/// Weights, activations and one sequence's KV fit a device.
bool fits(const ResolvedDesign& d, const DeviceRating& device, const Mapping& mapping) {
    const double weights = stored_bytes(d->workload, mapping);
    const int home = weight_tier(device, weights);
    if (weights > usable_bytes(d, device.tiers[at(home)])) {
        return false;
    }
    std::array<int, kMaxTiers> tiers{};
    const int count = kv_tiers(device, home, tiers);
    for (int i = 0; i < count; ++i) {
        if (kv_fits(d, device, mapping, weights, home, tiers[at(i)])) {
            return true;
        }
    }
    return false;
}

/// What the design fixes; unset numbers are 1.
Mapping stated_mapping(const ResolvedDesign& d) {
    const ResolvedServing& serving = d->serving;
    auto whole = [&d](Scalar scalar) { return std::max(static_cast<int>(d.get(scalar, 1.0)), 1); };
    const bool groups = serving.data_parallel.is_set();
    return {.tensor = whole(serving.tensor_parallel),
            .pipeline = whole(serving.pipeline_parallel),
            .expert = whole(serving.expert_parallel),
            .data = whole(groups ? serving.data_parallel : serving.expert_parallel),
            .context = whole(serving.context_parallel)};
}

/// Collects candidates with what the search has learnt so far.
class Lister {
public:
    Lister(const ResolvedDesign& design, const DeviceRating& device, MappingList& list)
        : design_{design}, device_{device}, list_{list} {
        const ResolvedSystem& system = design->system;
        const double per_server =
            system.present ? design.get(system.accelerators_per_server, 1.0) : 1.0;
        per_server_ = std::max(static_cast<int>(per_server), 1);
        heads_ = design->workload.model.heads;
    }

    void run() {
        for (int tensor = 1; tensor <= std::min(per_server_, heads_); ++tensor) {
            if (per_server_ % tensor == 0 || is_power_of_two(tensor)) {
                add_stages(tensor);
            }
        }
        const bool scales_out = design_->system.present && design_->system.scale_out.present;
        for (int tensor = 2 * per_server_; scales_out && list_.size == 0 && tensor <= kMostTensor;
             tensor *= 2) {
            if (tensor <= heads_) {
                add_stages(tensor);
            }
        }
        if (list_.size == 0) {
            const ResolvedServing& serving = design_->serving;
            const bool stated = serving.tensor_parallel.is_set() ||
                                serving.pipeline_parallel.is_set() ||
                                serving.expert_parallel.is_set() ||
                                serving.data_parallel.is_set() || serving.context_parallel.is_set();
            list_.mappings[0] = stated ? stated_mapping(design_) : largest_;
            list_.size = 1;
            return;
        }
        keep_small();
    }

private:
    void add_stages(int tensor) {
        const int layers = design_->workload.model.layers;
        int previous = 0;
        for (int held = layers; held >= 1; --held) {
            const int stages = (layers + held - 1) / held;
            if (stages != previous) {
                add_stage_count(tensor, stages);
            }
            previous = stages;
        }
        // Embedding and classifier on stages of their own.
        add_stage_count(tensor, layers + 2);
    }

    void add_stage_count(int tensor, int stages) {
        const int devices = tensor * stages;
        // Instances fill whole servers, or share one evenly.
        const bool fills =
            devices <= per_server_ ? per_server_ % devices == 0 : devices % per_server_ == 0;
        const bool reachable = devices <= per_server_ ||
                               (design_->system.present && design_->system.scale_out.present);
        if (fills && reachable && devices <= most_devices()) {
            add_experts(tensor, stages);
        }
    }

    void add_experts(int tensor, int stages) {
        const bool moe = design_->workload.model.is_moe();
        for (int expert = 1; expert <= (moe ? tensor : 1); ++expert) {
            if (tensor % expert == 0) {
                add_groups(tensor, stages, expert);
            }
        }
    }

    /// Attention is data-parallel over the experts' groups, over all ranks or over none; a number
    /// that is stated is tried beside them.
    void add_groups(int tensor, int stages, int expert) {
        const bool moe = design_->workload.model.is_moe();
        const Scalar stated = design_->serving.data_parallel;
        const int wanted = stated.is_set() ? static_cast<int>(design_[stated]) : 1;
        for (int data = 1; data <= tensor; ++data) {
            const bool usual = data == 1 || (moe && (data == expert || data == tensor));
            if (tensor % data == 0 && (usual || data == wanted)) {
                add_contexts(
                    {.tensor = tensor, .pipeline = stages, .expert = expert, .data = data});
            }
        }
    }

    /// Ranks that would keep copies of the same keys may share their tokens instead.
    void add_contexts(Mapping mapping) {
        add(mapping);
        const TransformerSpec& model = design_->workload.model;
        const Scalar stated = design_->serving.context_parallel;
        const int group = mapping.tensor / mapping.data;
        const int heads = model.is_latent() ? 1 : model.kv_heads;
        const int copies = std::max(group / heads, 1);
        mapping.context = stated.is_set() ? static_cast<int>(design_[stated]) : copies;
        if (mapping.context > 1 && group % mapping.context == 0) {
            add(mapping);
        }
    }

    void add(const Mapping& mapping) {
        if (!agrees(mapping)) {
            return;
        }
        if (mapping.devices() > largest_.devices()) {
            largest_ = mapping;
        }
        if (fits(design_, device_, mapping) && list_.size < kMaxMappings) {
            fewest_ = std::min(fewest_, mapping.devices());
            list_.mappings[at(list_.size++)] = mapping;
        }
    }

    /// A number that the design states holds in the search too.
    [[nodiscard]] bool agrees(const Mapping& mapping) const {
        const ResolvedServing& serving = design_->serving;
        const auto same = [&](Scalar stated, int value) {
            return !stated.is_set() || static_cast<int>(design_[stated]) == value;
        };
        return same(serving.tensor_parallel, mapping.tensor) &&
               same(serving.pipeline_parallel, mapping.pipeline) &&
               same(serving.expert_parallel, mapping.expert) &&
               same(serving.data_parallel, mapping.data) &&
               same(serving.context_parallel, mapping.context);
    }

    [[nodiscard]] int most_devices() const {
        return fewest_ > kUnknown / kSpread ? kUnknown : std::max(kSpread * fewest_, per_server_);
    }

    void keep_small() {
        const int most = most_devices();
        const auto first = list_.mappings.begin();
        const auto last = std::remove_if(first, first + list_.size, [most](const Mapping& mapping) {
            return mapping.devices() > most;
        });
        list_.size = static_cast<int>(last - first);
    }

    static constexpr int kUnknown = 1 << 20;

    const ResolvedDesign& design_;
    const DeviceRating& device_;
    MappingList& list_;
    int per_server_ = 1;
    int heads_ = 1;
    int fewest_ = kUnknown;
    Mapping largest_;
};

/// Devices of an instance that links join, all of them where nothing is missing.
double joined_devices(const Network& network, const Mapping& mapping) {
    const double devices = mapping.devices();
    const bool inside = network.inside.bytes_per_s > 0.0;
    const bool outside = network.outside.bytes_per_s > 0.0;
    const double near = inside ? std::min(devices, network.per_server) : 1.0;
    const bool whole = devices <= near || (outside && (inside || network.per_server <= 1.0));
    return whole ? devices : near;
}

Serving serve_on(const ResolvedDesign& d, const DeviceRating& device, const Mapping& mapping,
                 const Network& network, const Context& context) {
    Serving serving = d->serving.batching->serve(d, device, mapping, context);
    const double devices = mapping.devices();
    if (const double joined = joined_devices(network, mapping); joined < devices) {
        serving.violations.push_back({ConstraintId::kLink, devices, joined, -1});
    }
    return serving;
}

/// Violations of a device that has no place for the weights or nothing that computes; without
/// either there is no time to speak of.
Serving lacking_parts(const ResolvedDesign& d, const DeviceRating& device) {
    Serving serving;
    const auto tiers_end = device.tiers.begin() + device.tier_count;
    const bool writable = std::any_of(device.tiers.begin(), tiers_end,
                                      [](const MemoryTier& tier) { return tier.writable; });
    if (!writable) {  // no place for a KV cache
        const double weights = stored_bytes(d->workload, {});
        serving.violations.push_back({ConstraintId::kMemoryCapacity, weights, 0.0, -1});
    }
    if (*std::max_element(device.peak.begin(), device.peak.end()) <= 0.0) {
        serving.violations.push_back({ConstraintId::kCompute, 0.0, 1.0, -1});
    }
    return serving;
}

bool divides(const Mapping& mapping, const TransformerSpec& spec) {
    return mapping.tensor % mapping.expert == 0 && mapping.tensor % mapping.data == 0 &&
           (mapping.tensor / mapping.data) % mapping.context == 0 &&
           mapping.pipeline <= spec.layers + 2;
}

}  // namespace

void list_mappings(const ResolvedDesign& d, const DeviceRating& device, MappingList& list) {
    list.size = 0;
    Lister{d, device, list}.run();
}

Serving serve(const ResolvedDesign& d, const DeviceRating& device, const Context& context) {
    if (!d->workload.present || d->serving.batching == nullptr) {
        return {};
    }
    write_point_key(d, device, context, context.points.key());
    return context.points.get(d.topology, [&] { return serve_plainly(d, device, context); });
}

Serving serve_plainly(const ResolvedDesign& d, const DeviceRating& device, const Context& context) {
    const BatchingModel* batching = d->serving.batching;
    if (!d->workload.present || batching == nullptr) {
        return {};
    }
    if (Serving nothing = lacking_parts(d, device); !nothing.violations.empty()) {
        return nothing;
    }
    const Network network = network_of(d, device);
    const bool fixed = context.mapping.has_value() || !d->serving.search;
    if (fixed) {
        const Mapping mapping = context.mapping ? *context.mapping : stated_mapping(d);
        Serving serving = serve_on(d, device, mapping, network, context);
        if (!divides(mapping, d->workload.model)) {
            const bool stages = mapping.pipeline > d->workload.model.layers + 2;
            const bool experts = mapping.tensor % mapping.expert != 0;
            const bool groups = mapping.tensor % mapping.data != 0;
            const int asked = stages    ? mapping.pipeline
                              : experts ? mapping.expert
                              : groups  ? mapping.data
                                        : mapping.context;
            const int most = stages ? d->workload.model.layers + 2
                             : experts || groups
                                 ? std::gcd(mapping.tensor, asked)
                                 : std::gcd(std::max(mapping.tensor / mapping.data, 1), asked);
            serving.violations.push_back({ConstraintId::kNoMapping, static_cast<double>(asked),
                                          static_cast<double>(most), -1});
        }
        return serving;
    }
    MappingList list;
    list_mappings(d, device, list);
    Serving best;
    for (int i = 0; i < list.size; ++i) {
        Serving serving = serve_on(d, device, list.mappings[at(i)], network, context);
        if (i == 0 || serves_better(serving, best)) {
            best = std::move(serving);
        }
    }
    return best;
}

}  // namespace wafercast
