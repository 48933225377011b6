#include "study/compiled_study.hpp"

#include <algorithm>

#include "core/catalog.hpp"
#include "core/design_fields.hpp"
#include "evaluate/evaluate.hpp"

namespace wafercast {

namespace {

/// Variants remembered at a time; a study with more distinct combinations starts over.
constexpr std::size_t kMostVariants = 4096;

/// Evaluation reads no origins; dropping them makes a remembered variant six times smaller.
ResolvedDesign without_origins(ResolvedDesign design) {
    auto topology = std::make_shared<ResolvedTopology>(*design.topology);
    topology->origins.clear();
    topology->origins.shrink_to_fit();
    design.topology = std::move(topology);
    return design;
}

bool same_parts(const ResolvedTopology& x, const ResolvedTopology& y) {
    return x.title == y.title && x.nodes == y.nodes && x.blocks == y.blocks && x.dies == y.dies &&
           x.nets == y.nets && x.package == y.package && x.device == y.device &&
           x.system == y.system && x.edge == y.edge && x.workload == y.workload &&
           x.serving == y.serving && x.scenario == y.scenario;
}

}  // namespace

bool same_structure(const ResolvedDesign& reference, const ResolvedDesign& other) {
    const ResolvedTopology& x = *reference.topology;
    const ResolvedTopology& y = *other.topology;
    if (y.priced != nullptr && (x.priced == nullptr || !same_parts(*x.priced, *y.priced))) {
        return false;
    }
    const bool same_size = x.origins.size() == y.origins.size();
    const bool lacks_priced = x.priced != nullptr && y.priced == nullptr;
    if (!same_size && !(lacks_priced && y.origins.size() < x.origins.size())) {
        return false;
    }
    for (std::size_t i = 0; i < y.origins.size(); ++i) {
        if (x.origins[i].path != y.origins[i].path) {
            return false;
        }
    }
    return same_parts(x, y);
}

std::vector<std::uint32_t> CompiledStudy::steps(std::uint64_t point) const {
    std::vector<std::uint32_t> steps(axes_.size());
    for (std::size_t i = axes_.size(); i-- > 0;) {
        const std::uint64_t radix = axes_[i].texts.size();
        steps[i] = static_cast<std::uint32_t>(point % radix);
        point /= radix;
    }
    return steps;
}

Result<Design> CompiledStudy::design_with(const std::vector<std::uint32_t>& steps) const {
    Design design = base_;
    std::vector<std::pair<std::string, std::string>> edits = sold_;
    std::erase_if(edits, [this](const auto& edit) {
        return std::any_of(axes_.begin(), axes_.end(), [&](const StudyAxis& axis) {
            return lower(axis.path) == lower(edit.first);
        });
    });
    for (std::size_t i = 0; i < axes_.size(); ++i) {
        edits.emplace_back(axes_[i].path, axes_[i].texts[steps[i]]);
    }
    if (auto done = set_fields(design, edits); !done) {
        return std::move(done).error();
    }
    return design;
}

Result<ResolvedDesign> CompiledStudy::resolve_with(const std::vector<std::uint32_t>& steps) const {
    auto design = design_with(steps);
    if (!design) {
        return std::move(design).error();
    }
    return resolve(*design, *catalog_, *models_);
}

Result<Design> CompiledStudy::design_at(std::uint64_t point) const {
    return design_with(steps(point));
}

Result<ResolvedDesign> CompiledStudy::resolve_at(std::uint64_t point) const {
    return resolve_with(steps(point));
}

std::uint64_t CompiledStudy::variant_key(const std::vector<std::uint32_t>& steps) const {
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
        if (!axes_[i].patched) {
            key = key * axes_[i].texts.size() + steps[i];
        }
    }
    return key;
}

std::shared_ptr<const StudyVariant> CompiledStudy::variant(
    const std::vector<std::uint32_t>& steps) const {
    const std::uint64_t key = variant_key(steps);
    {
        const std::lock_guard lock{mutex_};
        if (const auto found = variants_.find(key); found != variants_.end()) {
            return found->second;
        }
    }
    auto made = make_variant(steps);
    const std::lock_guard lock{mutex_};
    if (variants_.size() >= kMostVariants) {
        variants_.clear();
    }
    return variants_.emplace(key, std::move(made)).first->second;
}

std::shared_ptr<const StudyVariant> CompiledStudy::make_variant(
    const std::vector<std::uint32_t>& steps) const {
    std::vector<std::uint32_t> reference = steps;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
        if (axes_[i].patched) {
            reference[i] = axes_[i].reference;
        }
    }
    auto variant = std::make_shared<StudyVariant>();
    auto resolved = resolve_with(reference);
    if (!resolved) {
        variant->failure_code = resolved.error().front().code;
        return variant;
    }
    const auto& origins = (*resolved)->origins;
    for (std::uint32_t i = 0; i < axes_.size(); ++i) {
        const std::string priced = "calibration." + axes_[i].path;
        bool found = !axes_[i].patched;
        for (std::uint32_t at = 0; axes_[i].patched && at < origins.size(); ++at) {
            const bool own = origins[at].path == axes_[i].path;
            if (own || (axes_[i].in_priced && origins[at].path == priced)) {
                variant->patches.push_back({at, i});
                found = found || own;
            }
        }
        if (!found) {
            variant->failure_code = "study.no_scalar";
            return variant;
        }
    }
    variant->resolved = without_origins(std::move(resolved).value());
    return variant;
}

}  // namespace wafercast
