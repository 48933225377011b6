#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/benchmark.hpp"
#include "format/format_number.hpp"
#include "format/text_table.hpp"

namespace {

using namespace wafercast;

std::string quote(const std::string& text) { return "\"" + text + "\""; }

void print_json(const std::vector<bench::Row>& rows) {
    std::cout << "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bench::Row& row = rows[i];
        std::cout << (i == 0 ? "\n" : ",\n") << "  {\"name\": " << quote(row.name)
                  << ", \"value\": " << json_number(row.value) << ", \"unit\": " << quote(row.unit)
                  << ", \"baseline\": ";
        if (row.baseline_name.empty()) {
            std::cout << "null, \"ratio\": null";
        } else {
            std::cout << "{\"name\": " << quote(row.baseline_name)
                      << ", \"value\": " << json_number(row.baseline)
                      << "}, \"ratio\": " << json_number(row.ratio);
        }
        std::cout << ", \"cpu_seconds\": " << json_number(row.cpu_seconds)
                  << ", \"buys\": " << quote(row.buys) << "}";
    }
    std::cout << "\n]\n";
}

void print_table(const std::vector<bench::Row>& rows) {
    using Align = TextTable::Align;
    TextTable table{{{"case", Align::kLeft},
                     {"value", Align::kRight},
                     {"unit", Align::kLeft},
                     {"baseline", Align::kLeft},
                     {"times better", Align::kRight},
                     {"buys", Align::kLeft}}};
    for (const bench::Row& row : rows) {
        table.add({row.name, format_number(row.value, 4), row.unit,
                   row.baseline_name.empty()
                       ? ""
                       : row.baseline_name + " " + format_number(row.baseline, 4),
                   row.baseline_name.empty() ? "" : format_number(row.ratio, 3), row.buys});
    }
    std::cout << table.text();
}

}  // namespace

int main(int argc, char** argv) {
    std::string filter;
    bool json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const bool has_value = i + 1 < argc;
        if (argument == "--filter" && has_value) {
            filter = argv[++i];
        } else if (argument == "--format" && has_value) {
            const std::string_view format = argv[++i];
            if (format != "json" && format != "table") {
                std::cerr << "--format is json or table\n";
                return 2;
            }
            json = format == "json";
        } else if (argument == "--list") {
            for (const auto& item : bench::cases()) {
                std::cout << item.name << "  " << item.buys << '\n';
            }
            return 0;
        } else {
            std::cerr << "usage: wafercast-bench [--filter NAME] [--format json|table] [--list]\n";
            return argument == "--help" ? 0 : 2;
        }
    }
    auto& all = bench::cases();
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::string_view{a.name} < std::string_view{b.name};
    });
    std::vector<bench::Row> rows;
    for (const auto& item : all) {
        if (std::string_view{item.name}.find(filter) != std::string_view::npos) {
            std::cerr << item.name << " ...\n";
            rows.push_back(bench::measure(item));
        }
    }
    if (rows.empty()) {
        std::cerr << "no case holds '" << filter << "' in its name; see --list\n";
        return 2;
    }
    json ? print_json(rows) : print_table(rows);
    return 0;
}
