#include "validation/core_case.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <optional>

#include "evaluate/at_year.hpp"
#include "validation/reference_table.hpp"
#include "wafer/best_offset.hpp"
#include "yield/harvest.hpp"
#include "yield/yield_models.hpp"

namespace wafercast {

namespace {

using Edits = std::vector<std::pair<std::string, std::string>>;

[[gnu::format(printf, 1, 2)]] std::string say(const char* format, ...) {
    std::array<char, 256> text{};
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size(), format, arguments);
    va_end(arguments);
    return text.data();
}

std::string number_text(double value) { return say("%.17g", value); }

/// The number that stands before `unit` in a label such as "GB300 2.65/h 6000 tok/s".
std::optional<double> number_before(std::string_view label, std::string_view unit) {
    const auto end = label.find(unit);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    auto begin = end;
    while (begin > 0 &&
           std::string_view{"0123456789."}.find(label[begin - 1]) != std::string_view::npos) {
        --begin;
    }
    double value = 0.0;
    const auto read = std::from_chars(label.data() + begin, label.data() + end, value);
    return read.ec == std::errc{} && begin < end ? std::optional{value} : std::nullopt;
}

/// Two ends of a range written "0.08-0.105".
std::optional<std::pair<double, double>> range_in(const std::string& text) {
    const auto dash = text.find('-');
    if (dash == std::string::npos) {
        return std::nullopt;
    }
    const auto low = number_before(std::string_view{text}.substr(0, dash + 1), "-");
    double high = 0.0;
    const auto read = std::from_chars(text.data() + dash + 1, text.data() + text.size(), high);
    if (!low || read.ec != std::errc{}) {
        return std::nullopt;
    }
    return std::pair{*low, high};
}

/// A published figure that a case needs and does not state itself.
std::optional<double> published(const ValidationInputs& inputs, const std::string& subject,
                                std::string_view figure) {
    const auto table = read_reference_table(inputs.shipped / "validation" / "published_facts.csv");
    if (!table) {
        return std::nullopt;
    }
    for (const ReferenceTable::Row& row : table->rows) {
        Failures problems;
        const RowReader reader{*table, row, problems};
        if (reader.text("subject") == lower(subject) &&
            lower(reader.text("figure")).find(lower(figure)) != std::string::npos) {
            const double value = reader.need("value");
            return problems.empty() ? std::optional{value} : std::nullopt;
        }
    }
    return std::nullopt;
}

/// Most whole dies of an area over outlines up to 1 : 2 that fit the exposure field: the row states
/// no outline, and a square one may not fit.
double most_dies(double area_mm2, WaferGeometry geometry) {
    int most = 0;
    for (int step = 0; step <= 20; ++step) {
        const double aspect = 1.0 + 0.05 * step;
        geometry.die_width = std::sqrt(area_mm2 / aspect) * 1e-3;
        geometry.die_height = geometry.die_width * aspect;
        if (fits_field(geometry.die_width, geometry.die_height, geometry.scribe_x,
                       geometry.field_width, geometry.field_height)) {
            most = std::max(most, best_placement(geometry).counts.whole);
        }
    }
    return most;
}

/// Silicon cost of a good die in wafers: 1 / (whole dies x yield).
double wafers_per_good_die(double area_mm2, double per_cm2, const CatalogEntry& node,
                           const YieldModel& model, double year) {
    const auto at = [&](const char* field) {
        const SourcedNumber* number = node.number(field);
        return number == nullptr ? 0.0 : at_year(*number, year).value;
    };
    const WaferGeometry geometry{.scribe_x = at("scribe_width"),
                                 .scribe_y = at("scribe_width"),
                                 .diameter = at("wafer_diameter"),
                                 .edge = at("edge_exclusion"),
                                 .notch = at("notch_depth"),
                                 .field_width = at("reticle_width"),
                                 .field_height = at("reticle_height")};
    FaultProfile profile;
    profile.fatal_faults = area_mm2 * per_cm2 / 100.0;
    profile.clustering = at("clustering");
    profile.layers = at("critical_layers");
    return 1.0 / (most_dies(area_mm2, geometry) * model.evaluate(profile));
}

/// Four chiplets against one large die: silicon alone, at the stated range of defect densities.
void chiplet_ratio(const CaseInputs& given, const ValidationInputs& inputs, CaseOutcome& out) {
    constexpr double kYear = 2017.5;  // when the part was made
    const double whole = given.need("mono_mm2");
    const double part = given.need("chiplet_mm2");
    const double count = given.need("n");
    const auto node = inputs.catalog->require("process_nodes", given.text("node"));
    const YieldModel* model = inputs.models->yield.find("negative-binomial");
    if (!node || std::isnan(whole + part + count)) {
        out.problem = "no process node '" + given.text("node") + "'";
        return;
    }
    const auto ratio = [&](double per_cm2, const YieldModel& m) {
        return count * wafers_per_good_die(part, per_cm2, **node, m, kYear) /
               wafers_per_good_die(whole, per_cm2, **node, m, kYear);
    };
    const SourcedNumber* density = (*node)->number("defect_density");
    const double of_node = density == nullptr ? 0.0 : at_year(*density, kYear).value * 1e-4;
    const auto [low, high] = range_in(given.conditions()).value_or(std::pair{of_node, of_node});
    // The range is stated "depending on yield model": Poisson's density is its lower end, a
    // clustered model's its upper end. The more defects, the better chiplets look.
    out.give("", {ratio(high, *model), ratio(high, *model), ratio(low, *model)});
    std::string line = say("V1: cost ratio at %.3g /cm2 (and at %.3g):", high, low);
    for (const YieldModel* each : inputs.models->yield.all()) {
        line += say(" %s %.3f (%.3f)", each->id.c_str(), ratio(high, *each), ratio(low, *each));
    }
    out.notes.push_back(line);
}

/// Chips per wafer x price of a chip is the wafer's price: published products against the stated
/// price.
void wafer_identity(const CaseInputs& given, CaseOutcome& out) {
    const TextNode* wafers = given.table("wafer_usd");
    if (wafers == nullptr) {
        return;
    }
    const auto published = out.expected();
    for (const TextNode::Member& wafer : wafers->members) {
        const std::string chips = "chips_per_wafer." + wafer.key;
        const std::string price = "usd_per_chip." + wafer.key;
        const auto a = published.find(chips);
        const auto b = published.find(price);
        if (a != published.end() && b != published.end()) {
            out.give_identity("wafer_usd." + wafer.key, a->second * b->second, wafer.value.number,
                              {chips, price});
        }
    }
    out.notes.emplace_back(
        "V2: an identity: the published chips per wafer x price of a chip against the wafer "
        "price.");
}

/// Small cores with spares on a whole wafer.
void wafer_scale(const CaseInputs& given, CaseOutcome& out) {
    const double density = given.need("d0") / 100.0;  // per mm2
    out.give("mean_defects", given.need("area_mm2") * density);
    FaultProfile profile;
    profile.clustering = std::numeric_limits<double>::infinity();
    profile.group_count = 1;
    profile.groups[0] = {.faults_per_unit = given.need("core_mm2") * density,
                         .physical = given.need("physical"),
                         .required = given.need("sold")};
    out.give("prob_at_least_900000_good", poisson_sellable_yield(profile));
}

/// The H100 design's own block inventory under the case's area, units and defect density.
void reticle_gpu(const CaseInputs& given, const ValidationInputs& inputs, CaseOutcome& out) {
    const double area = given.need("area_mm2");
    const double faults = area * given.need("d0") / 100.0;
    const Edits edits{{"blocks.sm.count", number_text(given.need("sm"))},
                      {"blocks.sm.sold", number_text(given.need("sm_shipped"))},
                      {"dies.gpu.defect_density", number_text(given.need("d0")) + " /cm2"},
                      {"dies.gpu.yield_model", "poisson"}};
    const auto chain = DesignPrediction::make("h100-sxm", edits, inputs);
    if (!chain) {
        out.problem = chain.error().front().message;
        return;
    }
    const auto die = [](const Metrics& m) -> const DieCost& { return m.silicon.dies.front(); };
    FaultProfile whole_die;
    whole_die.fatal_faults = faults;
    out.give("raw_poisson", poisson_yield(whole_die));
    out.give("sellable", chain->read([&](const Metrics& m) { return die(m).sellable_yield; }));
    const auto at_share = [&](double share) {
        FaultProfile profile;
        profile.fatal_faults = (1.0 - share) * faults;
        profile.group_count = 1;
        profile.groups[0] = {.faults_per_unit = share * faults / given.need("sm"),
                             .physical = given.need("sm"),
                             .required = given.need("sm_shipped")};
        return poisson_sellable_yield(profile);
    };
    out.notes.push_back(
        say("V3b: the design's inventory is repairable on %.1f %% of the die; sellable would be "
            "%.3f at 60 %%, %.3f at 80 %%, %.3f at 90 %%",
            100.0 * die(chain->metrics()).repairable_share, at_share(0.6), at_share(0.8),
            at_share(0.9)));
}

/// A day of a production service: rates and a rental price -> nodes and dollars.
void production_day(const CaseInputs& given, const ValidationInputs& inputs, CaseOutcome& out) {
    constexpr double kDay = 86400.0;
    const double node_hour = given.need("gpus_per_node") * given.need("usd_per_gpu_h");
    const double input = given.need("input_tokens");
    const double output = given.need("output_tokens");
    const double prefill = given.need("prefill_tok_s_node");
    const double decode = given.need("decode_tok_s_node");
    out.give("usd_per_day", given.need("nodes") * node_hour * 24.0);
    out.give("prefill_nodes", input / kDay / prefill);
    out.give("decode_nodes", output / kDay / decode);
    out.give("usd_per_m_input", node_hour / (prefill * 3600.0) * 1e6);
    out.give("usd_per_m_output_decode", node_hour / (decode * 3600.0) * 1e6);
    const CatalogEntry* price = inputs.catalog->find("api_prices", "deepseek-r1");
    const auto cached = published(inputs, "deepseek production day", "served from the cache");
    const auto has = [&](const char* field) {
        return price != nullptr && price->number(field) != nullptr;
    };
    if (cached && has("input") && has("output") && has("cached_input")) {
        constexpr double kYear = 2025.15;  // of the published day
        const auto usd = [&](const char* field) {
            return at_year(*price->number(field), kYear).value;
        };
        out.give("revenue",
                 input * (*cached * usd("cached_input") + (1.0 - *cached) * usd("input")) +
                     output * usd("output"));
    }
}

/// Dollars per device-hour and a rate -> dollars per million tokens.
void tco_identity(const CaseInputs& given, const ValidationInputs& inputs, CaseOutcome& out) {
    const TextNode* prices = given.table("usd_per_gpu_h");
    if (prices == nullptr) {
        return;
    }
    for (const std::string& label : given.labels()) {
        const std::string device = label.substr(0, label.find(' '));
        const TextNode* listed = prices->find(device);
        const auto price = number_before(label, "/h");
        auto rate = number_before(label, " tok/s");
        if (!rate) {
            // A named benchmark instead of a rate: what that device was published to reach.
            const auto space = label.find(' ');
            rate = space == std::string::npos
                       ? std::nullopt
                       : published(inputs, device, label.substr(space + 1) + " offline");
        }
        if (rate && (price || (listed != nullptr && listed->is_number()))) {
            out.give(label, price.value_or(listed != nullptr ? listed->number : 0.0) /
                                (*rate * 3600.0) * 1e6);
        }
    }
}

/// Builder's cost of an H100 without its share of design cost.
void bill_of_materials(const ValidationInputs& inputs, CaseOutcome& out) {
    const auto chain = DesignPrediction::make("h100-sxm", {}, inputs);
    if (!chain) {
        out.problem = chain.error().front().message;
        return;
    }
    const auto give = [&](const char* key, double (*figure)(const Metrics&)) {
        out.give(key, chain->read(figure));
    };
    give("h100_total", [](const Metrics& m) { return m.package.total; });
    give("h100.die", [](const Metrics& m) { return m.package.dies; });
    give("h100.hbm", [](const Metrics& m) { return m.package.memory; });
    give("h100.pkg", [](const Metrics& m) {
        return m.package.interposer + m.package.substrate + m.package.assembly + m.package.scrap;
    });
    give("h100.test", [](const Metrics& m) { return m.package.test; });
}

/// Offline throughput of a shipped design with the case's workload: no latency limits.
void offline_rate(const std::string& id, const std::string& model, const CaseInputs& given,
                  const ValidationInputs& inputs, CaseOutcome& out) {
    for (const std::string& label : given.labels()) {
        const std::string device = lower(label.substr(0, label.find(' ')));
        const Edits edits{{"workload.model", model},
                          {"workload.input_tokens", number_text(given.need("isl"))},
                          {"workload.output_tokens", number_text(given.need("osl"))},
                          {"scenario.limits.ttft", ""},
                          {"scenario.limits.tpot", ""}};
        const auto chain = DesignPrediction::make(device + "-sxm", edits, inputs);
        if (!chain) {
            out.notes.push_back(id + " " + label + ": " + chain.error().front().message);
            continue;
        }
        out.give(label, chain->read([](const Metrics& m) {
            return m.economics.tokens.tokens_per_second_per_accelerator;
        }));
        const Serving& serving = chain->metrics().serving;
        out.notes.push_back(say("%s %s: tensor %d x pipeline %d, %.0f sequences, bound by %s",
                                id.c_str(), label.c_str(), serving.mapping.tensor,
                                serving.mapping.pipeline, serving.batch,
                                kBoundNames[static_cast<std::size_t>(serving.bound)]));
    }
    if (out.cases.empty()) {
        out.problem = "no shipped design could run it";
    }
}

}  // namespace

bool predict_core_case(const std::string& id, const CaseInputs& given,
                       const ValidationInputs& inputs, CaseOutcome& out) {
    if (id == "V1") {
        chiplet_ratio(given, inputs, out);
    } else if (id == "V2") {
        wafer_identity(given, out);
    } else if (id == "V3a") {
        wafer_scale(given, out);
    } else if (id == "V3b") {
        reticle_gpu(given, inputs, out);
    } else if (id == "V4") {
        bill_of_materials(inputs, out);
    } else if (id == "V5") {
        production_day(given, inputs, out);
    } else if (id == "V6") {
        offline_rate(id, "llama-2-70b", given, inputs, out);
    } else if (id == "V7") {
        offline_rate(id, "llama-3.1-405b", given, inputs, out);
    } else if (id == "V8") {
        offline_rate(id, "deepseek-v3", given, inputs, out);
    } else if (id == "V9") {
        tco_identity(given, inputs, out);
    } else {
        return false;
    }
    return true;
}

}  // namespace wafercast
