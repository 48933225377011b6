#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wafercast {

/// A table of plain text: columns as wide as their widest cell, two spaces apart, no trailing
/// blanks.
class TextTable {
public:
    enum class Align { kLeft, kRight };
    struct Column {
        std::string title;
        Align align = Align::kLeft;
    };

    explicit TextTable(std::vector<Column> columns) : columns_{std::move(columns)} {}

    /// Cells beyond the columns are left out; missing ones are empty.
    void add(std::vector<std::string> cells);

    /// The table with a line under its titles; titles are left out when all are empty.
    [[nodiscard]] std::string text(std::string_view indent = "") const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Columns a text takes on a terminal: its code points, without combining marks.
std::size_t display_width(std::string_view utf8);

/// A field of a CSV file, quoted only where RFC 4180 asks for it.
std::string csv_field(std::string_view text);

/// A line of a CSV file with its end.
std::string csv_row(const std::vector<std::string>& fields);

}  // namespace wafercast
