#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"
#include "study/compiled_study.hpp"

namespace wafercast {

/// A broken limit of a point of a batch.
struct PointViolation {
    std::uint32_t row = 0;    ///< in the batch
    const char* reason = "";  ///< ConstraintId in words
    std::string subject;      ///< the die's id, where it is about one
    double value = 0.0;       ///< in `unit`
    double limit = 0.0;
    const char* unit = "";
};

/// Results of consecutive points as one array a metric.
struct BatchResult {
    std::uint64_t first = 0;
    std::size_t size = 0;
    std::vector<std::vector<double>> metrics;  ///< [metric of metric_table()][row]; NaN: none
    std::vector<char> feasible;                ///< of the model's own limits
    std::vector<std::string> no_design;        ///< [row] code of the problem; empty: evaluated
    std::vector<PointViolation> violations;    ///< ascending by row
};

/// Evaluates runs of consecutive points. One evaluator per thread; results do not depend on which
/// thread evaluates a point or on what it evaluated before.
class BatchEvaluator {
public:
    explicit BatchEvaluator(std::shared_ptr<const CompiledStudy> study);

    /// Points [first, first + count) into `out`, reusing its arrays. `stop` is asked every few
    /// points. @return false: stopped, and `out` is of no use
    bool evaluate(std::uint64_t first, std::size_t count, BatchResult& out,
                  const std::function<bool()>& stop = {});

private:
    void bind_variant(const std::vector<std::uint32_t>& steps);
    void store(const Metrics& metrics, std::size_t row, BatchResult& out) const;

    std::shared_ptr<const CompiledStudy> study_;
    Context context_;
    std::shared_ptr<const StudyVariant> variant_;
    std::uint64_t variant_key_ = 0;
    ResolvedDesign working_;
};

}  // namespace wafercast
