#include "validation/reference_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "reader/text_tree.hpp"

namespace wafercast {

namespace {

/// Cells of one record; quoted cells may hold commas and line ends (RFC 4180).
class CsvCursor {
public:
    explicit CsvCursor(std::string_view text) : text_{text} {
        if (text_.substr(0, 3) == "\xEF\xBB\xBF") {
            at_ = 3;
        }
    }

    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] int line() const { return line_; }

    /// Steps over blank and comment lines.
    void skip_comments() {
        while (!at_end() && (text_[at_] == '#' || text_[at_] == '\n' || text_[at_] == '\r')) {
            const auto end = text_.find('\n', at_);
            at_ = end == std::string_view::npos ? text_.size() : end + 1;
            ++line_;
        }
    }

    /// A record's cells. @param places  columns of the text where they begin, from 1
    std::vector<std::string> record(std::vector<int>& places) {
        std::vector<std::string> cells(1);
        bool quoted = false;
        const std::size_t begin = at_;
        places.assign(1, 1);
        for (; !at_end(); ++at_) {
            const char c = text_[at_];
            line_ += c == '\n' ? 1 : 0;
            if (quoted) {
                if (c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                    cells.back() += c;
                    ++at_;
                } else if (c == '"') {
                    quoted = false;
                } else {
                    cells.back() += c;
                }
            } else if (c == '"' && cells.back().empty()) {
                quoted = true;
            } else if (c == ',') {
                cells.emplace_back();
                places.push_back(static_cast<int>(at_ - begin) + 2);
            } else if (c == '\n') {
                ++at_;
                break;
            } else if (c != '\r') {
                cells.back() += c;
            }
        }
        return cells;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

Failure problem(const std::string& file, int line, std::string message, int column = 1) {
    return {.code = "validation.table",
            .message = std::move(message),
            .where = {.file = file, .line = line, .column = column}};
}

std::optional<double> number_in(const std::string& text) {
    double value = 0.0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (text.empty() || error != std::errc{} || end != last || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

Result<ReferenceTable> read_reference_text(std::string_view text, const std::string& file,
                                           Failures* ragged) {
    ReferenceTable table;
    table.file = file;
    CsvCursor cursor{text};
    Failures failures;
    cursor.skip_comments();
    table.header_line = cursor.line();
    std::vector<int> places;
    table.columns = cursor.at_end() ? std::vector<std::string>{} : cursor.record(places);
    if (table.columns.empty()) {
        return problem(file, table.header_line, "the table is empty: no line names its columns.");
    }
    for (cursor.skip_comments(); !cursor.at_end(); cursor.skip_comments()) {
        const int line = cursor.line();
        std::vector<std::string> cells = cursor.record(places);
        if (cells.size() != table.columns.size()) {
            failures.push_back(problem(file, line,
                                       std::to_string(cells.size()) + " cells under " +
                                           std::to_string(table.columns.size()) + " columns."));
            continue;
        }
        ReferenceTable::Row row{line, {}};
        for (std::size_t i = 0; i < cells.size(); ++i) {
            row.cells[table.columns[i]] = std::move(cells[i]);
            row.places[table.columns[i]] = places[i];
        }
        table.rows.push_back(std::move(row));
    }
    if (ragged != nullptr) {
        ragged->insert(ragged->end(), failures.begin(), failures.end());
    } else if (!failures.empty()) {
        return failures;
    }
    return table;
}

Failures with_ragged(Failures ragged, Failures others) {
    ragged.insert(ragged.end(), others.begin(), others.end());
    std::stable_sort(ragged.begin(), ragged.end(), [](const Failure& a, const Failure& b) {
        return a.where.file == b.where.file && a.where.line < b.where.line;
    });
    return ragged;
}

Result<ReferenceTable> read_reference_table(const std::filesystem::path& path, Failures* ragged) {
    const auto text = read_text_file(path.string());
    if (!text) {
        return text.error();
    }
    return read_reference_text(*text, path.string(), ragged);
}

std::string RowReader::text(const std::string& column) const {
    const auto found = row_.cells.find(column);
    return found == row_.cells.end() ? std::string{} : found->second;
}

void RowReader::fail(const std::string& column, const std::string& message) const {
    const auto place = row_.places.find(column);
    problems_.push_back(problem(table_.file, row_.line, column + ": " + message,
                                place == row_.places.end() ? 1 : place->second));
}

double RowReader::need(const std::string& column) const {
    const auto value = number_in(text(column));
    if (!value) {
        fail(column, "'" + text(column) + "' is no number.");
    }
    return value.value_or(0.0);
}

double RowReader::maybe(const std::string& column, double fallback) const {
    return text(column).empty() ? fallback : need(column);
}

double RowReader::whole(const std::string& column, double least, double most) const {
    const auto value = number_in(text(column));
    if (value && (*value != std::floor(*value) || *value < least || *value > most)) {
        fail(column, "'" + text(column) + "' is no whole number from " +
                         std::to_string(static_cast<long long>(least)) + " to " +
                         std::to_string(static_cast<long long>(most)) + ".");
        return least;
    }
    return value ? *value : need(column);
}

double RowReader::maybe_whole(const std::string& column, double fallback, double least) const {
    return text(column).empty() ? fallback : whole(column, least);
}

double RowReader::above_zero(const std::string& column) const {
    const auto value = number_in(text(column));
    if (value && !(*value > 0.0)) {
        fail(column, "'" + text(column) + "' is not above zero.");
    }
    return value ? *value : need(column);
}

Failures missing_columns(const ReferenceTable& table, const std::vector<std::string>& needed) {
    Failures failures;
    for (const std::string& column : needed) {
        if (std::find(table.columns.begin(), table.columns.end(), column) == table.columns.end()) {
            failures.push_back(
                problem(table.file, table.header_line, "column '" + column + "' is missing."));
        }
    }
    return failures;
}

}  // namespace wafercast
