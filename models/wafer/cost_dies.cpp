#include "wafer/cost_dies.hpp"

#include <algorithm>

#include "evaluate/context.hpp"
#include "nre/nre.hpp"
#include "registry/model_set.hpp"
#include "wafer/dies_per_wafer.hpp"
#include "wafer/wafer_stock.hpp"
#include "yield/fault_profile.hpp"
#include "yield/harvest.hpp"

namespace wafercast {

namespace {

constexpr double kSmallestShare = 1e-12;  ///< keeps costs finite where no die would ever pass

/// The same die with nothing repaired and nothing spared: a defect anywhere is fatal.
FaultProfile whole_die(FaultProfile profile, const ResolvedDesign& d, const ResolvedDie& die,
                       const PlacedDie& placed) {
    profile.group_count = 0;
    profile.fatal_faults = d[die.defect_density] * placed.area;
    return profile;
}

DieCost cost_die(const ResolvedDesign& d, const ResolvedDie& die, const PlacedDie& placed,
                 const Context& context) {
    const ResolvedNode& node = d->nodes[die.node];
    const GeometryCache::Counts counts =
        placed_counts(wafer_geometry(d, node, placed.width, placed.height, !die.reticle_exempt),
                      context.geometry);
    const FaultInventory faults = fault_inventory(d, die, placed);
    DieCost cost;
    cost.gross_dies = counts.whole;
    cost.partial_dies = counts.partial;
    cost.repairable_share = faults.repairable_share;
    cost.yield = die.yield_model->evaluate(whole_die(faults.profile, d, die, placed));
    cost.sellable_yield = sellable_yield(*die.yield_model, faults.profile);
    cost.wafer_price = d[node.wafer_price];
    const double dies = std::max(1.0, counts.whole);
    cost.silicon_cost = cost.wafer_price / dies;
    cost.sort_cost = d.get(die.sort_cost_per_wafer, 0.0) / dies;
    const TestOutcome sort =
        die.test_model->evaluate(cost.sellable_yield, d.get(die.sort_coverage, 1.0));
    cost.pass_share = std::max(kSmallestShare, sort.pass_share);
    cost.outgoing_quality = sort.outgoing_quality;
    cost.cost = (cost.silicon_cost + cost.sort_cost) / cost.pass_share;
    const DieNre nre = die_nre(d, die);
    cost.mask_nre = nre.masks;
    cost.design_nre = nre.design;
    return cost;
}

}  // namespace

SiliconCost cost_dies(const ResolvedDesign& d, const Layout& layout, const Context& context) {
    SiliconCost silicon;
    silicon.dies.reserve(d->dies.size());
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        const DieCost& cost =
            silicon.dies.emplace_back(cost_die(d, d->dies[i], layout.dies[i], context));
        silicon.nre += cost.mask_nre + cost.design_nre;
        if (cost.gross_dies < 1.0) {
            silicon.violations.push_back(
                {ConstraintId::kWaferDies, cost.gross_dies, 1.0, static_cast<int>(i)});
        }
    }
    return silicon;
}

void register_wafer_models(ModelSet& models) {
    register_dies_per_wafer(models.dies_per_wafer);
    models.stages.cost_dies = cost_dies;
}

}  // namespace wafercast
