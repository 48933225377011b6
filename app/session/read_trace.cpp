#include "session/read_trace.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "reader/text_tree.hpp"

namespace wafercast {
namespace {

constexpr std::array<std::string_view, 3> kColumns{"arrival_s", "input_tokens", "output_tokens"};
constexpr double kMostTokens = 1e8;

struct Cell {
    std::string_view text;
    int column = 1;  ///< of its first character
};

std::string_view trimmed(std::string_view text, int& column) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
        ++column;
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    return text;
}

std::vector<Cell> split(std::string_view line) {
    std::vector<Cell> cells;
    std::size_t start = 0;
    while (true) {
        const std::size_t comma = std::min(line.find(',', start), line.size());
        int column = static_cast<int>(start) + 1;
        const std::string_view text = trimmed(line.substr(start, comma - start), column);
        cells.push_back({text, column});
        if (comma == line.size()) {
            return cells;
        }
        start = comma + 1;
    }
}

class TraceReader {
public:
    TraceReader(std::string_view text, const std::string& file) : text_{text}, file_{file} {}

    Result<std::vector<TraceRequest>> read() {
        while (!text_.empty()) {
            const std::size_t end = std::min(text_.find('\n'), text_.size());
            read_line(text_.substr(0, end));
            text_.remove_prefix(std::min(end + 1, text_.size()));
        }
        if (!header_) {
            fail(std::max(line_, 1), 1,
                 "needs a line that names the columns arrival_s, "
                 "input_tokens and output_tokens.");
        } else if (requests_.empty() && failures_.empty()) {
            fail(line_, 1, "has no request.");
        }
        if (!failures_.empty()) {
            return failures_;
        }
        const double first = requests_.front().arrival;
        for (TraceRequest& request : requests_) {
            request.arrival -= first;
        }
        return requests_;
    }

private:
    void fail(int line, int column, std::string message) {
        failures_.push_back({.code = "trace.form",
                             .message = std::move(message),
                             .where = {.file = file_, .line = line, .column = column}});
    }

    void read_line(std::string_view line) {
        ++line_;
        int column = 1;
        const std::string_view content = trimmed(line, column);
        if (content.empty() || content.front() == '#') {
            return;
        }
        const std::vector<Cell> cells = split(line);
        if (!header_) {
            read_header(cells);
        } else {
            read_request(cells);
        }
    }

    void read_header(const std::vector<Cell>& cells) {
        header_ = true;
        for (std::size_t i = 0; i < kColumns.size(); ++i) {
            for (std::size_t place = 0; place < cells.size(); ++place) {
                if (cells[place].text == kColumns[i]) {
                    places_[i] = place;
                }
            }
            if (!places_[i]) {
                fail(line_, 1, "no column '" + std::string{kColumns[i]} + "'.");
            }
        }
    }

    void read_request(const std::vector<Cell>& cells) {
        std::array<double, 3> values{};
        for (std::size_t i = 0; i < kColumns.size(); ++i) {
            if (!places_[i]) {
                return;  // told in the header
            }
            if (*places_[i] >= cells.size()) {
                fail(line_, 1, "no " + std::string{kColumns[i]} + " in this line.");
                return;
            }
            values[i] = number(cells[*places_[i]], kColumns[i], i > 0);
        }
        if (!requests_.empty() && values[0] < requests_.back().arrival) {
            fail(line_, cells[*places_[0]].column,
                 "arrival_s falls; arrivals are in order of time.");
        }
        requests_.push_back({values[0], values[1], values[2]});
    }

    double number(const Cell& cell, std::string_view name, bool tokens) {
        double value = 0.0;
        const char* end = cell.text.data() + cell.text.size();
        const auto parsed = std::from_chars(cell.text.data(), end, value);
        if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value)) {
            fail(line_, cell.column,
                 std::string{name} + " '" + std::string{cell.text} + "' is no number.");
        } else if (tokens && (value < 1.0 || value > kMostTokens || value != std::floor(value))) {
            fail(line_, cell.column,
                 std::string{name} + " must be a whole number from 1 to 100,000,000.");
        } else if (!tokens && value < 0.0) {
            fail(line_, cell.column, std::string{name} + " must not be negative.");
        }
        return value;
    }

    std::string_view text_;
    const std::string& file_;
    int line_ = 0;
    bool header_ = false;
    std::array<std::optional<std::size_t>, 3> places_;
    std::vector<TraceRequest> requests_;
    Failures failures_;
};

}  // namespace

Result<std::vector<TraceRequest>> read_trace_text(std::string_view text, const std::string& file) {
    return TraceReader{text, file}.read();
}

Result<std::vector<TraceRequest>> read_trace(const std::filesystem::path& path) {
    const auto text = read_text_file(path);
    if (!text) {
        return text.error();
    }
    return read_trace_text(*text, path.string());
}

}  // namespace wafercast
