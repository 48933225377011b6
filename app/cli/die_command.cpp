#include "cli/die_command.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/quantity_options.hpp"
#include "cli/wafer_map_svg.hpp"

#include "format/format_number.hpp"
#include "reader/atomic_file.hpp"
#include "session/die_calculator.hpp"
#include "units/units.hpp"

namespace wafercast::cli {

namespace {

namespace dim = dimension;
using Json = nlohmann::ordered_json;

/// What was asked, with stand-ins for what was typed wrongly so that the rest is still checked.
DieQuestion question_of(const DieArguments& arguments, QuantityOptions& options) {
    using Allow = QuantityOptions::Allow;
    const auto read = [&](const char* option, const std::string& text, Dimension dimension,
                          Allow allow = Allow::kPositive) -> std::optional<double> {
        const auto value = options.read(option, text, dimension, allow);
        return value || text.empty() ? value : 1.0;
    };
    DieQuestion question;
    question.process = arguments.process;
    question.width = read("--width", arguments.width, dim::length);
    question.height = read("--height", arguments.height, dim::length);
    question.area = read("--area", arguments.area, dim::area);
    question.yield_model = arguments.yield_model;
    question.defect_density =
        read("--d0", arguments.defect_density, dim::per_area, Allow::kZeroToo);
    question.clustering = read("--alpha", arguments.clustering, dim::none);
    question.layers = read("--layers", arguments.layers, dim::none);
    question.wafer_price = read("--wafer-price", arguments.wafer_price, dim::money);
    question.test = arguments.test;
    question.year = arguments.year;
    return question;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json range_json(const DieRange& range) {
    return {
        {"value", number(range.value)}, {"p10", number(range.low)}, {"p90", number(range.high)}};
}

std::string die_json(const DieAnswer& a, const DieQuestion& q) {
    const WaferCounts& counts = a.placement.counts;
    Json violations = Json::array();
    for (const Violation& v : a.violations) {
        violations.push_back({{"constraint", v.constraint},
                              {"value", number(v.value)},
                              {"limit", number(v.limit)},
                              {"unit", v.unit},
                              {"message", v.message}});
    }
    Json sources = Json::array();
    for (const ScalarOrigin& origin : a.assumptions) {
        sources.push_back({{"path", origin.path},
                           {"value", format_quantity(origin.value, origin.dimension)},
                           {"low", format_quantity(origin.low, origin.dimension)},
                           {"high", format_quantity(origin.high, origin.dimension)},
                           {"source", origin.source},
                           {"confidence", std::string{name(origin.confidence)}}});
    }
    const Json out{{"schema", "wafercast.die/1"},
                   {"feasible", a.violations.empty()},
                   {"process", a.process},
                   {"year", q.year},
                   {"width_mm", a.width * 1e3},
                   {"height_mm", a.height * 1e3},
                   {"area_mm2", a.width * a.height * 1e6},
                   {"rotated", a.placement.rotated},
                   {"dies_per_wafer", counts.whole},
                   {"partial_dies", counts.partial},
                   {"lost_dies", counts.lost},
                   {"exposures", counts.full_shots + counts.partial_shots},
                   {"full_exposures", counts.full_shots},
                   {"dies_per_exposure", counts.columns * counts.rows},
                   {"field_utilisation", a.field_use},
                   {"wafer_utilisation", a.wafer_use},
                   {"yield_model", lower(q.yield_model)},
                   {"defects_per_cm2", a.defect_density * 1e-4},
                   {"clustering", number(a.clustering)},
                   {"layers", a.layers},
                   {"expected_faults", a.expected_faults},
                   {"yield", range_json(a.yield)},
                   {"good_dies_per_wafer", a.good_dies},
                   {"wafer_price_usd", range_json(a.wafer_price)},
                   {"sort_cost_per_die_usd", number(a.sort_cost)},
                   {"cost_per_good_die_usd", range_json(a.cost_per_good_die)},
                   {"violations", violations},
                   {"assumptions", sources}};
    return out.dump(2) + "\n";
}

void row(std::ostream& out, std::string label, const std::string& value) {
    label.resize(22, ' ');
    out << "  " << label << value << '\n';
}

void print_table(const DieAnswer& a, const DieQuestion& q, std::ostream& out) {
    const WaferCounts& counts = a.placement.counts;
    const WaferGeometry& g = a.placement.geometry;
    out << format_in_unit(a.width, "mm", 4) << " x " << format_in_unit(a.height, "mm", 4) << " = "
        << format_in_unit(a.width * a.height, "mm2", 4) << " on " << a.process << ", year "
        << format_number(q.year, 6) << "\n\n";
    row(out, "whole dies",
        format_count(counts.whole) + " per " + format_in_unit(g.diameter, "mm") +
            " wafer at the best offset" + (a.placement.rotated ? ", die turned" : ""));
    row(out, "partial | lost",
        format_count(counts.partial) + " | " + format_count(counts.lost) + " (scribe " +
            format_in_unit(a.scribe, "mm") + ", edge " + format_in_unit(a.edge, "mm") + ")");
    row(out, "exposures",
        format_count(counts.full_shots + counts.partial_shots) + ", " +
            format_count(counts.full_shots) + " full, of " + format_count(counts.columns) + " x " +
            format_count(counts.rows) + " dies");
    row(out, "area used",
        (a.field_use > 1.0 ? std::string{"fits no field"} : "field " + format_share(a.field_use)) +
            ", wafer " + format_share(a.wafer_use));
    row(out, "defects",
        format_in_unit(a.defect_density, "/cm2") + ", clustering " + format_number(a.clustering) +
            ", " + format_number(a.expected_faults) + " expected on a die");
    row(out, "yield",
        counts.whole > 0 ? format_share(a.yield.value) + "   " + format_share(a.yield.low) +
                               " to " + format_share(a.yield.high) + "   " + lower(q.yield_model)
                         : std::string{"none: no whole die on the wafer"});
    row(out, "good dies", format_number(a.good_dies) + " per wafer");
    row(out, "wafer price",
        format_money(a.wafer_price.value) + "   " + format_money(a.wafer_price.low) + " to " +
            format_money(a.wafer_price.high));
    if (a.sort_cost > 0.0) {
        row(out, "sort", format_money(a.sort_cost) + " per whole die");
    }
    row(out, "cost per good die",
        std::isfinite(a.cost_per_good_die.value)
            ? format_money(a.cost_per_good_die.value) + "   " +
                  format_money(a.cost_per_good_die.low) + " to " +
                  format_money(a.cost_per_good_die.high)
            : std::string{"none: no good die"});
    out << "\nRanges are P10 to P90. The yield is that of dies without a defect anywhere; "
           "`wafercast eval` adds repair and harvesting.\n";
    for (const ScalarOrigin& origin : a.assumptions) {
        if (origin.uncertain()) {
            out << "  " << origin.path << " = " << format_quantity(origin.value, origin.dimension)
                << "  [" << origin.source << "]\n";
        }
    }
    for (const Violation& violation : a.violations) {
        out << (&violation == &a.violations.front() ? "\nInfeasible\n" : "") << "  "
            << violation.constraint << ": " << violation.message << '\n';
    }
}

}  // namespace

int run_die(const DieArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    QuantityOptions options;
    const DieQuestion question = question_of(arguments, options);
    const auto answered = answer(question, *session->catalog(), session->models(), context.seed);
    Failures problems = options.failures();
    if (!answered) {
        problems.insert(problems.end(), answered.error().begin(), answered.error().end());
    }
    if (!problems.empty()) {
        return report(context, problems);
    }
    if (!arguments.map.empty()) {
        const std::string title = format_count(answered->placement.counts.whole) +
                                  " whole dies of " + format_in_unit(answered->width, "mm", 4) +
                                  " x " + format_in_unit(answered->height, "mm", 4) + " on " +
                                  answered->process;
        const auto written =
            write_file_atomically(arguments.map, wafer_map_svg(answered->placement, title));
        if (!written) {
            report(context, written.error());
            return kWriteFailed;
        }
        if (!context.quiet) {
            context.err << "Map written to " << arguments.map << '\n';
        }
    }
    if (arguments.format == "json") {
        context.out << die_json(*answered, question);
    } else {
        print_table(*answered, question, context.out);
    }
    return answered->violations.empty() ? kFeasible : kInfeasible;
}

}  // namespace wafercast::cli
