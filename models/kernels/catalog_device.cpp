#include "kernels/catalog_device.hpp"

#include <set>
#include <string>
#include <vector>

namespace wafercast {
namespace {

/// A chain of families longer than this goes in a circle.
constexpr std::size_t kLongestChain = 8;

std::vector<const CatalogEntry*> chain_of(const Catalog& catalog, std::string_view family) {
    std::vector<const CatalogEntry*> chain;
    const CatalogEntry* entry = catalog.find("families", family);
    while (entry != nullptr && chain.size() < kLongestChain) {
        chain.push_back(entry);
        const std::string_view like = entry->text("like");
        entry = like.empty() ? nullptr : catalog.find("families", like);
    }
    return chain;
}

/// A constant and the name under which its entry states it.
struct StatedConstant {
    const SourcedNumber* number = nullptr;
    std::string path;
};

StatedConstant constant_in(const std::vector<const CatalogEntry*>& chain, std::string_view stack,
                           std::string_view path) {
    const std::string of_stack = "stacks." + std::string{stack} + "." + std::string{path};
    for (const CatalogEntry* entry : chain) {
        for (const std::string_view name : {std::string_view{of_stack}, path}) {
            if (const SourcedNumber* number = entry->number(name)) {
                return {number, std::string{name}};
            }
        }
    }
    return {};
}

/// What the units of a family are: its `unit_kind`, or that of the family it is like.
UnitKind kind_of(const std::vector<const CatalogEntry*>& chain) {
    for (const CatalogEntry* entry : chain) {
        const std::string_view kind = entry->text("unit_kind");
        if (!kind.empty()) {
            return kind == "systolic"      ? UnitKind::kSystolic
                   : kind == "vector"      ? UnitKind::kVector
                   : kind == "in_memory"   ? UnitKind::kInMemory
                   : kind == "rom_weights" ? UnitKind::kRomWeights
                                           : UnitKind::kTensorCore;
        }
    }
    return UnitKind::kTensorCore;
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

Result<KernelConstants> read_kernel_constants(const Catalog& catalog, std::string_view family,
                                              std::string_view stack) {
    const auto chain = chain_of(catalog, family);
    KernelConstants constants;
    Failures problems;
    for (const NamedConstant& constant : kernel_constants()) {
        const SourcedNumber* number = constant_in(chain, stack, constant.path).number;
        if (number == nullptr) {
            problems.push_back({.code = "kernels.missing",
                                .message = "The family '" + std::string{family} +
                                           "' and those it is like state no '" +
                                           std::string{constant.path} + "', " +
                                           std::string{constant.what} + ".",
                                .where = chain.empty() ? SourceLocation{} : chain.front()->where});
            continue;
        }
        constant.in(constants) = number->points.back().value;
    }
    if (!problems.empty()) {
        return problems;
    }
    return constants;
}

std::string kernel_constant_path(const Catalog& catalog, std::string_view family,
                                 std::string_view stack, std::string_view path) {
    return constant_in(chain_of(catalog, family), stack, path).path;
}

std::vector<std::string> kernel_stacks(const Catalog& catalog, std::string_view family) {
    constexpr std::string_view kPrefix = "stacks.";
    std::set<std::string> stacks;
    for (const CatalogEntry* entry : chain_of(catalog, family)) {
        for (const auto& [field, number] : entry->numbers) {
            if (field.starts_with(kPrefix)) {
                const auto end = field.find('.', kPrefix.size());
                stacks.insert(field.substr(kPrefix.size(), end - kPrefix.size()));
            }
        }
    }
    return {stacks.begin(), stacks.end()};
}

Result<KernelDevice> catalog_device(const Catalog& catalog, std::string_view id) {
    const auto found = catalog.require("accelerators", id);
    if (!found) {
        return found.error();
    }
    const CatalogEntry& entry = **found;
    KernelDevice device;
    device.units = number_or(entry, "compute_units", 1.0);
    device.kind = kind_of(chain_of(catalog, entry.text("family")));
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

}  // namespace wafercast
