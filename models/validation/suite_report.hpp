#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace wafercast {

/// One predicted figure of one row. Figures without a band have low = high = actual.
struct ValidationCase {
    std::size_t row = 0;  ///< 0-based data row
    std::string quantity;
    std::string group;
    double expected = 0.0;
    double actual = 0.0;
    double low = 0.0;
    double high = 0.0;
    std::string device = {};  ///< id or alias of an accelerator; empty: none
    std::string regime = {};  ///< what limits it: "launch", "memory", "compute"; empty: not told

    /// (actual - expected) / |expected|; actual - expected where expected is 0; 0 where neither is
    /// a number.
    [[nodiscard]] double rel_error() const;
};

struct SkippedRow {
    std::size_t row = 0;
    std::string reason;
};

struct ErrorOfGroup {
    std::string name;
    std::size_t rows = 0;  ///< cases
    double mean_abs_rel_error = 0.0;
};

/// What a suite found: our error against published or measured values.
struct SuiteReport {
    std::string suite;
    std::string file;
    std::size_t rows = 0;  ///< data rows less the excluded ones
    std::size_t predicted = 0;
    std::vector<SkippedRow> skipped;   ///< could not be predicted; counted against us
    std::vector<SkippedRow> excluded;  ///< the reference itself leaves them out
    std::vector<ValidationCase> cases;
    std::vector<std::string> notes;  ///< what a reader of the figures should know

    double mean_abs_rel_error = 0.0;    ///< mean over quantities of their means
    double median_abs_rel_error = 0.0;  ///< over all cases
    double max_abs_rel_error = 0.0;     ///< over all cases
    double bias = 0.0;                  ///< mean signed error over all cases
    double p10_p90_coverage = 0.0;      ///< share of cases whose expected value lies in the band
    std::vector<ErrorOfGroup> by_quantity;
    std::vector<ErrorOfGroup> by_group;

    /// A suite counts only when 90 % of its rows are predicted.
    [[nodiscard]] bool counts() const {
        return static_cast<double>(predicted) >= 0.9 * static_cast<double>(rows) && rows > 0;
    }
};

/// Fills in the counts and means from cases, skipped and excluded. @param data_rows of the file
void summarise(SuiteReport& report, std::size_t data_rows);

}  // namespace wafercast
