#include "format/text_table.hpp"

#include <algorithm>

namespace wafercast {
namespace {

void pad(std::string& line, std::string_view cell, std::size_t width, TextTable::Align align) {
    const std::string blanks(width - std::min(width, display_width(cell)), ' ');
    if (align == TextTable::Align::kRight) {
        line += blanks;
        line += cell;
    } else {
        line += cell;
        line += blanks;
    }
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        const bool combining = (byte == 0xCC || byte == 0xCD) && i + 1 < utf8.size() &&
                               (byte == 0xCC || static_cast<unsigned char>(utf8[i + 1]) < 0xB0);
        if ((byte & 0xC0U) != 0x80U && !combining) {
            ++width;
        }
    }
    return width;
}

void TextTable::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

std::string TextTable::text(std::string_view indent) const {
    std::vector<std::size_t> widths;
    bool titled = false;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = display_width(columns_[i].title);
        titled = titled || width > 0;
        for (const auto& row : rows_) {
            width = std::max(width, display_width(row[i]));
        }
        widths.push_back(width);
    }
    std::string out;
    const auto add_line = [&](const auto& cell_of) {
        std::string line{indent};
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            line += i == 0 ? "" : "  ";
            pad(line, cell_of(i), widths[i], columns_[i].align);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    };
    if (titled) {
        add_line([&](std::size_t i) { return columns_[i].title; });
        add_line([&](std::size_t i) { return std::string(widths[i], '-'); });
    }
    for (const auto& row : rows_) {
        add_line([&](std::size_t i) { return row[i]; });
    }
    return out;
}

std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        return std::string{text};
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c;
        if (c == '"') {
            quoted += c;
        }
    }
    return quoted + '"';
}

std::string csv_row(const std::vector<std::string>& fields) {
    std::string row;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        row += (i == 0 ? "" : ",") + csv_field(fields[i]);
    }
    return row + "\n";
}

}  // namespace wafercast
