#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Scale of switching energy from the node and voltage a fabric was characterised at to a die's.
///
///     energy_scale(node) / energy_scale(fabric node) x (V / V_fabric)^2
///
/// @param node index of the die's node; the supply is device.vdd, else the node's nominal [V].
/// Near-threshold effects and the energy of level shifters are left out. @cite weste-2011-cmos
double switching_scale(const ResolvedDesign& design, std::uint32_t node);

/// The same for the node the outline was published at: the calibration point of rated power.
double calibration_switching_scale(const ResolvedDesign& design, const ResolvedDie& die);

/// Content of a block, capacity or units, over that of the published package [-].
double content_ratio(const ResolvedDesign& design, const ResolvedBlock& block);

/// Leakage of one block at the die's node and supply [W].
///
///     area x leakage_density(node) x (1 - analog share) x V / V_nominal
///
/// Temperature is that of the node's figure. @cite weste-2011-cmos
double block_leakage(const ResolvedDesign& design, const ResolvedDie& die,
                     const ResolvedBlock& block, double area);

/// Energy to read or write on-die memory and to carry the data over `distance` [J/byte].
///
///     (sram energy + wire energy x distance) x switching_scale(node)
///
/// @param distance [m]; 0 for memory beside its user. @cite horowitz-2014-energy
double on_die_energy(const ResolvedDesign& design, std::uint32_t node, double distance);

/// Power that flows whatever the device does [W]: leakage of every block, fixed block powers
/// (scaled with content) and the memories' static power.
double static_power(const ResolvedDesign& design, const Layout& layout);

}  // namespace wafercast
