#include <algorithm>
#include <cmath>
#include <set>

#include "core/catalog.hpp"
#include "evaluate/evaluate.hpp"
#include "math/math.hpp"
#include "study/compiled_study.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {

namespace {

/// Values of an axis that are resolved one by one to see that they change one scalar and nothing
/// else; axes with more are looked at in as many evenly spaced places.
constexpr std::size_t kMostChecked = 512;
/// Random points at which patched and resolved designs are compared.
constexpr int kSpotChecks = 16;
constexpr std::uint64_t kMostPoints = std::uint64_t{1} << 53;

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return path.ends_with(ending); });
}

/// Fields on whose value the structure of a resolved design may depend: every value is looked at.
bool decides_structure(std::string_view path) {
    return path == "scenario.year" || ends_with_any(path, {".count", ".sold", ".capacity",
                                                           ".sold_capacity", ".width", ".height"});
}

std::string parent(std::string_view path) { return std::string{path.substr(0, path.rfind('.'))}; }

}  // namespace

/// Turns a study's texts into a CompiledStudy, collecting every problem.
class StudyCompiler {
public:
    StudyCompiler(const Study& study, const Design& base, std::shared_ptr<const Catalog> catalog,
                  const ModelSet& models, const WorkloadStatistics& statistics)
        : study_{study}, out_{new CompiledStudy} {
        out_->base_ = base;
        for (const auto& set : study.sets) {
            if (ends_with_any(lower(set.first), {".sold", ".sold_capacity"})) {
                out_->sold_.push_back(set);
            }
        }
        out_->catalog_ = std::move(catalog);
        out_->models_ = &models;
        out_->statistics_ = statistics;
    }

    Result<std::shared_ptr<const CompiledStudy>> run() {
        for (const StudyVariable& variable : study_.variables) {
            add_axis(variable);
        }
        if (study_.variables.empty()) {
            problems_.push_back(
                {"study.missing", "The study varies nothing; add a [[variables]] table.", {}});
        }
        for (const StudyObjective& objective : study_.objectives) {
            if (const MetricInfo* metric = find(objective.metric, objective.where)) {
                out_->objectives_.push_back({metric, objective.maximise});
            }
        }
        for (const StudyConstraint& constraint : study_.constraints) {
            add_constraint(constraint);
        }
        count_points();
        if (problems_.empty()) {
            check_values();
        }
        if (!problems_.empty()) {
            return problems_;
        }
        choose_patches();
        return std::shared_ptr<const CompiledStudy>{std::move(out_)};
    }

private:
    void add_axis(const StudyVariable& variable) {
        Design probe = out_->base_;
        StudyAxis axis;
        axis.path = variable.path;
        if (variable.is_continuous()) {
            problems_.push_back(
                {"study.continuous",
                 variable.path + ": a grid needs 'values', or a 'step' or 'count' with 'range'.",
                 variable.where});
            return;
        }
        // A path into an absent section makes the section, as `--set` does.
        axis.texts = study_points(variable);
        if (axis.texts.empty()) {
            problems_.push_back({"study.range",
                                 variable.path + ": the range has no points; it must ascend.",
                                 variable.where});
            return;
        }
        (void)set_field(probe, variable.path, axis.texts.front());
        const auto field = find_field(probe, variable.path);
        if (!field) {
            for (const Failure& failure : field.error()) {
                problems_.push_back({failure.code, failure.message, variable.where});
            }
            return;
        }
        axis.path = field->path;
        axis.info = field->info;
        if (!paths_.insert(axis.path).second) {
            problems_.push_back({"study.duplicate", axis.path + " varies twice.", variable.where});
        }
        const bool side =
            axis.path.starts_with("dies.") && ends_with_any(axis.path, {".width", ".height"});
        const std::string other =
            parent(axis.path) + (axis.path.ends_with(".width") ? ".height" : ".width");
        if (side && paths_.contains(other)) {
            problems_.push_back({"study.two_sides",
                                 axis.path + ": both sides of a die together are a new "
                                             "calibration; vary one, the other follows.",
                                 variable.where});
        }
        if (field->kind == FieldKind::kNumber) {
            read_numbers(axis);
        }
        where_.push_back(variable.where);
        out_->axes_.push_back(std::move(axis));
    }

