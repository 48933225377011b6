#pragma once

#include <string_view>
#include <vector>

#include "evaluate/stages.hpp"
#include "units/quantity.hpp"

namespace wafercast {

/// A number of an evaluation by the name it has in the JSON: what objectives, constraints and
/// result columns refer to.
struct MetricInfo {
    std::string_view name;    ///< "token_economics.usd_per_mtok"
    std::string_view column;  ///< "usd_per_mtok": SQLite and CSV
    std::string_view title;   ///< "Cost per million tokens"
    std::string_view unit;    ///< unit of the value as returned: "USD/Mtok", "s", "W"
    Dimension dimension;
    bool smaller_is_better = true;
    bool needs_workload = true;
    double (*value)(const Metrics&) = nullptr;
};

/// All metrics, in a fixed order.
const std::vector<MetricInfo>& metric_table();

/// By full name or column; nullptr when unknown.
const MetricInfo* find_metric(std::string_view name);

}  // namespace wafercast
