#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "evaluate/evaluation.hpp"
#include "store/stored_run.hpp"
#include "study/compiled_study.hpp"

namespace wafercast {

/// Values of the engine in the form the store keeps: units a person reads, columns with their unit.

/// The metrics a result has, in the order of metric_table(); what is stored elsewhere is left out.
std::vector<const MetricInfo*> stored_metric_infos();
std::vector<StoredMetric> stored_metrics();

/// "dies_gpu_width_mm": a path and its unit as a name that SQL needs no quotes for.
std::string column_name(std::string_view path, std::string_view unit);

StoredVariable stored_variable(const StudyAxis& axis);

std::vector<StoredAssumption> stored_assumptions(const std::vector<ScalarOrigin>& origins);

/// Every line of the trees of an evaluation, parents before children.
std::vector<StoredTreeLine> stored_trees(std::int64_t point, const Evaluation& evaluation);

std::vector<StoredCatalogEntry> stored_catalog(const Catalog& catalog);

/// FNV-1a as 16 hexadecimal digits.
std::string fingerprint(std::string_view text);
std::string fingerprint(std::uint64_t hash);

/// The time now, UTC, ISO 8601 to the second.
std::string iso_time_now();

}  // namespace wafercast
