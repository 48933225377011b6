#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Least heat of erasing one bit [J]: k T ln 2. @param kelvin temperature, >= 0
/// @cite landauer-1961
double landauer_energy(double kelvin);

/// Least supply at which a CMOS inverter still tells 0 from 1 [V]: 2 (k T / q) ln 2, 36 mV at 300
/// K.
/// @param kelvin temperature, >= 0 @cite swanson-1972
double least_supply(double kelvin);

/// How far an operation is from what physics asks for. All in [J/op]; an operation is half a
/// multiply-add.
struct EnergyLimits {
    double achieved = 0.0;    ///< everything the accelerators draw over the operations of the model
    double datapath = 0.0;    ///< of it, the multipliers and adders alone
    double ideal_cmos = 0.0;  ///< the same gates at the least supply: no wires, memory or leakage
    double landauer = 0.0;    ///< one bit erased per operation
    [[nodiscard]] double above_landauer() const { return achieved / landauer; }
    [[nodiscard]] double above_ideal_cmos() const { return achieved / ideal_cmos; }
};

/// The limits of a design as it serves.
///
///     achieved   = (compute + on-chip + memory + network + leakage) per output token / operations
///     ideal CMOS = energy per operation of the gates x (least supply / supply)^2
///
/// Landauer's figure takes one erased bit per operation, the loosest bound there is: an adder of b
/// bits erases about b. @param kelvin of the junction
EnergyLimits energy_limits(const ResolvedDesign& design, const Metrics& metrics, double kelvin);

/// Share of an accelerator's energy that carries data instead of computing, [0, 1]: on-chip, memory
/// and network over these and compute. Leakage is neither.
double movement_share(const EnergySplit& energy);

}  // namespace wafercast
