#include "cli/yield_command.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/quantity_options.hpp"

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "units/units.hpp"

namespace wafercast::cli {

namespace {

namespace dim = dimension;
using Json = nlohmann::ordered_json;

constexpr double kDefaultClustering = 2.0;
constexpr double kDefaultLayers = 10.0;

int list_models(const ModelSet& models, const std::string& format, CommandContext& context) {
    Json all = Json::array();
    TextTable table{{{"id"}, {"formula, m = area x D0"}, {"reads"}, {"source"}}};
    for (const YieldModel* model : models.yield.all()) {
        const char* reads = model->needs_layers       ? "--layers n"
                            : model->needs_clustering ? "--alpha a"
                                                      : "";
        table.add({model->id, model->formula, reads, model->citation});
        all.push_back({{"id", model->id},
                       {"title", model->title},
                       {"formula", model->formula},
                       {"citation", model->citation},
                       {"needs_layers", model->needs_layers},
                       {"needs_clustering", model->needs_clustering}});
    }
    context.out << (format == "json" ? all.dump(2) + "\n" : table.text());
    return kFeasible;
}

}  // namespace

int run_yield(const YieldArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    const ModelSet& models = session->models();
    if (arguments.list) {
        return list_models(models, arguments.format, context);
    }
    QuantityOptions options;
    const auto area = options.read("--area", arguments.area, dim::area);
    const auto density = options.read("--d0", arguments.defect_density, dim::per_area,
                                      QuantityOptions::Allow::kZeroToo);
    const auto clustering = options.read("--alpha", arguments.clustering, dim::none);
    const auto layers = options.read("--layers", arguments.layers, dim::none);
    if (arguments.area.empty()) {
        options.fail("--area", "is missing; for example --area \"400 mm2\".");
    }
    if (arguments.defect_density.empty()) {
        options.fail("--d0", "is missing; for example --d0 \"0.1 /cm2\".");
    }
    if (layers && *layers < 1.0) {
        options.fail("--layers", "must be 1 or more.");
    }
    const YieldModel* one = models.yield.find(lower(arguments.model));
    if (!arguments.model.empty() && one == nullptr) {
        const std::string hint = nearest(lower(arguments.model), models.yield.ids());
        options.fail("--model", "no yield model '" + arguments.model + "'" +
                                    (hint.empty() ? "." : "; did you mean '" + hint + "'?") +
                                    " See `wafercast yield --list`.");
    }
    if (!options.failures().empty()) {
        return report(context, options.failures());
    }
    FaultProfile profile;
    profile.fatal_faults = *area * *density;
    profile.clustering = clustering.value_or(kDefaultClustering);
    profile.layers = layers.value_or(kDefaultLayers);
    Json json{{"schema", "wafercast.yield/1"},
              {"area_mm2", *area * 1e6},
              {"defects_per_cm2", *density * 1e-4},
              {"expected_faults", profile.fatal_faults},
              {"alpha", profile.clustering},
              {"layers", profile.layers},
              {"yields", Json::array()}};
    TextTable table{{{"model"}, {"yield", TextTable::Align::kRight}, {"formula"}, {"source"}}};
    for (const YieldModel* model : models.yield.all()) {
        if (one == nullptr || model == one) {
            const double yield = model->evaluate(profile);
            table.add({model->id, format_share(yield, 4), model->formula, model->citation});
            json["yields"].push_back({{"model", model->id},
                                      {"yield", yield},
                                      {"formula", model->formula},
                                      {"citation", model->citation}});
        }
    }
    if (arguments.format == "json") {
        context.out << json.dump(2) << '\n';
        return kFeasible;
    }
    context.out << "m = " << format_number(profile.fatal_faults, 4) << " expected faults on "
                << format_in_unit(*area, "mm2", 4)
                << ", alpha = " << format_number(profile.clustering) << ", "
                << format_number(profile.layers) << " layers\n\n"
                << table.text();
    return kFeasible;
}

}  // namespace wafercast::cli
