#include "session/export_study.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "store/study_store.hpp"

namespace wafercast {

namespace {

/// A part of a result: a name and the query that yields it in a fixed order.
struct Part {
    std::string name;
    std::string sql;
};

/// Facts that differ between two equal studies: when, by which file name, kept how.
constexpr std::string_view kPassingMeta = "'started', 'finished', 'study_file', 'design_file'";

std::vector<Part> parts_of(bool canonical) {
    std::string meta = "SELECT run, key, value FROM meta";
    if (canonical) {
        meta += " WHERE key NOT IN (" + std::string{kPassingMeta} + ")";
    }
    return {
        {"meta", meta + " ORDER BY run, key"},
        {"columns",
         "SELECT column_name, role, name, title, unit FROM result_columns ORDER BY "
         "role DESC, position"},
        {"objectives", "SELECT run, column_name, sense FROM objectives ORDER BY run, position"},
        {"constraints",
         "SELECT run, column_name, minimum, maximum FROM constraints ORDER BY run, "
         "position"},
        {"designs", "SELECT * FROM designs ORDER BY run, point"},
        {"failures", "SELECT run, reason, points FROM failure_counts ORDER BY run, reason"},
        {"violations",
         "SELECT run, point, reason, subject, value, limit_value, unit FROM "
         "violations ORDER BY run, point, position"},
        {"chunks",
         "SELECT run, chunk, first_point, points, feasible FROM chunk_done ORDER BY run, "
         "chunk"},
        {"cost_lines",
         "SELECT run, point, tree, line, parent, depth, label, amount, unit FROM "
         "tree_lines ORDER BY run, point, tree, line"},
        {"assumptions", "SELECT * FROM assumptions ORDER BY run, path"},
    };
}

std::string json_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20) {
            constexpr std::string_view kDigits = "0123456789abcdef";
            out += "\\u00";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string cell_text(const StudyStore::Cell& cell, bool json) {
    using Kind = StudyStore::Cell::Kind;
    switch (cell.kind) {
        case Kind::kInteger:
            return std::to_string(cell.integer);
        case Kind::kReal:
            return json_number(cell.real);
        case Kind::kText:
            return json ? json_text(cell.text) : cell.text;
        case Kind::kNull:
            break;
    }
    return json ? "null" : "";
}

Result<Done> write_csv(const StudyStore& store, const Part& part, std::ostream& out) {
    return store.query_each(
        part.sql, [&](const std::vector<std::string>& columns) { out << csv_row(columns); },
        [&](const std::vector<StudyStore::Cell>& row) {
            std::vector<std::string> fields;
            for (const auto& cell : row) {
                fields.push_back(cell_text(cell, false));
            }
            out << csv_row(fields);
            return out.good();
        });
}

Result<Done> write_json(const StudyStore& store, const Part& part, std::ostream& out) {
    std::vector<std::string> names;
    bool first = true;
    out << ",\n\"" << part.name << "\": [";
    auto done = store.query_each(
        part.sql, [&](const std::vector<std::string>& columns) { names = columns; },
        [&](const std::vector<StudyStore::Cell>& row) {
            out << (first ? "\n{" : ",\n{");
            first = false;
            for (std::size_t i = 0; i < row.size(); ++i) {
                out << (i == 0 ? "" : ", ") << json_text(names[i]) << ": "
                    << cell_text(row[i], true);
            }
            out << "}";
            return out.good();
        });
    out << "\n]";
    return done;
}

}  // namespace

Result<Done> export_study(const std::filesystem::path& path, const ExportOptions& options,
                          std::ostream& out) {
    const auto store = StudyStore::open_to_read(path);
    if (!store) {
        return store.error();
    }
    const bool json = options.format == ExportOptions::Format::kJson;
    if (json) {
        out << "{\"schema\": \"wafercast.study/1\"";
    }
    for (const Part& part : parts_of(options.canonical)) {
        if (json) {
            if (auto done = write_json(*store, part, out); !done) {
                return done;
            }
        } else if (options.canonical || part.name == "designs") {
            if (options.canonical) {
                out << "# " << part.name << "\n";
            }
            if (auto done = write_csv(*store, part, out); !done) {
                return done;
            }
        }
    }
    if (json) {
        out << "\n}\n";
    }
    return Done{};
}

}  // namespace wafercast
