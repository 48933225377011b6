#include "session/die_calculator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "evaluate/context.hpp"
#include "evaluate/scalar_table.hpp"
#include "math/math.hpp"
#include "registry/model_set.hpp"
#include "wafer/wafer_stock.hpp"

namespace wafercast {

namespace {

namespace dim = dimension;

struct ResolvedQuestion {
    ResolvedDesign design;  ///< one die, one node
    double width = 0.0, height = 0.0;
    Scalar layers;
};

Setting literal(std::optional<double> value) { return value ? Setting::number(*value) : Setting{}; }

Scalar own_or(ScalarTable& table, const char* path, std::optional<double> own, Dimension dimension,
              Scalar otherwise) {
    const Scalar scalar = table.setting(path, literal(own), dimension);
    return scalar.is_set() ? scalar : otherwise;
}

void outline(const DieQuestion& question, ScalarTable& table, ResolvedQuestion& out) {
    const int given =
        (question.width ? 1 : 0) + (question.height ? 1 : 0) + (question.area ? 1 : 0);
    if (given == 3) {
        table.fail("die.outline", "Width, height and area are too many: leave one out.");
    } else if (!question.area && given < 2) {
        table.fail(
            "die.outline",
            "Give --width and --height, or --area (alone for a square die, or with one side).");
    }
    out.width = question.width.value_or(0.0);
    out.height = question.height.value_or(0.0);
    if (question.area) {
        if (out.width == 0.0 && out.height == 0.0) {
            out.width = std::sqrt(*question.area);
        }
        (out.width > 0.0 ? out.height : out.width) =
            *question.area / (out.width > 0.0 ? out.width : out.height);
    }
}

Result<ResolvedQuestion> resolve_question(const DieQuestion& question, const Catalog& catalog,
                                          const ModelSet& models) {
    ScalarTable table{catalog, question.year};
    ResolvedQuestion out;
    auto topology = std::make_shared<ResolvedTopology>();
    ResolvedNode node;
    const CatalogEntry* entry = table.entry("process_nodes", question.process, "--process");
    node.id = entry == nullptr ? std::string{} : entry->id;
    node.wafer_diameter = table.need(entry, "wafer_diameter");
    node.wafer_price = own_or(table, "--wafer-price", question.wafer_price, dim::money,
                              question.wafer_price ? Scalar{} : table.need(entry, "wafer_price"));
    node.scribe_width = table.need(entry, "scribe_width");
    node.edge_exclusion = table.need(entry, "edge_exclusion");
    node.notch_depth = table.need(entry, "notch_depth");
    node.reticle_width = table.need(entry, "reticle_width");
    node.reticle_height = table.need(entry, "reticle_height");
    node.systematic_yield = table.maybe(entry, "systematic_yield");
    ResolvedDie die;
    die.id = "die";
    die.defect_density =
        own_or(table, "--d0", question.defect_density, dim::per_area,
               question.defect_density ? Scalar{} : table.need(entry, "defect_density"));
    die.clustering = own_or(table, "--alpha", question.clustering, dim::none,
                            question.clustering ? Scalar{} : table.need(entry, "clustering"));
    out.layers = own_or(table, "--layers", question.layers, dim::none,
                        question.layers ? Scalar{} : table.need(entry, "critical_layers"));
    die.yield_model = models.yield.find(lower(question.yield_model));
    if (die.yield_model == nullptr) {
        const std::string hint = nearest(lower(question.yield_model), models.yield.ids());
        table.fail("die.unknown_yield_model",
                   "--yield-model: no yield model '" + question.yield_model + "'" +
                       (hint.empty() ? "." : "; did you mean '" + hint + "'?") +
                       " See `wafercast yield --list`.");
    }
    if (!question.test.empty()) {
        const CatalogEntry* test = table.entry("tests", question.test, "--test");
        die.sort_cost_per_wafer = table.need(test, "sort_cost_per_wafer");
        die.sort_coverage = table.need(test, "sort_coverage");
        die.test_model = models.test.find(test == nullptr ? std::string_view{}
                                                          : test->text("model", "detection_rate"));
    }
    outline(question, table, out);
    if (!table.failures().empty()) {
        return table.failures();
    }
    topology->nodes.push_back(node);
    topology->dies.push_back(die);
    topology->origins = table.take_origins();
    out.design = {topology, table.take_values()};
    return out;
}

/// What one draw of the uncertain numbers gives.
struct Point {
    double whole = 0.0, faults = 0.0, yield = 0.0, sort_cost = 0.0, cost = 0.0;
};

Point price(const ResolvedQuestion& q, const ResolvedDesign& d, GeometryCache& cache) {
    const ResolvedNode& node = d->nodes[0];
    const ResolvedDie& die = d->dies[0];
    Point point;
    point.whole = placed_counts(wafer_geometry(d, node, q.width, q.height, true), cache).whole;
    point.faults = q.width * q.height * d[die.defect_density];
    FaultProfile profile;
    profile.fatal_faults = point.faults;
    profile.clustering = d[die.clustering];
    profile.layers = d[q.layers];
    profile.systematic_yield = d.get(node.systematic_yield, 1.0);
    point.yield = die.yield_model->evaluate(profile);
    point.sort_cost = d.get(die.sort_cost_per_wafer, 0.0) / point.whole;
    const double pass =
        die.test_model == nullptr
            ? point.yield
            : die.test_model->evaluate(point.yield, d.get(die.sort_coverage, 1.0)).pass_share;
    point.cost = (d[node.wafer_price] / point.whole + point.sort_cost) / pass;
    return point;
}

DieRange range_of(double value, std::vector<double> draws) {
    std::erase_if(draws, [](double draw) { return !std::isfinite(draw); });
    if (draws.empty()) {
        return {value, value, value};
    }
    std::sort(draws.begin(), draws.end());
    const auto at = [&](double p) {
        return draws[static_cast<std::size_t>(p * static_cast<double>(draws.size() - 1) + 0.5)];
    };
    return {at(0.1), value, at(0.9)};
}

void add_bands(const ResolvedQuestion& q, const DieQuestion& question, std::uint64_t seed,
               const Point& nominal, DieAnswer& out) {
    const auto uncertain = uncertain_scalars(q.design);
    std::vector<double> yields;
    std::vector<double> costs;
    GeometryCache cache;
    for (int i = 0; i < question.samples && !uncertain.empty(); ++i) {
        std::vector<double> quantiles;
        for (std::uint32_t k = 0; k < uncertain.size(); ++k) {
            quantiles.push_back(math::scrambled_sobol(static_cast<std::uint32_t>(i), k, seed));
        }
        const Point point = price(q, at_quantiles(q.design, quantiles), cache);
        yields.push_back(point.yield);
        costs.push_back(point.cost);
    }
    out.yield = range_of(nominal.yield, yields);
    out.cost_per_good_die = range_of(nominal.cost, costs);
}

void check_limits(const ResolvedQuestion& q, DieAnswer& out) {
    const ResolvedNode& node = q.design->nodes[0];
    const double field_width = q.design[node.reticle_width];
    const double field_height = q.design[node.reticle_height];
    if (!fits_field(q.width, q.height, out.scribe, field_width, field_height)) {
        const double longer = std::max(q.width, q.height) + out.scribe;
        const double shorter = std::min(q.width, q.height) + out.scribe;
        const double long_field = std::max(field_width, field_height);
        const double short_field = std::min(field_width, field_height);
        const bool by_length = longer - long_field >= shorter - short_field;
        out.violations.push_back(describe({.constraint = ConstraintId::kReticle,
                                           .value = by_length ? longer : shorter,
                                           .limit = by_length ? long_field : short_field,
                                           .subject = 0},
                                          q.design));
    }
    if (out.placement.counts.whole == 0) {
        out.violations.push_back(describe(
            {.constraint = ConstraintId::kWaferDies, .value = 0.0, .limit = 1.0, .subject = 0},
            q.design));
    }
}

}  // namespace

Result<DieAnswer> answer(const DieQuestion& question, const Catalog& catalog,
                         const ModelSet& models, std::uint64_t seed) {
    const auto resolved = resolve_question(question, catalog, models);
    if (!resolved) {
        return resolved.error();
    }
    const ResolvedDesign& d = resolved->design;
    const ResolvedNode& node = d->nodes[0];
    const ResolvedDie& die = d->dies[0];
    DieAnswer out;
    out.process = node.id;
    out.width = resolved->width;
    out.height = resolved->height;
    out.scribe = d[node.scribe_width];
    out.edge = d[node.edge_exclusion];
    out.placement = best_placement(wafer_geometry(d, node, out.width, out.height, true));
    const WaferGeometry& g = out.placement.geometry;
    const double die_area = out.width * out.height;
    const double radius = g.diameter / 2.0;
    out.field_use = out.placement.counts.columns * out.placement.counts.rows * die_area /
                    (d[node.reticle_width] * d[node.reticle_height]);
    out.wafer_use = out.placement.counts.whole * die_area / (std::numbers::pi * radius * radius);
    out.defect_density = d[die.defect_density];
    out.clustering = d[die.clustering];
    out.layers = d[resolved->layers];
    GeometryCache cache;
    const Point nominal = price(*resolved, d, cache);
    out.expected_faults = nominal.faults;
    out.good_dies = nominal.whole * nominal.yield;
    out.sort_cost = nominal.sort_cost;
    const ScalarOrigin& wafer = d->origins[node.wafer_price.index];
    out.wafer_price = {wafer.low, wafer.value, wafer.high};
    add_bands(*resolved, question, seed, nominal, out);
    check_limits(*resolved, out);
    for (const ScalarOrigin& origin : d->origins) {
        if (origin.from_catalog) {
            out.assumptions.push_back(origin);
        }
    }
    return out;
}

}  // namespace wafercast
