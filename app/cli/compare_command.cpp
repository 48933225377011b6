#include "cli/compare_command.hpp"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/design_fields.hpp"
#include "evaluate/metric_names.hpp"
#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kEqual = 1e-9;  ///< relative; figures closer than this are one

struct FieldDifference {
    std::string path, first, second;
};

struct MetricDifference {
    const MetricInfo* metric = nullptr;
    double first = 0.0, second = 0.0;
};

struct LineDifference {
    std::string label;
    double first = 0.0, second = 0.0;
};

std::vector<FieldDifference> field_differences(const Design& a, const Design& b) {
    std::map<std::string, FieldDifference> all;
    for (const ConstFieldRef& field : fields(a)) {
        all[field.path].first = field_text(field);
    }
    for (const ConstFieldRef& field : fields(b)) {
        all[field.path].second = field_text(field);
    }
    std::vector<FieldDifference> differences;
    for (auto& [path, difference] : all) {
        if (difference.first != difference.second) {
            difference.path = path;
            differences.push_back(difference);
        }
    }
    return differences;
}

/// Whether the metric is of the perspective that a design names, not of one the metric names.
bool of_perspective(const MetricInfo& metric) {
    return metric.name.starts_with("token_economics.usd_per_mtok");
}

std::vector<MetricDifference> metric_differences(const Evaluation& a, const Evaluation& b) {
    std::vector<MetricDifference> differences;
    for (const MetricInfo& metric : metric_table()) {
        if (metric.needs_workload && !(a.metrics.has_workload && b.metrics.has_workload)) {
            continue;
        }
        // A cost of one side against that of another compares nothing: like with like below.
        if (a.perspective != b.perspective && of_perspective(metric)) {
            continue;
        }
        const double first = metric.value(a.metrics);
        const double second = metric.value(b.metrics);
        if (std::isfinite(first) && std::isfinite(second)) {
            differences.push_back({&metric, first, second});
        }
    }
    return differences;
}

/// Leaves of both trees side by side; their differences sum to the difference of the totals.
void collect_leaves(const CostLine& line, const std::string& prefix, bool second,
                    std::vector<LineDifference>& lines) {
    const std::string label = prefix.empty() ? line.label : prefix + "." + line.label;
    if (!line.children.empty()) {
        for (const CostLine& child : line.children) {
            collect_leaves(child, prefix.empty() && line.label == "usd_per_mtok" ? "" : label,
                           second, lines);
        }
        return;
    }
    for (LineDifference& known : lines) {
        if (known.label == label) {
            (second ? known.second : known.first) += line.usd;
            return;
        }
    }
    lines.push_back({label, second ? 0.0 : line.usd, second ? line.usd : 0.0});
}

std::string side(const Evaluation& evaluation) {
    return evaluation.metrics.has_workload
               ? std::string{kPerspectiveNames[static_cast<std::size_t>(evaluation.perspective)]}
               : std::string{"builder"};
}

/// Whether both designs have a cost of a token, and of the same side.
bool same_tree(const Evaluation& a, const Evaluation& b) {
    return a.cost_tree && b.cost_tree && a.perspective == b.perspective;
}

std::vector<LineDifference> cost_differences(const Evaluation& a, const Evaluation& b) {
    std::vector<LineDifference> lines;
    const bool tokens = same_tree(a, b);
    collect_leaves(tokens ? *a.cost_tree : a.accelerator_tree, "", false, lines);
    collect_leaves(tokens ? *b.cost_tree : b.accelerator_tree, "", true, lines);
    std::erase_if(
        lines, [](const LineDifference& line) { return line.first == 0.0 && line.second == 0.0; });
    return lines;
}

