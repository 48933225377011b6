#include "study/batch_evaluator.hpp"

#include <limits>

#include "evaluate/evaluate.hpp"

namespace wafercast {

namespace {
constexpr std::size_t kStopInterval = 64;
}

BatchEvaluator::BatchEvaluator(std::shared_ptr<const CompiledStudy> study)
    : study_{std::move(study)} {
    context_.models = &study_->models();
    context_.statistics = study_->statistics();
}

void BatchEvaluator::bind_variant(const std::vector<std::uint32_t>& steps) {
    const std::uint64_t key = study_->variant_key(steps);
    if (variant_ != nullptr && key == variant_key_) {
        return;
    }
    variant_ = study_->variant(steps);
    variant_key_ = key;
    if (variant_->resolved) {
        working_ = *variant_->resolved;
    }
}

bool BatchEvaluator::evaluate(std::uint64_t first, std::size_t count, BatchResult& out,
                              const std::function<bool()>& stop) {
    const auto& table = metric_table();
    out.first = first;
    out.size = count;
    out.metrics.resize(table.size());
    for (auto& column : out.metrics) {
        column.assign(count, std::numeric_limits<double>::quiet_NaN());
    }
    out.feasible.assign(count, 0);
    out.no_design.assign(count, {});
    out.violations.clear();
    const auto& axes = study_->axes();
    std::vector<std::uint32_t> steps = study_->steps(first);
    for (std::size_t row = 0; row < count; ++row) {
        if (stop && row % kStopInterval == 0 && stop()) {
            return false;
        }
        bind_variant(steps);
        if (variant_->resolved) {
            for (const StudyVariant::Patch& patch : variant_->patches) {
                working_.scalars[patch.scalar] = axes[patch.axis].numbers[steps[patch.axis]];
            }
            store(wafercast::evaluate(working_, context_), row, out);
        } else {
            out.no_design[row] = variant_->failure_code;
        }
        for (std::size_t i = axes.size(); i-- > 0;) {  // the next point
            if (++steps[i] < axes[i].texts.size()) {
                break;
            }
            steps[i] = 0;
        }
    }
    return true;
}

void BatchEvaluator::store(const Metrics& metrics, std::size_t row, BatchResult& out) const {
    const auto& table = metric_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (metrics.has_workload || !table[i].needs_workload) {
            out.metrics[i][row] = table[i].value(metrics);
        }
    }
    out.feasible[row] = metrics.feasible() ? 1 : 0;
    for (const FlatViolations* flat :
         {&metrics.layout.violations, &metrics.silicon.violations, &metrics.package.violations,
          &metrics.device.violations, &metrics.serving.violations}) {
        for (const FlatViolation& violation : *flat) {
            const ConstraintUnit& unit = constraint_unit(violation.constraint);
            const bool about_die =
                violation.subject >= 0 &&
                static_cast<std::size_t>(violation.subject) < working_->dies.size();
            out.violations.push_back(
                {.row = static_cast<std::uint32_t>(row),
                 .reason = unit.name,
                 .subject = about_die
                                ? working_->dies[static_cast<std::size_t>(violation.subject)].id
                                : std::string{},
                 .value = violation.value / unit.unit_in_base,
                 .limit = violation.limit / unit.unit_in_base,
                 .unit = unit.unit});
        }
    }
}

}  // namespace wafercast
