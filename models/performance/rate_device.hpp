#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Rates of a device from its content; the stage between package and serving.
///
///     peak[f]    = sum over compute blocks of  dies x sold units x rate[f] x clock / calibration
///     clock memory     = stacks: count x pin rate x width;  on-die memories: sold capacity and
///     bandwidth energy[f]  = fabric energy x switching_scale(die node), weighted by the blocks'
///     rates full power = static + max over f of peak[f] energy[f] + bandwidth x energy per byte
///     power      = min(limit, calibrated limit x full power / full power at calibration content)
///
/// On-die memory is a level of its own where the design states its bandwidth; else it is a cache.
/// The clock breaks kClock above calibration clock x speed_scale ratio x 1.1, by the alpha-power
/// law
///
///     f(V) / f(V0) = ((V - Vt)^1.3 / V) / ((V0 - Vt)^1.3 / V0)
///
/// times what the supply V gives over the V0 of the calibration clock, without the 1.1 where that
/// is less than one; V <= Vt breaks kSupply. HBM breaks kFinePitch, kMemoryPhy and kPinRate; a
/// server kServerSlots. Units are SI; ranges follow from the design's. Leaves out thermal limits.
/// @cite williams-2009-roofline, horowitz-2014-energy, sakurai-1990-alpha-power
DeviceRating rate_device(const ResolvedDesign& design, const Layout& layout,
                         const Context& context);

/// Enabled units of a block.
double sold_count(const ResolvedDesign& design, const ResolvedBlock& block);

/// Enabled capacity of a block [byte].
double sold_capacity(const ResolvedDesign& design, const ResolvedBlock& block);

}  // namespace wafercast
