#include "cli/evaluation_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "evaluate/metric_names.hpp"
#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "units/units.hpp"

namespace wafercast::cli {

namespace {

namespace dim = dimension;

std::string pad(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

std::string right(const std::string& text, std::size_t width) {
    return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string percent(double share) {
    if (!std::isfinite(share)) {
        return "-";
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %%", share * 100.0);
    return text.data();
}

std::string usd_per_mtok(double value) {
    return std::isfinite(value) ? format_money(value) + "/Mtok" : std::string{"unknown"};
}

void add(std::string& out, const std::string& label, const std::string& value) {
    out += "  " + pad(label, 26) + value + "\n";
}

void add_band(std::string& out, const std::string& label, const std::optional<Band>& band,
              std::string (*text)(double)) {
    if (band) {
        add(out, label,
            text(band->p10) + "  " + text(band->p50) + "  " + text(band->p90) +
                "   (P10  P50  P90 over the inputs' ranges)");
    }
}

/// Where a value stands in its band, when that may surprise: the value takes every input at its
/// middle, and the middle of lopsided ranges is not the middle of what follows from them.
void add_place(std::string& out, const std::optional<Band>& band, double value) {
    if (!band || (value >= band->p50 && value <= band->p90)) {
        return;
    }
    std::string text = "the value stands ";
    text += value > band->p90 ? "above P90" : value < band->p10 ? "below P10" : "below P50";
    text += ": ranges are lopsided (docs/models/uncertainty.md)";
    add(out, "", text);
}

void headline(std::string& out, const Evaluation& evaluation) {
    const Economics& economics = evaluation.metrics.economics;
    const TokenEconomics& tokens = economics.tokens;
    const auto side = [&](Perspective p) {
        return economics.usd_per_mtok[static_cast<std::size_t>(p)];
    };
    add(out, "cost per million tokens",
        usd_per_mtok(tokens.usd_per_mtok) + "  as " +
            std::string{kPerspectiveNames[static_cast<std::size_t>(evaluation.perspective)]});
    add_band(out, "", evaluation.usd_per_mtok_band, [](double v) { return format_money(v); });
    add_place(out, evaluation.usd_per_mtok_band, tokens.usd_per_mtok);
    add(out, "  builder | owner",
        usd_per_mtok(side(Perspective::kBuilder)) + " | " +
            usd_per_mtok(side(Perspective::kOwner)));
    add(out, "  renter | API price",
        usd_per_mtok(side(Perspective::kRenter)) + " | " + usd_per_mtok(side(Perspective::kApi)));
    add(out, "  input | output",
        usd_per_mtok(tokens.usd_per_mtok_input) + " | " + usd_per_mtok(tokens.usd_per_mtok_output));
    add(out, "output rate",
        format_quantity(tokens.tokens_per_second, dim::token / dim::time) + " on " +
            format_count(tokens.accelerators) +
            (tokens.accelerators == 1.0 ? " accelerator (" : " accelerators (") +
            format_quantity(tokens.tokens_per_second_per_accelerator, dim::token / dim::time) +
            " each)");
    add(out, "per user",
        format_quantity(tokens.tokens_per_second_per_user, dim::token / dim::time) +
            ", first token " + format_quantity(tokens.ttft_s, dim::time) + ", then " +
            format_quantity(tokens.tpot_s, dim::time) + " each");
    add(out, "energy",
        format_quantity(tokens.joules_per_token, dim::energy) +
            " per output token at the facility, " +
            format_quantity(tokens.it_joules_per_token, dim::energy) + " in the racks");
}

void serving(std::string& out, const Evaluation& evaluation) {
    const Serving& serving = evaluation.metrics.serving;
    out += "\nServing\n";
    add(out, "mapping", mapping_words(serving.mapping));
    add(out, "sequences in flight",
        format_count(serving.batch) + " (KV cache holds " + format_count(serving.batch_capacity) +
            ")");
    add(out, "decode step | prefill",
        format_quantity(serving.decode_step_s, dim::time) + " | " +
            format_quantity(serving.prefill_s, dim::time));
    add(out, "bound",
        std::string{kBoundNames[static_cast<std::size_t>(serving.bound)]} + "; MFU " +
            percent(serving.mfu) + ", MBU " + percent(serving.mbu));
    add(out, "device power",
        format_quantity(serving.device_power, dim::power) + " at full load" +
            (serving.clock_factor < 1.0 ? ", clock throttled to " + percent(serving.clock_factor)
                                        : ""));
}

void silicon(std::string& out, const Evaluation& evaluation) {
    const Metrics& metrics = evaluation.metrics;
    out += "\nSilicon\n";
    for (std::size_t i = 0; i < evaluation.die_names.size(); ++i) {
        const PlacedDie& placed = metrics.layout.dies[i];
        const DieCost& cost = metrics.silicon.dies[i];
        add(out,
            evaluation.die_names[i] + " x " + format_count(evaluation.die_counts[i]) + ", " +
                evaluation.die_processes[i],
            format_quantity(placed.area, dim::area) + ", " + format_count(cost.gross_dies) +
                " per wafer, yield " + percent(cost.yield) + ", sellable " +
                percent(cost.sellable_yield) + ", " + format_money(cost.cost) + " each");
    }
    const PackageCost& package = metrics.package;
    add(out, "package " + evaluation.package_type,
        format_money(package.interposer + package.substrate + package.assembly) +
            " for carrier and assembly, yield " + percent(package.yield));
    add(out, "tested module",
        format_money(package.total) + ": dies " + format_money(package.dies) + ", memory " +
            format_money(package.memory) + ", test " + format_money(package.test) + ", scrap " +
            format_money(package.scrap));
    const DeviceRating& device = metrics.device;
    if (device.clock > 0.0) {
        std::string peaks;
        for (const NumberFormat f : {NumberFormat::kBf16, NumberFormat::kFp16, NumberFormat::kFp8,
                                     NumberFormat::kFp4, NumberFormat::kInt8}) {
            if (device.peak[index(f)] > 0.0) {
                peaks += (peaks.empty() ? "" : ", ") + std::string{name(f)} + " " +
                         format_quantity(device.peak[index(f)], dim::operation_rate);
            }
        }
        add(out, "peak", peaks);
        add(out, "memory",
            format_quantity(device.memory_bytes, dim::information) + " at " +
                format_quantity(device.memory_bytes_per_s, dim::bandwidth));
        add(out, "rated power", format_quantity(device.power, dim::power));
    }
    add(out, "accelerator cost",
        format_money(metrics.economics.accelerator_cost) +
            (std::isfinite(metrics.economics.accelerator_price)
                 ? ", price " + format_money(metrics.economics.accelerator_price)
                 : std::string{}));
    add_band(out, "", evaluation.accelerator_cost_band, [](double v) { return format_money(v); });
    if (!metrics.has_workload) {
        add_place(out, evaluation.accelerator_cost_band, metrics.economics.accelerator_cost);
    }
}

void tree(std::string& out, const CostLine& line, double total, int depth) {
    if (line.usd == 0.0) {
        return;
    }
    out += "  " + pad(std::string(static_cast<std::size_t>(depth) * 2, ' ') + line.label, 26) +
           right(format_money(line.usd), 12) + right(percent(line.usd / total), 10) + "\n";
    for (const CostLine& child : line.children) {
        tree(out, child, total, depth + 1);
    }
}

void energy(std::string& out, const EnergyLine& tree) {
    out += "\nEnergy of an output token\n";
    for (const EnergyLine& line : tree.children) {
        out += "  " + pad(line.label, 26) + right(format_quantity(line.joules, dim::energy), 12) +
               right(percent(line.joules / tree.joules), 10) + "\n";
    }
}

/// How well the inputs are known.
void confidence(std::string& out, const Evaluation& evaluation) {
    const auto& inputs = evaluation.assumptions;
    const auto low = std::count_if(inputs.begin(), inputs.end(), [](const ScalarOrigin& o) {
        return o.confidence == Confidence::kLow;
    });
    const auto ours = std::count_if(inputs.begin(), inputs.end(), [](const ScalarOrigin& o) {
        return o.source == "wafercast-assumption";
    });
    out += "\n" + std::to_string(low) + " of " + std::to_string(inputs.size()) +
           " inputs are of low confidence, " + std::to_string(ours) + " are our assumptions.\n";
}

/// The inputs whose ranges move the headline most: where better data would help.
void influences(std::string& out, const Evaluation& evaluation) {
    out += "\nWhat moves it most (of " + std::to_string(evaluation.assumptions.size()) +
           " sourced inputs; --format json has all)\n";
    TextTable table{{{""},
                     {"value", TextTable::Align::kRight},
                     {"low"},
                     {"high"},
                     {"headline at low"},
                     {"at high"},
                     {"source"}}};
    std::size_t shown = 0;
    for (const Influence& influence : evaluation.influences) {
        const auto origin =
            std::find_if(evaluation.assumptions.begin(), evaluation.assumptions.end(),
                         [&](const ScalarOrigin& o) { return o.path == influence.path; });
        if (origin == evaluation.assumptions.end() || ++shown > 10) {
            continue;
        }
        table.add({origin->path, format_quantity(origin->value, origin->dimension),
                   format_quantity(origin->low, origin->dimension),
                   format_quantity(origin->high, origin->dimension), format_money(influence.at_low),
                   format_money(influence.at_high), origin->source});
    }
    out += table.text("  ");
}

}  // namespace

std::string mapping_words(const Mapping& mapping) {
    std::string extra;
    const auto add_extra = [&extra](int ranks, const std::string& words) {
        if (ranks > 1) {
            extra += (extra.empty() ? "" : ", ") + words;
        }
    };
    add_extra(mapping.expert, "experts over " + std::to_string(mapping.expert));
    add_extra(mapping.data, "attention in " + std::to_string(mapping.data) + " groups");
    add_extra(mapping.context, "tokens over " + std::to_string(mapping.context));
    return "tensor " + std::to_string(mapping.tensor) + " x pipeline " +
           std::to_string(mapping.pipeline) + (extra.empty() ? "" : " (" + extra + ")");
}

std::string evaluation_report(const Evaluation& evaluation) {
    std::string out = evaluation.design +
                      (evaluation.status.empty() ? "" : " (" + evaluation.status + ")") +
                      ", year " + format_number(evaluation.year, 6) + "\n\n";
    if (evaluation.metrics.has_workload) {
        headline(out, evaluation);
        serving(out, evaluation);
    }
    silicon(out, evaluation);
    if (evaluation.cost_tree) {
        out += "\nCost of a million tokens\n";
        tree(out, *evaluation.cost_tree, evaluation.cost_tree->usd, 0);
    } else {
        out += "\nCost of one accelerator\n";
        tree(out, evaluation.accelerator_tree, evaluation.accelerator_tree.usd, 0);
    }
    if (evaluation.energy_tree) {
        energy(out, *evaluation.energy_tree);
    }
    const FunctionalSummary& functional = evaluation.functional;
    if (functional.kl) {
        out += "\nQuality in the candidate's numerics (" + functional.label + ")\n";
        std::array<char, 96> text{};
        std::snprintf(text.data(), text.size(), "KL %.6f nats, perplexity %.4f", *functional.kl,
                      functional.perplexity.value_or(NAN));
        add(out, "against fp32", text.data());
    }
    if (!evaluation.influences.empty()) {
        influences(out, evaluation);
    }
    if (!evaluation.assumptions.empty()) {
        confidence(out, evaluation);
    }
    if (!evaluation.notes.empty()) {
        out += "\nNotes\n";
        for (const std::string& note : evaluation.notes) {
            out += "  " + note + "\n";
        }
    }
    if (!evaluation.violations.empty()) {
        out += "\nInfeasible\n";
        for (const Violation& violation : evaluation.violations) {
            out += "  " + violation.constraint + ": " + violation.message + "\n";
        }
    }
    return out;
}

std::string evaluation_csv(const Evaluation& evaluation) {
    std::string header = "design";
    std::string row = csv_field(evaluation.design);
    for (const MetricInfo& metric : metric_table()) {
        header += "," + std::string{metric.column};
        const bool applies = evaluation.metrics.has_workload || !metric.needs_workload;
        const double value = metric.value(evaluation.metrics);
        row += "," + (applies && std::isfinite(value) ? json_number(value) : std::string{});
    }
    std::string broken;
    for (const Violation& violation : evaluation.violations) {
        broken += (broken.empty() ? "" : ";") + violation.constraint;
    }
    return header + ",violations\n" + row + "," + csv_field(broken) + "\n";
}

}  // namespace wafercast::cli
