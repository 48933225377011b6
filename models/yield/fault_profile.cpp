#include "yield/fault_profile.hpp"

#include <cmath>

namespace wafercast {

namespace {

double sold_units(const ResolvedDesign& d, const ResolvedBlock& block, double count) {
    return block.sold_is_explicit ? d[block.sold] : std::floor(count * block.sold_per_count + 1e-9);
}

}  // namespace

FaultInventory fault_inventory(const ResolvedDesign& d, const ResolvedDie& die,
                               const PlacedDie& placed) {
    const ResolvedNode& node = d->nodes[die.node];
    const double density = d[die.defect_density];
    FaultInventory inventory;
    FaultProfile& profile = inventory.profile;
    profile.clustering = d[die.clustering];
    profile.layers = d.get(node.critical_layers, 1.0);
    profile.systematic_yield = d.get(node.systematic_yield, 1.0);
    double fatal_area = placed.d2d_area;
    double repairable_area = 0.0;
    for (std::size_t i = 0; i < die.blocks.size(); ++i) {
        const ResolvedBlock& block = d->blocks[die.blocks[i]];
        const double area = placed.block_area[i];
        const double repairable = area * d.get(block.repairable, 0.0);
        const double count = std::floor(d.get(block.count, 1.0) + 0.5);
        const double sold = sold_units(d, block, count);
        const bool survives = block.role == BlockRole::kSram || block.role == BlockRole::kRom ||
                              block.role == BlockRole::kFixed;
        const bool spared = sold < count && profile.group_count < kMaxRepairableGroups;
        fatal_area += area - repairable;
        if (spared && repairable > 0.0) {
            profile.groups[static_cast<unsigned>(profile.group_count++)] = {
                .faults_per_unit = density * repairable / count,
                .physical = count,
                .required = sold};
            repairable_area += repairable;
        } else if (survives) {
            repairable_area += repairable;
        } else {
            fatal_area += repairable;
        }
    }
    profile.fatal_faults = density * fatal_area;
    inventory.repairable_share = placed.area > 0.0 ? repairable_area / placed.area : 0.0;
    return inventory;
}

FaultProfile fault_profile(const ResolvedDesign& d, const ResolvedDie& die,
                           const PlacedDie& placed) {
    return fault_inventory(d, die, placed).profile;
}

}  // namespace wafercast
