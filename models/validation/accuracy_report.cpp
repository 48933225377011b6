#include "validation/accuracy_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <string_view>

#include "validation/served_model.hpp"

namespace wafercast {
namespace {

constexpr std::size_t kWorst = 5;

/// What is asked of a suite: mean error on fitted devices and on a family from its data sheet.
struct Target {
    std::string_view suite, quantity;
    double fitted, unseen;  ///< 0: none
};
constexpr Target kTargets[]{
    {"measured_gemm", "latency_ms", 0.08, 0.15},
    {"measured_gemm_trtllm", "latency_ms", 0.08, 0.11},
    {"measured_attention_decode", "latency_ms", 0.12, 0.18},
    {"measured_attention_prefill", "latency_ms", 0.14, 0.20},
    {"measured_mla_decode", "latency_ms", 0.14, 0.20},
    {"measured_mla_prefill", "latency_ms", 0.14, 0.20},
    {"measured_moe", "latency_ms", 0.16, 0.24},
    {"measured_collectives", "latency_ms", 0.07, 0.14},
    {"measured_llmcompass_ops", "latency_ms", 0.06, 0.0},
    {"measured_inferencex_e2e", "tpot", 0.15, 0.15},
    {"measured_inferencex_e2e", "ttft", 0.30, 0.30},
    {"measured_llm_inference_bench", "latency_s", 0.20, 0.20},
    {"validation_perf", "value", 0.20, 0.20},
};

using Cases = std::vector<const ValidationCase*>;

std::string text_of(const char* format, double value) {
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

std::string percent(double share) {
    return std::isfinite(share) ? text_of("%.1f", 100.0 * share) : "inf";
}

std::string target_of(std::string_view suite, std::string_view quantity, DeviceClass kind) {
    for (const Target& target : kTargets) {
        if (target.suite == suite && target.quantity == quantity) {
            const double share = kind == DeviceClass::kNew ? target.unseen : target.fitted;
            return share > 0.0 ? text_of("%.0f", 100.0 * share) : "";
        }
    }
    return "";
}

/// Cases by a name, in the order of names.
std::map<std::string, Cases> by(const Cases& cases,
                                const std::function<std::string(const ValidationCase&)>& name) {
    std::map<std::string, Cases> parts;
    for (const ValidationCase* c : cases) {
        parts[name(*c)].push_back(c);
    }
    return parts;
}

std::string row_of(const ErrorSummary& s) {
    return std::to_string(s.cases) + " | " + percent(s.mean) + " | " + percent(s.median) + " | " +
           text_of("%+.1f", 100.0 * s.bias) + " | " + (s.banded ? percent(s.coverage) : "-");
}

constexpr const char* kColumns = "cases | mean % | median % | bias % | in P10-P90 %";
constexpr const char* kRules = "---: | ---: | ---: | ---: | ---:";

void add_table(std::string& out, const char* title, const std::map<std::string, Cases>& parts) {
    if (parts.size() < 2) {
        return;
    }
    out += std::string{"\n| "} + title + " | " + kColumns + " |\n| --- | " + kRules + " |\n";
    for (const auto& [name, cases] : parts) {
        out += "| " + (name.empty() ? "-" : name) + " | " + row_of(summarise_cases(cases)) + " |\n";
    }
}

void add_left_out(std::string& out, const char* title, const std::vector<SkippedRow>& rows) {
    std::map<std::string, std::size_t> reasons;
    for (const SkippedRow& row : rows) {
        ++reasons[row.reason];
    }
    for (const auto& [reason, count] : reasons) {
        out += std::string{"- "} + title + ": " + std::to_string(count) + " rows, " + reason + "\n";
    }
}

void add_worst(std::string& out, const Cases& cases) {
    Cases sorted = cases;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        return std::abs(a->rel_error()) > std::abs(b->rel_error());
    });
    out +=
        "\nWorst cases:\n\n| row | group | quantity | measured | predicted | error % |\n"
        "| ---: | --- | --- | ---: | ---: | ---: |\n";
    for (std::size_t i = 0; i < std::min(kWorst, sorted.size()); ++i) {
        const ValidationCase& c = *sorted[i];
        out += "| " + std::to_string(c.row) + " | " + c.group + " | " + c.quantity + " | " +
               text_of("%.5g", c.expected) + " | " + text_of("%.5g", c.actual) + " | " +
               text_of("%+.1f", 100.0 * c.rel_error()) + " |\n";
    }
}

void add_suite(std::string& out, const SuiteReport& report, const Catalog& catalog) {
    out += "\n## " + report.suite + "\n\n" + std::to_string(report.predicted) + " of " +
           std::to_string(report.rows) + " rows predicted, " +
           std::to_string(report.excluded.size()) + " excluded by the reference.\n";
    Cases all;
    for (const ValidationCase& c : report.cases) {
        all.push_back(&c);
    }
    if (all.empty()) {
        return;
    }
    out += std::string{"\n| devices | quantity | "} + kColumns + " | target % |\n| --- | --- | " +
           kRules + " | ---: |\n";
    std::map<std::string, DeviceClass> classes;
    const auto class_of = [&](const ValidationCase& c) {
        const auto found = classes.find(c.device);
        return found != classes.end()
                   ? found->second
                   : classes.emplace(c.device, device_class(catalog, c.device)).first->second;
    };
    for (const DeviceClass kind :
         {DeviceClass::kFitted, DeviceClass::kSibling, DeviceClass::kNew, DeviceClass::kNone}) {
        Cases of_kind;
        std::copy_if(all.begin(), all.end(), std::back_inserter(of_kind),
                     [&](const ValidationCase* c) { return class_of(*c) == kind; });
        for (const auto& [quantity, cases] :
             by(of_kind, [](const ValidationCase& c) { return c.quantity; })) {
            out += std::string{"| "} + kDeviceClassNames[static_cast<int>(kind)] + " | " +
                   quantity + " | " + row_of(summarise_cases(cases)) + " | " +
                   target_of(report.suite, quantity, kind) + " |\n";
        }
    }
    const auto with_quantity = [](const ValidationCase& c, const std::string& name) {
        return name + " " + c.quantity;
    };
    add_table(out, "device", by(all, [&](const ValidationCase& c) {
                  return c.device.empty() ? std::string{} : with_quantity(c, c.device);
              }));
    add_table(out, "limited by", by(all, [&](const ValidationCase& c) {
                  return c.regime.empty() ? std::string{} : with_quantity(c, c.regime);
              }));
    add_table(out, "group", by(all, [&](const ValidationCase& c) {
                  return c.group.empty() ? std::string{} : with_quantity(c, c.group);
              }));
    add_worst(out, all);
    if (!report.skipped.empty() || !report.excluded.empty() || !report.notes.empty()) {
        out += "\n";
    }
    add_left_out(out, "skipped", report.skipped);
    add_left_out(out, "excluded", report.excluded);
    for (const std::string& note : report.notes) {
        out += "- " + note + "\n";
    }
}

}  // namespace

