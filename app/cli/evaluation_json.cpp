#include "cli/evaluation_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "format/format_number.hpp"

namespace wafercast::cli {

namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json cost_json(const CostLine& line) {
    Json children = Json::array();
    for (const CostLine& child : line.children) {
        children.push_back(cost_json(child));
    }
    return {{"label", line.label}, {"usd", number(line.usd)}, {"children", std::move(children)}};
}

Json energy_json(const EnergyLine& line) {
    Json children = Json::array();
    for (const EnergyLine& child : line.children) {
        children.push_back(energy_json(child));
    }
    return {
        {"label", line.label}, {"joules", number(line.joules)}, {"children", std::move(children)}};
}

Json band_json(const std::optional<Band>& band) {
    if (!band) {
        return nullptr;
    }
    return {{"p10", number(band->p10)}, {"p50", number(band->p50)}, {"p90", number(band->p90)}};
}

Json token_economics_json(const TokenEconomics& t) {
    return {{"usd_per_mtok", number(t.usd_per_mtok)},
            {"usd_per_mtok_input", number(t.usd_per_mtok_input)},
            {"usd_per_mtok_output", number(t.usd_per_mtok_output)},
            {"usd_per_mtok_output_all_in", number(t.usd_per_mtok_output_all_in)},
            {"joules_per_token", number(t.joules_per_token)},
            {"it_joules_per_token", number(t.it_joules_per_token)},
            {"tokens_per_second", number(t.tokens_per_second)},
            {"tokens_per_second_per_accelerator", number(t.tokens_per_second_per_accelerator)},
            {"accelerators", number(t.accelerators)},
            {"tokens_per_second_per_user", number(t.tokens_per_second_per_user)},
            {"ttft_s", number(t.ttft_s)},
            {"tpot_s", number(t.tpot_s)},
            {"utilisation", number(t.utilisation)},
            {"mfu", number(t.mfu)},
            {"mbu", number(t.mbu)}};
}

Json perspectives_json(const Economics& economics) {
    Json sides = Json::object();
    for (std::size_t i = 0; i < kPerspectiveCount; ++i) {
        sides[std::string{kPerspectiveNames[i]}] = {
            {"usd_per_mtok", number(economics.usd_per_mtok[i])}};
    }
    sides["api"]["implied_margin"] = number(economics.implied_margin);
    return sides;
}

Json dies_json(const Evaluation& evaluation) {
    Json dies = Json::array();
    for (std::size_t i = 0; i < evaluation.die_names.size(); ++i) {
        const PlacedDie& placed = evaluation.metrics.layout.dies[i];
        const DieCost& cost = evaluation.metrics.silicon.dies[i];
        dies.push_back({{"name", evaluation.die_names[i]},
                        {"process", evaluation.die_processes[i]},
                        {"area_mm2", number(placed.area * 1e6)},
                        {"width_mm", number(placed.width * 1e3)},
                        {"height_mm", number(placed.height * 1e3)},
                        {"count", number(evaluation.die_counts[i])},
                        {"gross_dies_per_wafer", number(cost.gross_dies)},
                        {"yield", number(cost.yield)},
                        {"sellable_yield", number(cost.sellable_yield)},
                        {"repairable_share", number(cost.repairable_share)},
                        {"cost_usd", number(cost.cost)}});
    }
    return dies;
}

Json device_json(const DeviceRating& device) {
    Json peaks = Json::object();
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        if (device.peak[f] > 0.0) {
            peaks[std::string{kNumberFormatNames[f]}] = number(device.peak[f]);
        }
    }
    return {{"clock_hz", number(device.clock)},
            {"peak_flops", std::move(peaks)},
            {"memory_bytes", number(device.memory_bytes)},
            {"memory_bytes_per_s", number(device.memory_bytes_per_s)},
            {"link_bytes_per_s", number(device.link_bytes_per_s)},
            {"power_w", number(device.power)},
            {"static_power_w", number(device.static_power)},
            {"compute_units", number(device.compute_units)},
            {"silicon_area_mm2", number(device.silicon_area * 1e6)}};
}

Json inference_json(const Evaluation& evaluation) {
    const Serving& serving = evaluation.metrics.serving;
    Json operators = Json::array();
    for (const OperatorLine& line : evaluation.operators) {
        operators.push_back({{"name", line.name},
                             {"phase", line.phase},
                             {"count", number(line.count)},
                             {"seconds", number(line.seconds)},
                             {"flops", number(line.flops)},
                             {"bytes", number(line.bytes)},
                             {"bound", line.bound}});
    }
    return {{"prefill_s", number(serving.prefill_s)},
            {"decode_step_s", number(serving.decode_step_s)},
            {"bound", kBoundNames[static_cast<std::size_t>(serving.bound)]},
            {"batch", number(serving.batch)},
            {"batch_capacity", number(serving.batch_capacity)},
            {"mapping",
             {{"tensor_parallel", serving.mapping.tensor},
              {"pipeline_parallel", serving.mapping.pipeline},
              {"expert_parallel", serving.mapping.expert},
              {"data_parallel", serving.mapping.data},
              {"context_parallel", serving.mapping.context}}},
            {"prefill_time_share", number(serving.prefill_time_share)},
            {"clock_factor", number(serving.clock_factor)},
            {"device_power_w", number(serving.device_power)},
            {"operators", std::move(operators)}};
}

