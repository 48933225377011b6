#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/evaluation.hpp"

namespace wafercast {

/// Builder's cost of one accelerator [USD]: dies, memory, carrier, assembly, test, scrap, NRE
/// share.
CostLine accelerator_tree(const ResolvedDesign& design, const Metrics& metrics);

/// $/Mtok of the scenario's perspective, by what it pays for; the accelerator's share is split like
/// accelerator_tree with the vendor's margin beside it.
CostLine token_cost_tree(const ResolvedDesign& design, const Metrics& metrics);

/// Facility energy of one output token [J].
EnergyLine token_energy_tree(const ResolvedDesign& design, const Metrics& metrics);

}  // namespace wafercast
