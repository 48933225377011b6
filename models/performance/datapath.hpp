#pragma once

#include <array>
#include <optional>

#include "core/number_format.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Where operands of a format are computed on a device.
struct Datapath {
    NumberFormat format = NumberFormat::kBf16;  ///< format of the units used
    double peak = 0.0;           ///< [op/s] at device clock; 0: the device computes nothing
    double energy_per_op = 0.0;  ///< [J/op]
    double passes = 1.0;         ///< of narrower units for one operation
};

/// The device's datapath for a format: its own, else the next wider one it has (operands are
/// converted on the way in), else its widest at the cost of several passes, (wanted bits / bits)^2
/// of them.
Datapath datapath(const DeviceRating& device, NumberFormat wanted);

/// The same of a device's peak rates alone, with no energy.
Datapath datapath(const std::array<double, kNumberFormatCount>& peak, NumberFormat wanted);

/// The format two operands are multiplied in: the wider one; of equals the floating-point one.
NumberFormat common_format(NumberFormat a, NumberFormat b);

/// The first format at or above `wanted` in which `has[format]` is positive; nullopt when there is
/// none.
std::optional<NumberFormat> next_wider(const std::array<double, kNumberFormatCount>& has,
                                       NumberFormat wanted);

}  // namespace wafercast