Json violations_json(const Evaluation& evaluation) {
    Json violations = Json::array();
    for (const Violation& violation : evaluation.violations) {
        violations.push_back({{"constraint", violation.constraint},
                              {"value", number(violation.value)},
                              {"limit", number(violation.limit)},
                              {"unit", violation.unit},
                              {"message", violation.message}});
    }
    return violations;
}

Json assumptions_json(const Evaluation& evaluation) {
    Json assumptions = Json::array();
    for (const ScalarOrigin& origin : evaluation.assumptions) {
        Json line{{"path", origin.path},
                  {"value", format_quantity(origin.value, origin.dimension)},
                  {"low", format_quantity(origin.low, origin.dimension)},
                  {"high", format_quantity(origin.high, origin.dimension)},
                  {"source", origin.source},
                  {"as_of", origin.as_of},
                  {"confidence", std::string{name(origin.confidence)}}};
        if (origin.range_by_rule) {
            line["range"] = "rule";
        }
        assumptions.push_back(std::move(line));
    }
    return assumptions;
}

Json functional_json(const FunctionalSummary& functional) {
    return {{"label", functional.label},
            {"kl", functional.kl ? number(*functional.kl) : Json(nullptr)},
            {"perplexity", functional.perplexity ? number(*functional.perplexity) : Json(nullptr)},
            {"run_id", functional.run_id},
            {"statistics", functional.statistics}};
}

Json influences_json(const Evaluation& evaluation) {
    Json influences = Json::array();
    for (const Influence& influence : evaluation.influences) {
        influences.push_back({{"path", influence.path},
                              {"at_low", number(influence.at_low)},
                              {"at_high", number(influence.at_high)}});
    }
    return influences;
}

}  // namespace

std::string evaluation_json(const Evaluation& evaluation) {
    const Metrics& metrics = evaluation.metrics;
    Json json;
    json["schema"] = "wafercast.evaluation/1";
    json["design"] = evaluation.design;
    if (!evaluation.status.empty()) {
        json["status"] = evaluation.status;
    }
    json["feasible"] = evaluation.feasible;
    json["perspective"] =
        std::string{kPerspectiveNames[static_cast<std::size_t>(evaluation.perspective)]};
    json["year"] = number(evaluation.year);
    const bool served = metrics.has_workload;
    json["model"] = served ? Json(evaluation.model) : Json(nullptr);
    json["token_economics"] =
        served ? token_economics_json(metrics.economics.tokens) : Json(nullptr);
    json["perspectives"] = served ? perspectives_json(metrics.economics) : Json(nullptr);
    json["bands"] = {{"usd_per_mtok", band_json(evaluation.usd_per_mtok_band)},
                     {"tokens_per_second", band_json(evaluation.tokens_per_second_band)},
                     {"accelerator_cost_usd", band_json(evaluation.accelerator_cost_band)}};
    json["functional"] = functional_json(evaluation.functional);
    json["dies"] = dies_json(evaluation);
    json["package"] = {{"type", evaluation.package_type},
                       {"yield", number(metrics.package.yield)},
                       {"cost_usd", number(metrics.package.total)},
                       {"interposer_area_mm2", number(metrics.layout.interposer_area * 1e6)},
                       {"substrate_area_mm2", number(metrics.layout.substrate_area * 1e6)}};
    json["device"] = device_json(metrics.device);
    json["accelerator_cost_usd"] = number(metrics.economics.accelerator_cost);
    json["accelerator_price_usd"] = number(metrics.economics.accelerator_price);
    json["nre_usd"] = number(metrics.economics.nre);
    json["accelerator_tree"] = cost_json(evaluation.accelerator_tree);
    json["cost_tree"] = evaluation.cost_tree ? cost_json(*evaluation.cost_tree) : Json(nullptr);
    json["energy_tree"] =
        evaluation.energy_tree ? energy_json(*evaluation.energy_tree) : Json(nullptr);
    json["inference"] = served ? inference_json(evaluation) : Json(nullptr);
    json["violations"] = violations_json(evaluation);
    json["notes"] = evaluation.notes;
    json["influences"] = influences_json(evaluation);
    json["assumptions"] = assumptions_json(evaluation);
    return json.dump(2) + "\n";
}

}  // namespace wafercast::cli
