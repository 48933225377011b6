#pragma once

#include "core/fault_profile.hpp"
#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// A die's faults from its inventory: defect density x area, block by block.
///
/// - Units of a block sold below its count: the repairable share of each unit's area costs that
/// unit alone,
///   so the block becomes a k-of-n group; the rest of its area is fatal.
/// - Memory and fixed blocks: the repairable share survives outright, through spare rows, columns
/// or slices.
/// - Everything else, units without spares and die-to-die PHYs included, is fatal. Groups beyond
/// kMaxRepairableGroups count as fatal.
/// @cite koren-1998
FaultProfile fault_profile(const ResolvedDesign& design, const ResolvedDie& die,
                           const PlacedDie& placed);

/// The same with the share of the die's area in which a defect is survivable.
struct FaultInventory {
    FaultProfile profile;
    double repairable_share = 0.0;
};
FaultInventory fault_inventory(const ResolvedDesign& design, const ResolvedDie& die,
                               const PlacedDie& placed);

}  // namespace wafercast
