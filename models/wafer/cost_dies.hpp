#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

struct Context;
struct ModelSet;

/// Wafer -> whole dies at the best offset -> yield with harvesting -> wafer sort -> cost of a
/// passing die, for every kind of die, with its NRE. A die that fits no wafer is a violation and is
/// priced as one a wafer, so that the numbers after it stay finite.
SiliconCost cost_dies(const ResolvedDesign& design, const Layout& layout, const Context& context);

/// Closed forms and ModelSet::stages.cost_dies.
void register_wafer_models(ModelSet& models);

}  // namespace wafercast
