#include "performance/kernel_device.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/catalog_device.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

unsigned at(int i) { return static_cast<unsigned>(i); }

void set_memory(const DeviceRating& rating, int tier, KernelDevice& device) {
    const MemoryTier& home = rating.tiers[at(tier)];
    device.memory_bandwidth = home.bandwidth;
    device.memory_bytes = home.capacity;
    device.unit_bytes = rating.unit_bytes * std::max(rating.compute_units, 1.0) / device.units;
    if (home.kind != MemoryTier::Kind::kStack) {
        return;  // nothing stands between the units and memory on their own die
    }
    device.cache_bytes = rating.cache_bytes;
    for (int i = 0; i < rating.tier_count; ++i) {
        const MemoryTier& near = rating.tiers[at(i)];
        if (near.kind == MemoryTier::Kind::kSram) {
            device.cache_bytes = std::max(device.cache_bytes, near.capacity);
            device.cache_bandwidth = near.bandwidth;
        }
    }
}

/// Operations a cycle, widest format, of the units that the kernel models were fitted on.
constexpr double kUnitOperations = 4096.0;

/// One array as large as a die, or as many cores as a wafer holds, work on a matrix as so many
/// units of the usual size would: blocks of it are dealt out to parts of the array, or to groups of
/// cores.
double units_of(UnitKind kind, const DeviceRating& rating) {
    const double stated = std::max(rating.compute_units, 1.0);
    if (kind == UnitKind::kTensorCore || rating.clock <= 0.0) {
        return stated;
    }
    double widest = 0.0;
    for (std::size_t f = 0; f < kNumberFormatCount && widest <= 0.0; ++f) {
        widest = rating.peak[f];
    }
    return std::max(std::round(widest / rating.clock / kUnitOperations), 1.0);
}

}  // namespace

NumberFormat format_on(const DeviceRating& rating, NumberFormat wanted) {
    return next_wider(rating.peak, wanted).value_or(wanted);
}

KernelDevice kernel_device(const ResolvedDesign& d, const DeviceRating& rating,
                           const Network& network, int tier) {
    KernelDevice device;
    device.kind = d->device.unit_kind;
    device.units = units_of(d->device.unit_kind, rating);
    device.clock = rating.clock;
    device.max_clock = rating.max_clock;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        const auto format = static_cast<NumberFormat>(f);
        device.peak[f] = rating.peak[f];
        if (!next_wider(rating.peak, format)) {
            device.peak[f] = datapath(rating, format).peak;
        }
    }
    device.vector_rate = rating.peak[index(NumberFormat::kFp32)];
    device.dies = std::max(rating.compute_dies, 1.0);
    device.power_limit = rating.power_limit;
    device.static_power = rating.static_power;
    device.switching = rating.switching;
    set_memory(rating, tier, device);
    device.link_bandwidth = network.inside.bytes_per_s;
    device.link_latency = network.inside.hop_seconds;
    device.scale_up = network.inside.topology;
    device.in_network_reduction = network.inside.in_network_reduction;
    device.devices_per_server = network.per_server;
    device.scale_out_bandwidth = network.outside.bytes_per_s;
    device.scale_out_latency = network.outside.hop_seconds;
    const auto& family = d->device;
    device.constants = &family.kernels;
    scale_rates(device, {.compute = std::min(d.get(family.achieved_compute, 1.0), 1.0),
                         .memory = std::min(d.get(family.achieved_memory, 1.0), 1.0),
                         .link = std::min(d.get(family.achieved_link, 1.0), 1.0)});
    return device;
}

KernelDevice at_clock(const KernelDevice& device, bool memory_on_die, double clock_factor) {
    KernelDevice slow = device;
    slow.clock *= clock_factor;
    slow.max_clock *= clock_factor;
    for (double& peak : slow.peak) {
        peak *= clock_factor;
    }
    slow.vector_rate *= clock_factor;
    slow.cache_bandwidth *= clock_factor;
    slow.memory_bandwidth *= memory_on_die ? clock_factor : 1.0;
    return slow;
}

}  // namespace wafercast
