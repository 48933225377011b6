#include "kernels/attention_units.hpp"

#include <algorithm>
#include <cmath>

#include "core/kernels/kernel_constants.hpp"
#include "kernels/memory_rate.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

/// A device whose data sheet states no clock.
constexpr double kUnstatedClock = 1.5e9;
/// Operations per cycle of the largest unit that works on one tile; a larger one takes several.
constexpr double kLargestUnit = 8192.0;
/// The same of units so small that several share a tile.
constexpr double kSmallestUnit = 256.0;
/// Vector operations of an exponential in software.
constexpr double kVectorOperations = 64.0;
/// Operations per byte of memory bandwidth of a device whose data sheet states no rate.
constexpr double kUnstatedIntensity = 100.0;
/// The least that a cache adds to the bandwidth of the memory behind it.
constexpr double kCacheOverMemory = 2.0;

/// Rate of products in a format [op/s]: its own, that of the next wider one, or of the widest there
/// is in as many passes as its parts have pairs.
double rate_of(const KernelDevice& device, NumberFormat wanted) {
    if (const auto format = next_wider(device.peak, wanted)) {
        return device.peak[index(*format)];
    }
    double rate = 0.0, bits = 0.0;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        if (device.peak[f] > 0.0 && kNumberFormatBits[f] > bits) {
            bits = kNumberFormatBits[f];
            const double parts = kNumberFormatBits[index(wanted)] / bits;
            rate = device.peak[f] / std::max(1.0, parts * parts);
        }
    }
    return rate > 0.0 ? rate : kUnstatedIntensity * device.memory_bandwidth;
}

}  // namespace

AttentionUnits attention_units(const KernelDevice& device, NumberFormat products) {
    const AttentionConstants& c = device.constants->attention;
    AttentionUnits units;
    units.clock = device.clock > 0.0 ? device.clock : kUnstatedClock;
    const double peak = rate_of(device, products);
    const double usual = rate_of(device, NumberFormat::kBf16) / units.clock;
    units.count =
        std::max(1.0, std::clamp(device.units, usual / kLargestUnit, usual / kSmallestUnit));
    const double cycles = units.count * units.clock;
    units.flops = peak / cycles;
    const double own = device.exponentials > 0.0 ? device.exponentials : c.exponentials;
    units.exponentials = std::max(own * std::max(1.0, device.units / units.count),
                                  device.vector_rate / kVectorOperations / cycles);
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
    return {
        .seconds = missed / memory_rate(device, c.memory) + bytes * hits / units.cache_bandwidth,
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