    static void read_numbers(StudyAxis& axis) {
        for (const std::string& text : axis.texts) {
            const auto parsed = parse_quantity(text);
            if (!parsed || parsed->dimension != axis.info->dimension) {
                axis.numbers.clear();
                return;
            }
            axis.numbers.push_back(parsed->value == 0.0 ? 0.0 : parsed->value);
        }
    }

    const MetricInfo* find(const std::string& name, const SourceLocation& where) {
        const MetricInfo* metric = find_metric(name);
        if (metric != nullptr && metric->needs_workload && !out_->base_.workload) {
            problems_.push_back(
                {"study.needs_workload", name + " needs a design with a [workload].", where});
        }
        if (metric == nullptr) {
            std::vector<std::string> names;
            for (const MetricInfo& known : metric_table()) {
                names.emplace_back(known.name);
            }
            const std::string near = nearest(lower(name), names);
            problems_.push_back({"study.unknown_metric",
                                 "No metric '" + name + "'" +
                                     (near.empty() ? "." : "; did you mean '" + near + "'?"),
                                 where});
        }
        return metric;
    }

    void add_constraint(const StudyConstraint& constraint) {
        const MetricInfo* metric = find(constraint.metric, constraint.where);
        if (metric == nullptr) {
            return;
        }
        const auto unit = parse_unit(metric->unit);
        const double scale = metric->unit.empty() || !unit ? 1.0 : unit->value;
        CompiledConstraint compiled{metric, std::nullopt, std::nullopt};
        const auto add = [&](const std::optional<StudyLimit>& limit, std::optional<double>& into) {
            if (!limit) {
                return;
            }
            if (limit->dimension != metric->dimension) {
                problems_.push_back(
                    {"study.wrong_dimension",
                     "'" + limit->text + "' does not limit " + constraint.metric +
                         ", which is in " +
                         (metric->unit.empty() ? "no unit" : std::string{metric->unit}) + ".",
                     constraint.where});
            }
            into = limit->value / scale;
        };
        add(constraint.minimum, compiled.minimum);
        add(constraint.maximum, compiled.maximum);
        out_->constraints_.push_back(compiled);
    }

    void count_points() {
        for (const StudyAxis& axis : out_->axes_) {
            if (out_->size_ > kMostPoints / std::max<std::size_t>(axis.texts.size(), 1)) {
                problems_.push_back({"study.too_large", "The grid has more than 2^53 points.", {}});
                return;
            }
            out_->size_ *= axis.texts.size();
        }
    }

    /// Every value of a list alone, the others at their first: what is no design by itself is bad
    /// input.
    void check_values() {
        for (std::size_t i = 0; i < out_->axes_.size(); ++i) {
            StudyAxis& axis = out_->axes_[i];
            const std::size_t checked = checked_values(axis);
            bool simple = !axis.numbers.empty();
            const auto reference = find_reference(i);
            for (std::size_t k = 0; k < checked; ++k) {
                const std::size_t step =
                    checked == 1 ? 0 : k * (axis.texts.size() - 1) / (checked - 1);
                const auto resolved = out_->resolve_with(steps_at(i, step));
                if (!resolved) {
                    note(resolved.error(), where_[i]);
                    simple = false;
                    continue;
                }
                simple = simple && reference &&
                         changes_one_scalar(*reference, *resolved, axis, axis.numbers[step]);
            }
            axis.patched = simple;
        }
    }

    /// The design that others are held against: where one of its values is off the content that the
    /// price belongs to, that one, because it holds the more.
    std::optional<ResolvedDesign> find_reference(std::size_t i) {
        StudyAxis& axis = out_->axes_[i];
        std::optional<ResolvedDesign> reference;
        for (const std::size_t step : {std::size_t{0}, std::size_t{1}, axis.texts.size() - 1}) {
            auto resolved = step < axis.texts.size() ? out_->resolve_with(steps_at(i, step))
                                                     : Result<ResolvedDesign>{Failures{}};
            if (resolved && (!reference || (*resolved)->priced != nullptr)) {
                reference = std::move(resolved).value();
                axis.reference = static_cast<std::uint32_t>(step);
                if ((*reference)->priced != nullptr) {
                    break;
                }
            }
        }
        return reference;
    }

