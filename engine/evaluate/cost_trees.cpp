#include "evaluate/cost_trees.hpp"

#include <cmath>

namespace wafercast {

namespace {

CostLine scaled(const CostLine& line, double factor) {
    CostLine out{line.label, line.usd * factor, {}};
    for (const CostLine& child : line.children) {
        out.children.push_back(scaled(child, factor));
    }
    return out;
}

/// A line whose amount is what its children sum to.
CostLine summed(std::string label, std::vector<CostLine> children) {
    double sum = 0.0;
    for (const CostLine& child : children) {
        sum += child.usd;
    }
    return {std::move(label), sum, std::move(children)};
}

CostLine die_line(const ResolvedDesign& design, const Metrics& metrics) {
    CostLine dies{"dies", metrics.package.dies, {}};
    double sum = 0.0;
    for (std::size_t i = 0; i < design->dies.size(); ++i) {
        const double cost = design[design->dies[i].count] * metrics.silicon.dies[i].cost;
        dies.children.push_back({design->dies[i].id, cost, {}});
        sum += cost;
    }
    // Flows that buy more dies than they ship count the difference as scrap, so the sums agree; a
    // flow that does not is shown undivided rather than with parts that do not add up.
    if (std::abs(sum - dies.usd) > 1e-9 * std::abs(sum)) {
        dies.children.clear();
    }
    return dies;
}

}  // namespace

CostLine accelerator_tree(const ResolvedDesign& design, const Metrics& metrics) {
    const PackageCost& package = metrics.package;
    CostLine tree = summed("accelerator", {die_line(design, metrics),
                                           {"memory", package.memory, {}},
                                           {"interposer", package.interposer, {}},
                                           {"substrate", package.substrate, {}},
                                           {"assembly", package.assembly, {}},
                                           {"test", package.test, {}},
                                           {"scrap", package.scrap, {}},
                                           {"nre", metrics.economics.nre_per_accelerator, {}}});
    return tree;
}

CostLine token_cost_tree(const ResolvedDesign& design, const Metrics& metrics) {
    const auto side = static_cast<std::size_t>(design->scenario.perspective);
    const Economics& economics = metrics.economics;
    const double total = economics.tokens.usd_per_mtok;
    if (design->scenario.perspective == Perspective::kApi) {
        const double owner = economics.usd_per_mtok[static_cast<std::size_t>(Perspective::kOwner)];
        if (!std::isfinite(owner)) {
            return summed("usd_per_mtok", {{"posted_price", total, {}}});
        }
        return summed("usd_per_mtok", {{"owner_cost", owner, {}}, {"margin", total - owner, {}}});
    }
    const HourlyCost& hourly = economics.hourly[side];
    const double per_hour = hourly.total();
    const double factor = per_hour > 0.0 ? total / per_hour : 0.0;
    CostLine accelerators{"accelerators", hourly.accelerators * factor, {}};
    const CostLine device = accelerator_tree(design, metrics);
    if (hourly.accelerators > 0.0 && device.usd > 0.0) {
        const bool at_price = design->scenario.perspective == Perspective::kOwner;
        const double unit = at_price ? economics.accelerator_price : device.usd;
        accelerators.children = scaled(device, accelerators.usd / unit).children;
        if (at_price) {
            accelerators.children.push_back(
                {"vendor_margin",
                 accelerators.usd * (economics.accelerator_price - device.usd) / unit,
                 {}});
        }
    }
    return summed("usd_per_mtok", {std::move(accelerators),
                                   {"server", hourly.server * factor, {}},
                                   {"network", hourly.network * factor, {}},
                                   {"facility", hourly.facility * factor, {}},
                                   {"financing", hourly.financing * factor, {}},
                                   {"energy", hourly.energy * factor, {}},
                                   {"operation", hourly.operation * factor, {}},
                                   {"maintenance", hourly.maintenance * factor, {}},
                                   {"model_refresh", hourly.model_refresh * factor, {}},
                                   {"rental", hourly.rental * factor, {}}});
}

EnergyLine token_energy_tree(const ResolvedDesign& design, const Metrics& metrics) {
    const EnergySplit& split = metrics.serving.energy;
    const TokenEconomics& tokens = metrics.economics.tokens;
    // Static power runs whether or not there is demand; the rest follows the tokens.
    const double busy = design[design->scenario.utilisation];
    EnergyLine tree{"joules_per_token",
                    0.0,
                    {{"compute", split.compute, {}},
                     {"on_chip_memory", split.on_chip, {}},
                     {"memory", split.memory, {}},
                     {"network", split.network, {}},
                     {"leakage", split.leakage / busy, {}},
                     {"host", split.host / busy, {}},
                     {"facility", tokens.joules_per_token - tokens.it_joules_per_token, {}}}};
    for (const EnergyLine& child : tree.children) {
        tree.joules += child.joules;
    }
    return tree;
}

}  // namespace wafercast
