#include "validation/table_suites.hpp"

#include <algorithm>

#include "functional/suites.hpp"
#include "reader/text_tree.hpp"
#include "wafer/reticle_map_row.hpp"
#include "yield/yield_row.hpp"

namespace wafercast {

namespace {

/// Names that the tools behind the tables use.
const YieldModel* model_named(std::string_view name, const ModelSet& models) {
    const std::string id = lower(name);
    if (id == "rect") {
        return models.yield.find("rectangular");
    }
    if (id == "negbin" || id == "neg-binomial") {
        return models.yield.find("negative-binomial");
    }
    return models.yield.find(id);
}

std::string unknown_model(const std::string& name) { return "no yield model '" + name + "'"; }

Result<SuiteReport> finished(SuiteReport report, std::size_t rows, Failures problems) {
    if (!problems.empty()) {
        return problems;
    }
    summarise(report, rows);
    return report;
}

ReticleMapInput map_input(const RowReader& row, Failures& problems) {
    ReticleMapInput input;
    input.die_width_mm = row.need("die_w");
    input.die_height_mm = row.need("die_h");
    const std::string wafer = row.text("wafer");  // "s300mm"
    input.wafer_mm = 0.0;
    for (const char c : wafer) {
        if (c >= '0' && c <= '9') {
            input.wafer_mm = input.wafer_mm * 10.0 + (c - '0');
        }
    }
    input.critical_area_mm2 = row.need("critical_area");
    input.defects_per_cm2 = row.need("D0_per_cm2");
    input.edge_mm = row.need("edge_mm");
    input.notch_mm = row.need("notch_mm");
    input.scribe_x_mm = row.need("scribe_h");
    input.scribe_y_mm = row.need("scribe_v");
    input.reticle_limit = lower(row.text("reticle_limit")) == "true";
    input.field_width_mm = row.need("field_w");
    input.field_height_mm = row.need("field_h");
    input.critical_layers = row.maybe("crit_layers", 1.0);
    if (problems.empty() &&
        (input.wafer_mm <= 0.0 || input.die_width_mm <= 0.0 || input.die_height_mm <= 0.0)) {
        problems.push_back({.code = "validation.table",
                            .message = "wafer and die sides must be above zero.",
                            .where = {}});
    }
    return input;
}

/// The tokenizer named, else the single tok*.bin beside the model.
Result<std::filesystem::path> tokenizer_of(const ValidationInputs& inputs) {
    namespace fs = std::filesystem;
    if (!inputs.tokenizer.empty()) {
        return inputs.tokenizer;
    }
    std::vector<fs::path> found;
    std::error_code error;
    const fs::path folder = fs::absolute(inputs.model).parent_path();
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("tok") && name.ends_with(".bin")) {
            found.push_back(entry.path());
        }
    }
    if (found.size() != 1) {
        return Failure{.code = "validation.tokenizer",
                       .message = std::to_string(found.size()) + " files tok*.bin in '" +
                                  folder.string() + "'; name one with --tokenizer FILE.",
                       .where = {}};
    }
    return found.front();
}

}  // namespace

Result<SuiteReport> run_yield_models(const ReferenceTable& table, const ValidationInputs& inputs) {
    Failures problems =
        missing_columns(table, {"area_mm2", "D0_per_cm2", "model", "crit_layers", "yield"});
    if (!problems.empty()) {
        return problems;
    }
    SuiteReport report;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        const YieldModel* model = model_named(row.text("model"), *inputs.models);
        if (model == nullptr) {
            report.skipped.push_back({i, unknown_model(row.text("model"))});
            continue;
        }
        const YieldRowInput input{.area_mm2 = row.need("area_mm2"),
                                  .defects_per_cm2 = row.need("D0_per_cm2"),
                                  .critical_layers = row.maybe("crit_layers", 1.0),
                                  .clustering = row.maybe("alpha", 3.0)};
        const double actual = yield_row(input, *model);
        report.cases.push_back({i, "yield", model->id, row.need("yield"), actual, actual, actual});
    }
    return finished(std::move(report), table.rows.size(), std::move(problems));
}

