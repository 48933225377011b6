#include "kernels/attention_units.hpp"

#include <algorithm>
#include <cmath>

#include "core/kernels/kernel_constants.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

/// A device whose data sheet states no clock.
constexpr double kUnstatedClock = 1.5e9;
/// Operations per cycle of the largest unit that works on one tile; a larger one takes several.
constexpr double kLargestUnit = 8192.0;
/// Vector operations that one exponential costs where no unit for them is stated.
constexpr double kVectorOperations = 16.0;
/// The least that a cache adds to the bandwidth of the memory behind it.
constexpr double kCacheOverMemory = 2.0;

}  // namespace

AttentionUnits attention_units(const KernelDevice& device, NumberFormat products) {
    const AttentionConstants& c = device.constants->attention;
    AttentionUnits units;
    units.clock = device.clock > 0.0 ? device.clock : kUnstatedClock;
    const auto format = next_wider(device.peak, products);
    const double widest = std::max(device.vector_rate, device.peak[index(NumberFormat::kFp32)]);
    const double peak = format ? device.peak[index(*format)] : widest;
    const auto plain = next_wider(device.peak, NumberFormat::kBf16);
    const double usual = plain ? device.peak[index(*plain)] : peak;
    units.count = std::max({1.0, device.units, usual / (units.clock * kLargestUnit)});
    const double cycles = units.count * units.clock;
    units.flops = std::max(peak, 1.0) / cycles;
    units.exponentials = std::max(c.exponentials, device.vector_rate / kVectorOperations / cycles);
    units.cache_bandwidth = std::max(
        {device.cache_bandwidth, c.feed * cycles, kCacheOverMemory * device.memory_bandwidth});
    units.feed = units.cache_bandwidth / cycles;
    return units;
}

double overlapped(double a, double b) {
    const double slow = std::max(a, b), fast = std::min(a, b);
    if (slow <= 0.0) {
        return 0.0;
    }
    const double ratio = fast / slow;
    const double squared = ratio * ratio;
    return slow * std::sqrt(std::sqrt(1.0 + squared * squared));
}

double hit_share(double bytes, double capacity) {
    if (bytes <= capacity) {
        return 1.0;
    }
    if (capacity <= 0.0 || bytes > 40.0 * capacity) {
        return 0.0;
    }
    const double ratio = bytes / capacity;
    double share = 0.0;
    for (int step = 0; step < 12; ++step) {
        share = std::exp(-(1.0 - share) * ratio);
    }
    return share;
}

MemoryTime memory_time(const KernelDevice& device, const AttentionUnits& units, double bytes,
                       bool cold) {
    const AttentionConstants& c = device.constants->attention;
    const double hits = cold ? 0.0 : hit_share(bytes, device.cache_bytes * c.cached);
    const double missed = bytes * (1.0 - hits);
    return {.seconds = missed / (device.memory_bandwidth * c.memory) +
                       bytes * hits / units.cache_bandwidth,
            .bytes = missed};
}

double power_time(const KernelDevice& device, NumberFormat products, double operations,
                  double bytes) {
    const auto format = next_wider(device.peak, products);
    const double each = format ? device.joules_per_op[index(*format)] : 0.0;
    const double limit = device.power_limit - device.static_power;
    return limit > 0.0 ? (operations * each + bytes * device.joules_per_byte) / limit : 0.0;
}

}  // namespace wafercast
