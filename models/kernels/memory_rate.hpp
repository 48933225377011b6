#pragma once

#include <limits>

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// What a kernel gets of the memory's peak bandwidth [byte/s]. Infinite where a device states none,
/// as those do that keep everything in their units: memory then bounds nothing.
///
/// @param share  of the peak, (0, 1]
inline double memory_rate(const KernelDevice& device, double share) {
    return device.memory_bandwidth > 0.0 ? device.memory_bandwidth * share
                                         : std::numeric_limits<double>::infinity();
}

}  // namespace wafercast
