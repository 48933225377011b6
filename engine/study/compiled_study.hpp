#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/design.hpp"
#include "core/design_fields.hpp"
#include "core/resolved_design.hpp"
#include "core/study.hpp"
#include "evaluate/context.hpp"
#include "evaluate/metric_names.hpp"
#include "registry/model_set.hpp"

namespace wafercast {

/// A variable with every value it takes.
struct StudyAxis {
    std::string path;
    const FieldInfo* info = nullptr;
    std::vector<std::string> texts;  ///< as `--set path=value` takes them
    std::vector<double> numbers;     ///< base units; empty when any value is not a plain number
    /// Values replace one scalar of a resolved design; otherwise each is resolved anew.
    bool patched = false;
    /// The content that a price belongs to (ResolvedTopology::priced) takes the value over as well.
    bool in_priced = false;
    std::uint32_t reference = 0;  ///< step at which variants are resolved when it is patched
};

struct CompiledObjective {
    const MetricInfo* metric = nullptr;
    bool maximise = false;
};

/// A limit in the unit its metric is returned in.
struct CompiledConstraint {
    const MetricInfo* metric = nullptr;
    std::optional<double> minimum;
    std::optional<double> maximum;
};

/// Resolved designs that differ in scalars alone share one of these.
struct StudyVariant {
    std::optional<ResolvedDesign> resolved;  ///< nothing: these values make no design
    std::string failure_code;                ///< why not
    struct Patch {
        std::uint32_t scalar = 0;
        std::uint32_t axis = 0;
    };
    std::vector<Patch> patches;
};

/// A study bound to its design and catalog: names looked up once, every point addressed by one
/// integer.
///
/// Points are numbered by mixed radix, the last variable fastest. A numeric variable that is one
/// scalar of the resolved design is patched into a copy; the other variables are resolved once for
/// each distinct combination and remembered.
class CompiledStudy {
public:
    /// Looks up paths, values and metrics; reports every problem with its place in the study.
    /// `statistics` and `models` are those of the evaluations to come.
    static Result<std::shared_ptr<const CompiledStudy>> compile(
        const Study& study, const Design& base, std::shared_ptr<const Catalog> catalog,
        const ModelSet& models, const WorkloadStatistics& statistics = {});

    [[nodiscard]] const std::vector<StudyAxis>& axes() const { return axes_; }
    [[nodiscard]] const std::vector<CompiledObjective>& objectives() const { return objectives_; }
    [[nodiscard]] const std::vector<CompiledConstraint>& constraints() const {
        return constraints_;
    }
    [[nodiscard]] const ModelSet& models() const { return *models_; }
    [[nodiscard]] const WorkloadStatistics& statistics() const { return statistics_; }

    /// Points of the grid.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// The step on each axis of a point.
    [[nodiscard]] std::vector<std::uint32_t> steps(std::uint64_t point) const;

    /// The design of a point, made as a person would: base design, then `--set` for each variable.
    [[nodiscard]] Result<Design> design_at(std::uint64_t point) const;
    [[nodiscard]] Result<ResolvedDesign> resolve_at(std::uint64_t point) const;

    /// What all points with these steps on the axes that are not patched share; patched axes are
    /// ignored. Safe to call from several threads.
    [[nodiscard]] std::shared_ptr<const StudyVariant> variant(
        const std::vector<std::uint32_t>& steps) const;

    /// Number of the combination of the axes that are not patched.
    [[nodiscard]] std::uint64_t variant_key(const std::vector<std::uint32_t>& steps) const;

private:
    CompiledStudy() = default;
    friend class StudyCompiler;

    [[nodiscard]] Result<Design> design_with(const std::vector<std::uint32_t>& steps) const;
    [[nodiscard]] Result<ResolvedDesign> resolve_with(
        const std::vector<std::uint32_t>& steps) const;
    [[nodiscard]] std::shared_ptr<const StudyVariant> make_variant(
        const std::vector<std::uint32_t>& steps) const;

    Design base_;
    std::vector<std::pair<std::string, std::string>>
        sold_;  ///< sold content that the study fixes: no count may be below it
    std::shared_ptr<const Catalog> catalog_;
    const ModelSet* models_ = nullptr;
    WorkloadStatistics statistics_;
    std::vector<StudyAxis> axes_;
    std::vector<CompiledObjective> objectives_;
    std::vector<CompiledConstraint> constraints_;
    std::uint64_t size_ = 1;

    mutable std::mutex mutex_;
    mutable std::map<std::uint64_t, std::shared_ptr<const StudyVariant>> variants_;
};

/// Whether `other` differs from `reference` in the values of scalars alone. The content that a
/// price belongs to may be missing from `other`: then it is the design itself, and the ratio that
/// it serves for is 1 either way.
bool same_structure(const ResolvedDesign& reference, const ResolvedDesign& other);

}  // namespace wafercast
