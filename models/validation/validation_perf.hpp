#pragma once

#include <string>
#include <string_view>

#include "validation/reference_table.hpp"
#include "validation/served_model.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// The accelerator whose id or alias stands in a text, the longest that does; nullptr when none.
const CatalogEntry* accelerator_in(const Catalog& catalog, std::string_view text);

/// A model by a name that may differ from the catalog's in letter case, punctuation and accuracy
/// targets ("llama2-70b-99.9").
const CatalogEntry* model_in(const Catalog& catalog, std::string_view name);

/// The first number of a cell, commas and a leading "~" left out; `fallback` where there is none.
double number_in(std::string_view cell, double fallback);

/// The suite validation_perf: published throughput and latency of serving systems. The best layout
/// over a server's devices is searched as submitters do; limits on latency come from the rules in
/// data/validation/serving_limits.csv.
Result<SuiteReport> run_validation_perf(const ReferenceTable& table,
                                        const ValidationInputs& inputs);

}  // namespace wafercast
