#pragma once

#include <string>
#include <string_view>

#include "validation/reference_table.hpp"
#include "validation/served_model.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// The first number of a cell, commas and a leading "~" left out; `fallback` where there is none.
double number_in(std::string_view cell, double fallback);

/// The suite validation_perf: published throughput and latency of serving systems. The best layout
/// over a server's devices is searched as submitters do; limits on latency come from the rules in
/// data/validation/serving_limits.csv.
Result<SuiteReport> run_validation_perf(const ReferenceTable& table,
                                        const ValidationInputs& inputs);

}  // namespace wafercast
