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
        std::map<std::string, int> places = {};  ///< column of the text where a cell begins, from 1
    };
    std::vector<Row> rows;  ///< the index of a row is what reports call `row`
};

/// Reads a table; rows with more or fewer cells than there are columns are problems with their
/// line.
/// @param ragged  where given, takes the problems of such rows, and the other rows are read
Result<ReferenceTable> read_reference_table(const std::filesystem::path& path,
                                            Failures* ragged = nullptr);

/// The same for a text.
Result<ReferenceTable> read_reference_text(std::string_view text, const std::string& file,
                                           Failures* ragged = nullptr);

/// Adds the problems of ragged rows to others, all in the order of their lines.
Failures with_ragged(Failures ragged, Failures others);

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
    /// A whole number from `least` to `most` that must be there.
    [[nodiscard]] double whole(const std::string& column, double least = 1.0,
                               double most = 1e9) const;
    /// The same, or `fallback` where the cell is empty or the column absent.
    [[nodiscard]] double maybe_whole(const std::string& column, double fallback,
                                     double least) const;
    /// A number above zero that must be there.
    [[nodiscard]] double above_zero(const std::string& column) const;
    /// Notes a problem of a cell.
    void fail(const std::string& column, const std::string& message) const;

private:
    const ReferenceTable& table_;
    const ReferenceTable::Row& row_;
    Failures& problems_;
};

/// Problems of columns that a suite needs and the table lacks.
Failures missing_columns(const ReferenceTable& table, const std::vector<std::string>& needed);

}  // namespace wafercast