Result<SuiteReport> run_reticle_maps(const ReferenceTable& table, const ValidationInputs& inputs) {
    Failures problems = missing_columns(
        table, {"die_w",     "die_h",    "wafer",       "critical_area", "D0_per_cm2",
                "edge_mm",   "notch_mm", "scribe_h",    "scribe_v",      "reticle_limit",
                "field_w",   "field_h",  "yield_model", "total_dies",    "good",
                "defective", "partial",  "lost",        "full_shots",    "partial_shots"});
    if (!problems.empty()) {
        return problems;
    }
    SuiteReport report;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        Failures of_row;
        const RowReader row{table, table.rows[i], of_row};
        const YieldModel* model = model_named(row.text("yield_model"), *inputs.models);
        if (model == nullptr) {
            report.skipped.push_back({i, unknown_model(row.text("yield_model"))});
            continue;
        }
        const ReticleMapInput input = map_input(row, of_row);
        if (of_row.empty()) {
            const ReticleMapRow map = reticle_map_row(input, *model);
            const std::string group = input.reticle_limit ? "reticle" : "one field";
            const auto compare = [&](const char* column, int value) {
                const auto actual = static_cast<double>(value);
                report.cases.push_back(
                    {i, column, group, row.need(column), actual, actual, actual});
            };
            compare("total_dies", map.counts.total);
            compare("good", map.good);
            compare("defective", map.defective);
            compare("partial", map.counts.partial);
            compare("lost", map.counts.lost);
            compare("full_shots", map.counts.full_shots);
            compare("partial_shots", map.counts.partial_shots);
        }
        for (Failure& failure : of_row) {
            failure.where = {table.file, table.rows[i].line, 1};
            problems.push_back(std::move(failure));
        }
    }
    return finished(std::move(report), table.rows.size(), std::move(problems));
}

Result<SuiteReport> run_functional_suite(std::string_view suite, const ReferenceTable& table,
                                         const ValidationInputs& inputs) {
    if (inputs.model.empty()) {
        return Failure{
            .code = "validation.model",
            .message = std::string{suite} + " runs a model: name its checkpoint with --model FILE.",
            .where = {}};
    }
    if (inputs.text.empty() && suite != "functional_greedy" && suite != "functional_logits") {
        return Failure{.code = "validation.text",
                       .message = std::string{suite} + " scores a text: name it with --text FILE.",
                       .where = {}};
    }
    const auto tokenizer = tokenizer_of(inputs);
    if (!tokenizer) {
        return tokenizer.error();
    }
    auto model = functional::load_model(inputs.model, *tokenizer);
    if (!model) {
        return model.error();
    }
    functional::SuiteInputs given{std::move(model).value(), {}, inputs.threads};
    if (!inputs.text.empty()) {
        const auto text = read_text_file(inputs.text.string());
        if (!text) {
            return text.error();
        }
        given.text = *text;
    }
    const bool spread = suite == "functional_fault_seed_spread";
    const auto known = functional::suite_names();
    const bool has_spread = std::find(known.begin(), known.end(), suite) != known.end();
    std::vector<functional::SuiteRow> rows;
    for (const auto& row : table.rows) {
        rows.push_back(row.cells);
    }
    const auto outcome = functional::run_suite(
        spread && !has_spread ? "functional_quality_sweep" : suite, rows, given);
    if (!outcome) {
        return outcome.error();
    }
    SuiteReport report;
    for (const auto& c : outcome->cases) {
        report.cases.push_back({c.row, c.quantity, c.group, c.expected, c.actual, c.low, c.high});
    }
    for (const auto& skip : outcome->skipped) {
        // The spread's own rows are draws of faults: nothing of it may be left out.
        (skip.excluded && !spread ? report.excluded : report.skipped)
            .push_back(
                {skip.row, spread && skip.excluded ? "faults are not injected yet" : skip.reason});
    }
    summarise(report, table.rows.size());
    return report;
}

}  // namespace wafercast
