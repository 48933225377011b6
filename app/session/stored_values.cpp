#include "session/stored_values.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <ctime>

#include "reader/write_design.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {

namespace {

/// The number of quantity_text(), which is what a person would write: 25.4 for 0.0254 m in mm.
double in_unit(double base_value, std::string_view unit) {
    const std::string text = quantity_text(base_value, unit);
    double number = base_value;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} ? number : base_value;
}

template <class Line, class Amount>
void flatten(const Line& line, Amount amount, std::int64_t parent, int depth,
             const StoredTreeLine& form, std::vector<StoredTreeLine>& out, std::int64_t& next) {
    StoredTreeLine stored = form;
    stored.line = next++;
    stored.parent = parent;
    stored.depth = depth;
    stored.label = line.label;
    stored.amount = amount(line);
    const std::int64_t self = stored.line;
    out.push_back(std::move(stored));
    for (const Line& child : line.children) {
        flatten(child, amount, self, depth + 1, form, out, next);
    }
}

}  // namespace

std::vector<const MetricInfo*> stored_metric_infos() {
    std::vector<const MetricInfo*> infos;
    for (const MetricInfo& metric : metric_table()) {
        if (metric.name != "feasible") {  // a column of its own, study's constraints included
            infos.push_back(&metric);
        }
    }
    return infos;
}

std::vector<StoredMetric> stored_metrics() {
    std::vector<StoredMetric> metrics;
    for (const MetricInfo* metric : stored_metric_infos()) {
        metrics.push_back({std::string{metric->name}, std::string{metric->column},
                           std::string{metric->title}, std::string{metric->unit}});
    }
    return metrics;
}

std::string column_name(std::string_view path, std::string_view unit) {
    std::string name;
    const auto add = [&name](std::string_view text) {
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (std::isalnum(byte) != 0) {
                name += static_cast<char>(std::tolower(byte));
            } else if (c == '/') {
                name += name.empty() || name.back() == '_' ? "per_" : "_per_";
            } else if (c == '%') {
                name += "percent";
            } else if (!name.empty() && name.back() != '_') {
                name += '_';
            }
        }
    };
    add(path);
    if (!unit.empty()) {
        name += '_';
        add(unit);
    }
    return name;
}

StoredVariable stored_variable(const StudyAxis& axis) {
    StoredVariable variable;
    variable.path = axis.path;
    variable.title = axis.info->label.empty() ? axis.path : std::string{axis.info->label};
    const bool numeric = !axis.numbers.empty();
    variable.unit = numeric ? std::string{axis.info->unit} : std::string{};
    variable.type = !numeric           ? ColumnType::kText
                    : axis.info->whole ? ColumnType::kInteger
                                       : ColumnType::kReal;
    variable.column = column_name(axis.path, variable.unit);
    for (std::size_t i = 0; i < axis.texts.size(); ++i) {
        variable.values.push_back(
            {numeric ? in_unit(axis.numbers[i], variable.unit) : 0.0, axis.texts[i]});
    }
    return variable;
}

std::vector<StoredAssumption> stored_assumptions(const std::vector<ScalarOrigin>& origins) {
    std::vector<StoredAssumption> assumptions;
    for (const ScalarOrigin& origin : origins) {
        const std::string unit = default_unit(origin.dimension);
        assumptions.push_back({.path = origin.path,
                               .value = in_unit(origin.value, unit),
                               .low = in_unit(origin.low, unit),
                               .high = in_unit(origin.high, unit),
                               .unit = unit,
                               .written = origin.text,
                               .source = origin.source,
                               .as_of = origin.as_of,
                               .confidence = std::string{name(origin.confidence)},
                               .range_by_rule = origin.range_by_rule});
    }
    return assumptions;
}

std::vector<StoredTreeLine> stored_trees(std::int64_t point, const Evaluation& evaluation) {
    std::vector<StoredTreeLine> lines;
    const auto add = [&](const char* tree, const char* unit, const auto& root, auto amount) {
        StoredTreeLine form;
        form.point = point;
        form.tree = tree;
        form.unit = unit;
        std::int64_t next = 0;
        flatten(root, amount, -1, 0, form, lines, next);
    };
    const auto usd = [](const CostLine& line) { return line.usd; };
    if (evaluation.cost_tree) {
        add("usd_per_mtok", "USD/Mtok", *evaluation.cost_tree, usd);
    }
    add("accelerator", "USD", evaluation.accelerator_tree, usd);
    if (evaluation.energy_tree) {
        add("energy", "J/tok", *evaluation.energy_tree,
            [](const EnergyLine& line) { return line.joules; });
    }
    return lines;
}

std::vector<StoredCatalogEntry> stored_catalog(const Catalog& catalog) {
    std::vector<StoredCatalogEntry> stored;
    for (const std::string& kind : catalog.kinds()) {
        for (const CatalogEntry* entry : catalog.entries(kind)) {
            stored.push_back({kind, entry->id, entry->title, write_catalog_entry(*entry)});
        }
    }
    return stored;
}

std::string fingerprint(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    }
    return fingerprint(hash);
}

std::string fingerprint(std::uint64_t hash) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 16; i-- > 0; hash >>= 4) {
        text[i] = kDigits[hash & 15U];
    }
    return text;
}

std::string iso_time_now() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text.data();
}

}  // namespace wafercast