DeviceClass device_class(const Catalog& catalog, const std::string& system) {
    const CatalogEntry* entry = system.empty() ? nullptr : find_accelerator(catalog, system);
    if (entry == nullptr) {
        return DeviceClass::kNone;
    }
    const CatalogEntry* family = catalog.find("families", entry->text("family"));
    const std::string_view fitted = family == nullptr ? "" : family->text("fitted_on");
    if (fitted.empty()) {
        return DeviceClass::kNew;
    }
    std::size_t start = 0;
    while (start < fitted.size()) {
        const std::size_t comma = std::min(fitted.find(',', start), fitted.size());
        std::string_view id = fitted.substr(start, comma - start);
        id.remove_prefix(std::min(id.find_first_not_of(' '), id.size()));
        if (id == entry->id) {
            return DeviceClass::kFitted;
        }
        start = comma + 1;
    }
    return DeviceClass::kSibling;
}

double widening(DeviceClass kind) {
    return kind == DeviceClass::kFitted ? 1.0 : kind == DeviceClass::kSibling ? 1.25 : 2.0;
}

ErrorSummary summarise_cases(const std::vector<const ValidationCase*>& cases) {
    ErrorSummary summary;
    summary.cases = cases.size();
    if (cases.empty()) {
        return summary;
    }
    std::vector<double> errors;
    double covered = 0.0;
    for (const ValidationCase* c : cases) {
        const double error = c->rel_error();
        errors.push_back(std::abs(error));
        summary.mean += std::abs(error);
        summary.bias += error;
        covered += c->expected >= c->low && c->expected <= c->high ? 1.0 : 0.0;
        summary.banded = summary.banded || c->low != c->high;
    }
    const auto n = static_cast<double>(cases.size());
    summary.mean /= n;
    summary.bias /= n;
    summary.coverage = covered / n;
    std::sort(errors.begin(), errors.end());
    const std::size_t half = errors.size() / 2;
    summary.median =
        errors.size() % 2 == 1 ? errors[half] : 0.5 * (errors[half - 1] + errors[half]);
    return summary;
}

std::string accuracy_report(const std::vector<SuiteReport>& reports, const Catalog& catalog) {
    std::string out =
        "# Accuracy\n\n"
        "Written by `wafercast validate --data FILE... --report docs/accuracy.md`; do not edit by "
        "hand.\n\n"
        "Errors are relative to the measured or published value: mean and median of their size, "
        "bias with its sign (above 0: predicted too high). P10-P90 is the band that the model "
        "gives; 80 % of rows should lie in it. Constants were fitted on rows of the devices "
        "called *fitted* alone; *siblings* share their family, a *new family* is predicted from "
        "its data sheet.\n\n"
        "| suite | rows | predicted | excluded | ";
    out += kColumns;
    out += " |\n| --- | ---: | ---: | ---: | ";
    out += kRules;
    out += " |\n";
    for (const SuiteReport& report : reports) {
        Cases all;
        for (const ValidationCase& c : report.cases) {
            all.push_back(&c);
        }
        out += "| " + report.suite + " | " + std::to_string(report.rows) + " | " +
               std::to_string(report.predicted) + (report.counts() ? "" : " (too few)") + " | " +
               std::to_string(report.excluded.size()) + " | " + row_of(summarise_cases(all)) +
               " |\n";
    }
    for (const SuiteReport& report : reports) {
        add_suite(out, report, catalog);
    }
    return out;
}

}  // namespace wafercast