    static std::size_t checked_values(const StudyAxis& axis) {
        return axis.numbers.empty() || decides_structure(axis.path)
                   ? axis.texts.size()
                   : std::min(axis.texts.size(), kMostChecked);
    }

    [[nodiscard]] std::vector<std::uint32_t> steps_at(std::size_t axis, std::size_t step) const {
        std::vector<std::uint32_t> steps(out_->axes_.size(), 0);
        steps[axis] = static_cast<std::uint32_t>(step);
        return steps;
    }

    void note(const Failures& failures, const SourceLocation& where) {
        for (const Failure& failure : failures) {
            Failure placed{failure.code, failure.message, where};
            if (std::find(problems_.begin(), problems_.end(), placed) == problems_.end()) {
                problems_.push_back(std::move(placed));
            }
        }
    }

    static bool changes_one_scalar(const ResolvedDesign& reference, const ResolvedDesign& other,
                                   StudyAxis& axis, double value) {
        if (!same_structure(reference, other)) {
            return false;
        }
        bool found = false;
        const std::string priced = "calibration." + axis.path;
        for (std::size_t i = 0; i < other.scalars.size(); ++i) {
            if (other->origins[i].path == axis.path) {
                if (found || other.scalars[i] != value) {
                    return false;
                }
                found = true;
            } else if (reference.scalars[i] != other.scalars[i]) {
                if (other->origins[i].path != priced || other.scalars[i] != value) {
                    return false;
                }
                axis.in_priced = true;
            }
        }
        return found;
    }

    void choose_patches() {
        auto& axes = out_->axes_;
        // Physical and sold content of one block decide together.
        for (StudyAxis& axis : axes) {
            const auto partner = [&](std::string_view ending, std::string_view other) {
                return axis.path.ends_with(ending) &&
                       paths_.contains(parent(axis.path) + std::string{other});
            };
            if (partner(".count", ".sold") || partner(".sold", ".count") ||
                partner(".capacity", ".sold_capacity") || partner(".sold_capacity", ".capacity")) {
                axis.patched = false;
            }
        }
        if (!spot_checks_agree()) {
            for (StudyAxis& axis : axes) {
                axis.patched = false;
            }
        }
        out_->variants_.clear();
    }

    [[nodiscard]] bool spot_checks_agree() const {
        for (int i = 0; i < kSpotChecks; ++i) {
            const auto point = static_cast<std::uint64_t>(
                math::uniform(study_.method.seed, static_cast<std::uint64_t>(i)) *
                static_cast<double>(out_->size_));
            const auto steps = out_->steps(std::min(point, out_->size_ - 1));
            const auto resolved = out_->resolve_with(steps);
            const auto variant = out_->variant(steps);
            if (!resolved || !variant->resolved) {
                if (resolved.has_value() != variant->resolved.has_value()) {
                    return false;
                }
                continue;
            }
            ResolvedDesign patched = *variant->resolved;
            for (const StudyVariant::Patch& patch : variant->patches) {
                patched.scalars[patch.scalar] = out_->axes_[patch.axis].numbers[steps[patch.axis]];
            }
            const bool lacks_priced = (*resolved)->priced != nullptr && patched->priced == nullptr;
            if (lacks_priced || patched.scalars.size() < resolved->scalars.size() ||
                !std::equal(resolved->scalars.begin(), resolved->scalars.end(),
                            patched.scalars.begin())) {
                return false;
            }
        }
        return true;
    }

    const Study& study_;
    std::unique_ptr<CompiledStudy> out_;
    std::vector<SourceLocation> where_;
    std::set<std::string, std::less<>> paths_;
    Failures problems_;
};

Result<std::shared_ptr<const CompiledStudy>> CompiledStudy::compile(
    const Study& study, const Design& base, std::shared_ptr<const Catalog> catalog,
    const ModelSet& models, const WorkloadStatistics& statistics) {
    return StudyCompiler{study, base, std::move(catalog), models, statistics}.run();
}

}  // namespace wafercast