std::string change(double first, double second) {
    if (first == 0.0 || second / first > 100.0) {
        return second == first ? "=" : "";
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%+.1f %%", (second / first - 1.0) * 100.0);
    return text.data();
}

std::string metric_text(const MetricInfo& metric, double value) {
    if (metric.name == "feasible") {
        return value > 0.0 ? "yes" : "no";
    }
    const auto unit = parse_unit(metric.unit);
    return format_quantity(metric.unit.empty() || !unit ? value : value * unit->value,
                           metric.dimension, 4);
}

std::vector<TextTable::Column> compared(const char* what, const char* difference) {
    using enum TextTable::Align;
    return {{what}, {"A", kRight}, {"B", kRight}, {difference, kRight}};
}

void print_table(const Evaluation& a, const Evaluation& b,
                 const std::vector<FieldDifference>& inputs, CommandContext& context) {
    context.out << "A  " << a.design << "\nB  " << b.design << "\n\n";
    TextTable metrics{compared("", "B against A")};
    metrics.add({"Perspective", side(a), side(b), a.perspective == b.perspective ? "=" : ""});
    std::size_t equal = 0;
    for (const MetricDifference& d : metric_differences(a, b)) {
        if (std::abs(d.first - d.second) <= kEqual * std::abs(d.first)) {
            ++equal;
            continue;
        }
        const bool verdict = d.metric->name == "feasible";
        metrics.add({std::string{d.metric->title}, metric_text(*d.metric, d.first),
                     metric_text(*d.metric, d.second),
                     verdict ? std::string{} : change(d.first, d.second)});
    }
    context.out << metrics.text();
    if (equal > 0) {
        context.out << equal << (equal == 1 ? " figure is equal.\n" : " figures are equal.\n");
    }
    context.out << '\n';
    const bool tokens = same_tree(a, b);
    TextTable costs{compared(tokens ? "USD per million tokens" : "USD per accelerator", "B - A")};
    double sum = 0.0;
    for (const LineDifference& line : cost_differences(a, b)) {
        costs.add({line.label, format_money(line.first), format_money(line.second),
                   format_money(line.second - line.first)});
        sum += line.second - line.first;
    }
    costs.add({"total", "", "", format_money(sum)});
    context.out << costs.text() << '\n';
    TextTable changed{{{"input"}, {"A"}, {"B"}}};
    for (const FieldDifference& field : inputs) {
        changed.add({field.path, field.first, field.second});
    }
    context.out << changed.text();
}

void print_json(const Evaluation& a, const Evaluation& b,
                const std::vector<FieldDifference>& inputs, CommandContext& context) {
    Json json{{"schema", "wafercast.comparison/1"}, {"a", a.design}, {"b", b.design}};
    json["perspectives"] = {{"a", side(a)}, {"b", side(b)}};
    json["metrics"] = Json::array();
    for (const MetricDifference& d : metric_differences(a, b)) {
        json["metrics"].push_back({{"metric", d.metric->name},
                                   {"unit", d.metric->unit},
                                   {"a", d.first},
                                   {"b", d.second}});
    }
    json["cost_lines"] = Json::array();
    for (const LineDifference& line : cost_differences(a, b)) {
        json["cost_lines"].push_back({{"label", line.label},
                                      {"a", line.first},
                                      {"b", line.second},
                                      {"difference", line.second - line.first}});
    }
    json["inputs"] = Json::array();
    for (const FieldDifference& field : inputs) {
        json["inputs"].push_back({{"path", field.path}, {"a", field.first}, {"b", field.second}});
    }
    context.out << json.dump(2) << '\n';
}

}  // namespace

int run_compare(const CompareArguments& arguments, CommandContext& context) {
    const auto first_sets = parse_overrides(arguments.first_sets);
    const auto second_sets = parse_overrides(arguments.second_sets);
    Failures failures;
    for (const auto* sets : {&first_sets, &second_sets}) {
        failures.insert(failures.end(), sets->error().begin(), sets->error().end());
    }
    if (!failures.empty()) {
        return report(context, failures);
    }
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    const auto first = session->load(arguments.first, *first_sets);
    const auto second = session->load(arguments.second, *second_sets);
    for (const auto* loaded : {&first, &second}) {
        failures.insert(failures.end(), loaded->error().begin(), loaded->error().end());
    }
    if (!failures.empty()) {
        return report(context, failures);
    }
    EvaluateOptions options;
    options.samples = 0;
    options.functional = EvaluateOptions::Functional::kCachedOnly;
    const auto a = session->evaluate(*first, options);
    const auto b = session->evaluate(*second, options);
    for (const auto* evaluation : {&a, &b}) {
        if (!*evaluation) {
            return report(context, evaluation->error());
        }
    }
    const auto inputs = field_differences(first->design, second->design);
    arguments.format == "json" ? print_json(*a, *b, inputs, context)
                               : print_table(*a, *b, inputs, context);
    return a->feasible && b->feasible ? kFeasible : kInfeasible;
}

}  // namespace wafercast::cli
