#include "validation/suite_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace wafercast {

namespace {

/// A figure without a band covers what it equals to the last digits.
constexpr double kEqual = 1e-9;

bool covers(const ValidationCase& c) {
    const double slack = kEqual * std::abs(c.expected);
    return c.expected >= c.low - slack && c.expected <= c.high + slack;
}

/// Means in the order in which names appear first.
std::vector<ErrorOfGroup> means_by(const std::vector<ValidationCase>& cases,
                                   std::string ValidationCase::*name) {
    std::vector<ErrorOfGroup> groups;
    for (const ValidationCase& c : cases) {
        auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const ErrorOfGroup& g) { return g.name == c.*name; });
        if (found == groups.end()) {
            found = groups.insert(groups.end(), ErrorOfGroup{c.*name, 0, 0.0});
        }
        ++found->rows;
        found->mean_abs_rel_error += std::abs(c.rel_error());
    }
    for (ErrorOfGroup& group : groups) {
        group.mean_abs_rel_error /= static_cast<double>(group.rows);
    }
    return groups;
}

}  // namespace

double ValidationCase::rel_error() const {
    if (std::isnan(expected) && std::isnan(actual)) {
        return 0.0;
    }
    if (!std::isfinite(expected) || !std::isfinite(actual)) {
        return expected == actual ? 0.0 : std::numeric_limits<double>::infinity();
    }
    const double difference = actual - expected;
    return expected == 0.0 ? difference : difference / std::abs(expected);
}

void summarise(SuiteReport& report, std::size_t data_rows) {
    report.rows = data_rows - report.excluded.size();
    std::set<std::size_t> rows;
    std::vector<double> errors;
    double signed_sum = 0.0;
    std::size_t covered = 0;
    for (const ValidationCase& c : report.cases) {
        rows.insert(c.row);
        errors.push_back(std::abs(c.rel_error()));
        signed_sum += c.rel_error();
        covered += covers(c) ? 1 : 0;
    }
    report.predicted = rows.size();
    report.by_quantity = means_by(report.cases, &ValidationCase::quantity);
    report.by_group = means_by(report.cases, &ValidationCase::group);
    if (errors.empty()) {
        return;
    }
    const auto n = static_cast<double>(errors.size());
    report.bias = signed_sum / n;
    report.p10_p90_coverage = static_cast<double>(covered) / n;
    std::sort(errors.begin(), errors.end());
    const std::size_t half = errors.size() / 2;
    report.median_abs_rel_error =
        errors.size() % 2 == 1 ? errors[half] : (errors[half - 1] + errors[half]) / 2.0;
    report.max_abs_rel_error = errors.back();
    report.mean_abs_rel_error = 0.0;
    for (const ErrorOfGroup& quantity : report.by_quantity) {
        report.mean_abs_rel_error +=
            quantity.mean_abs_rel_error / static_cast<double>(report.by_quantity.size());
    }
}

}  // namespace wafercast
