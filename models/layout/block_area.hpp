#pragma once

#include <vector>

#include "core/resolved_design.hpp"

namespace wafercast {

/// Area a block of the given shares takes at node `to` when it takes 1 at node `from`:
/// logic LD(from)/LD(to) + sram SD(from)/SD(to) + analog AS(to)/AS(from), with transistor density
/// LD, SRAM density SD and analog area ratio AS. @cite tsmc-2024-node-claims
double area_scale(const ResolvedDesign& design, const AreaShares& shares, const ResolvedNode& from,
                  const ResolvedNode& to);

/// Areas of a die's blocks [m2], parallel to ResolvedDie::blocks, at the die's node and current
/// content.
///
/// unit area x count x scale; a memory block without an area takes capacity / density of the node;
/// "rest" takes what the published outline leaves at the content and node of the calibration,
/// scaled to the die's node. So a die at its published content has its published area whatever the
/// block areas drawn; block areas that overfill the outline are shrunk to fit it.
/// @param phys_in_outline area of die-to-die PHYs already inside the outline [m2]
void block_areas(const ResolvedDesign& design, const ResolvedDie& die, double phys_in_outline,
                 std::vector<double>& out);

}  // namespace wafercast
