#include "kernels/catalog_device.hpp"

#include <string>
#include <vector>

namespace wafercast {
namespace {

/// What the units of a family are: its `unit_kind`, or that of the family it is like.
UnitKind kind_of(const Catalog& catalog, std::string_view family) {
    const std::string_view kind = family_text(catalog, family, "unit_kind");
    return kind == "systolic"      ? UnitKind::kSystolic
           : kind == "vector"      ? UnitKind::kVector
           : kind == "in_memory"   ? UnitKind::kInMemory
           : kind == "rom_weights" ? UnitKind::kRomWeights
                                   : UnitKind::kTensorCore;
}

double number_or(const CatalogEntry& entry, std::string_view field, double fallback) {
    const SourcedNumber* number = entry.number(field);
    return number == nullptr ? fallback : number->points.back().value;
}

/// How the catalog's links join the devices of a server.
ScaleUp scale_up_of(const CatalogEntry& link) {
    if (link.text("kind") == "host") {
        return ScaleUp::kHost;
    }
    if (link.text("topology") == "fully-connected") {
        return ScaleUp::kFullyConnected;
    }
    return link.text("topology") == "switched" ? ScaleUp::kSwitched : ScaleUp::kRing;
}

/// Cards of one switch or root complex reach each other at full rate.
constexpr double kDevicesPerRoot = 2.0;

}  // namespace

Result<KernelDevice> catalog_device(const Catalog& catalog, std::string_view id) {
    const auto found = catalog.require("accelerators", id);
    if (!found) {
        return found.error();
    }
    const CatalogEntry& entry = **found;
    KernelDevice device;
    device.units = number_or(entry, "compute_units", 1.0);
    device.kind = kind_of(catalog, entry.text("family"));
    device.clock = number_or(entry, "boost_clock", 0.0);
    device.max_clock = number_or(entry, "max_clock", device.clock);
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        device.peak[f] = number_or(entry, "peak." + std::string{kNumberFormatNames[f]}, 0.0);
    }
    if (device.peak[index(NumberFormat::kFp16)] <= 0.0) {
        device.peak[index(NumberFormat::kFp16)] = device.peak[index(NumberFormat::kBf16)];
    }
    device.vector_rate = device.peak[index(NumberFormat::kFp32)];
    device.exponentials = number_or(entry, "exponentials", 0.0);
    device.memory_bandwidth = number_or(entry, "memory_bandwidth", 0.0);
    device.memory_bytes = number_or(entry, "memory_capacity", 0.0);
    device.cache_bytes = number_or(entry, "sram", 0.0);
    device.unit_bytes = number_or(entry, "sram_per_unit", 0.0);
    device.dies = number_or(entry, "compute_dies", 1.0);
    device.power_limit = number_or(entry, "tdp", 0.0);
    device.link_bandwidth = number_or(entry, "link_bandwidth", 0.0);
    device.devices_per_server =
        number_or(entry, "scale_up_domain", number_or(entry, "devices_per_node", 1.0));
    device.devices_per_root = number_or(entry, "devices_per_root", kDevicesPerRoot);
    if (const CatalogEntry* link = catalog.find("links", entry.text("scale_up_link"))) {
        device.scale_up = scale_up_of(*link);
        device.in_network_reduction = link->flag("in_network_reduction");
    }
    device.scale_out_bandwidth = number_or(entry, "scale_out_bandwidth", 0.0);
    return device;
}

void scale_rates(KernelDevice& device, const AchievedConstants& achieved) {
    for (double& peak : device.peak) {
        peak *= achieved.compute;
    }
    device.vector_rate *= achieved.compute;
    device.memory_bandwidth *= achieved.memory;
    device.link_bandwidth *= achieved.link;
    device.scale_out_bandwidth *= achieved.link;
}

}  // namespace wafercast
