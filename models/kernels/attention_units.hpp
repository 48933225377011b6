#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// A device as attention kernels see it, per cycle; what its data sheet leaves out is assumed.
struct AttentionUnits {
    double count = 1.0;            ///< units that take tiles side by side
    double clock = 0.0;            ///< [Hz]
    double flops = 0.0;            ///< [op] per cycle and unit in the format of the products
    double exponentials = 0.0;     ///< per cycle and unit
    double feed = 0.0;             ///< [byte] per cycle and unit from the cache
    double cache_bandwidth = 0.0;  ///< [byte/s] of all units
};

/// @param products  format of the multiplications; one that the device lacks is widened
AttentionUnits attention_units(const KernelDevice& device, NumberFormat products);

/// Time of two streams that run side by side: the slower one, a little more where they are close,
/// (a^4 + b^4)^(1/4).
double overlapped(double a, double b);

/// Share of data swept again and again that a cache with random replacement still holds:
/// h = exp(-(1 - h) bytes / capacity).
double hit_share(double bytes, double capacity);

/// Bytes that a kernel touches once, from memory and, of what an earlier run left there, from the
/// cache.
struct MemoryTime {
    double seconds = 0.0;
    double bytes = 0.0;  ///< from memory
};
MemoryTime memory_time(const KernelDevice& device, const AttentionUnits& units, double bytes,
                       bool cold);

/// The least time in which the board's power limit lets so much be done [s]; 0 where energies or
/// the limit are not stated.
double power_time(const KernelDevice& device, NumberFormat products, double operations,
                  double bytes);

}  // namespace wafercast
