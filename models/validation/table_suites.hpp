#pragma once

#include "validation/reference_table.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// Each row: area, defect density, model -> yield.
Result<SuiteReport> run_yield_models(const ReferenceTable& table, const ValidationInputs& inputs);

/// Each row: die, wafer, field, defects -> total, good, defective, partial and lost dies, full and
/// partial shots, all exact.
Result<SuiteReport> run_reticle_maps(const ReferenceTable& table, const ValidationInputs& inputs);

/// Suites of models/functional.
Result<SuiteReport> run_functional_suite(std::string_view suite, const ReferenceTable& table,
                                         const ValidationInputs& inputs);

}  // namespace wafercast
