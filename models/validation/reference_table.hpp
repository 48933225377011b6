#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace wafercast {

/// A CSV file of published or measured values: comment lines start with '#', the first other line
/// names the columns.
struct ReferenceTable {
    std::string file;
    int header_line = 0;
    std::vector<std::string> columns;
    struct Row {
        int line = 0;
        std::map<std::string, std::string> cells;
    };
    std::vector<Row> rows;  ///< the index of a row is what reports call `row`
};

/// Reads a table; rows with more or fewer cells than there are columns are problems with their
/// line.
Result<ReferenceTable> read_reference_table(const std::filesystem::path& path);

/// The same for a text.
Result<ReferenceTable> read_reference_text(std::string_view text, const std::string& file);

/// Reads cells of a row as inputs and notes what is missing or no number.
class RowReader {
public:
    RowReader(const ReferenceTable& table, const ReferenceTable::Row& row, Failures& problems)
        : table_{table}, row_{row}, problems_{problems} {}

    [[nodiscard]] std::string text(const std::string& column) const;
    /// A number that must be there; 0 with a problem noted otherwise.
    [[nodiscard]] double need(const std::string& column) const;
    /// A number, or `fallback` where the cell is empty or the column absent.
    [[nodiscard]] double maybe(const std::string& column, double fallback) const;

private:
    void fail(const std::string& message) const;

    const ReferenceTable& table_;
    const ReferenceTable::Row& row_;
    Failures& problems_;
};

/// Problems of columns that a suite needs and the table lacks.
Failures missing_columns(const ReferenceTable& table, const std::vector<std::string>& needed);

}  // namespace wafercast
