#include "schema/catalog_schema.hpp"

#include <algorithm>
#include <array>

#include "units/units.hpp"

namespace wafercast {
namespace {

using namespace dimension;

constexpr Dimension kMassPerEnergy = mass / energy;
constexpr Dimension kMoneyPerPowerTime = money / energy;  // USD per (W s)
constexpr Dimension kWireEnergy = energy_per_information / length;
constexpr bool kOptional = false;

constexpr CatalogField number(std::string_view path, Dimension dimension, bool required = true,
                              double maximum = std::numeric_limits<double>::infinity()) {
    return {path, CatalogForm::kNumber, dimension, required, maximum};
}
constexpr CatalogField share(std::string_view path, bool required = true) {
    return number(path, none, required, 1.0);
}
constexpr CatalogField text(std::string_view path, bool required = true) {
    return {path, CatalogForm::kText, none, required};
}
constexpr CatalogField flag(std::string_view path, bool required = true) {
    return {path, CatalogForm::kFlag, none, required};
}

constexpr std::array kAccelerators{
    text("vendor"),
    text("status"),
    text("process", kOptional),
    text("memory_type", kOptional),
    text("process_name", kOptional),
    number("year_introduced", none),
    number("die_area", area, kOptional),
    number("compute_dies", none, kOptional),
    number("memory_capacity", information),
    number("memory_bandwidth", bandwidth),
    number("tdp", power),
    number("link_bandwidth", bandwidth, kOptional),
    text("scale_up_link", kOptional),
    number("scale_up_domain", none, kOptional),
    number("devices_per_root", none, kOptional),
    number("transistors", none, kOptional),
    number("sram", information, kOptional),
    number("peak.fp32", operation_rate, kOptional),
    number("peak.bf16", operation_rate, kOptional),
    number("peak.fp16", operation_rate, kOptional),
    number("peak.fp8", operation_rate, kOptional),
    number("peak.int8", operation_rate, kOptional),
    number("peak.fp4", operation_rate, kOptional),
    number("peak.int4", operation_rate, kOptional),
    number("price", money, kOptional),
    number("bill_of_materials", money, kOptional),
    number("rental", money_per_time, kOptional),
};

constexpr std::array kApiPrices{
    text("model"),
    number("input", money_per_token),
    number("output", money_per_token),
};

constexpr std::array kBatteries{
    number("capacity", energy),
    number("price", money),
    number("cycles", none),
};

constexpr std::array kBlocks{
    text("kind"),
    text("process"),
    number("area", area),
    share("logic_share"),
    share("sram_share"),
    share("analog_share"),
    share("datapath_share", kOptional),
    flag("repairable"),
    share("critical_fraction", kOptional),
    number("sram", information, kOptional),
    text("unit", kOptional),
};

constexpr std::array kElectricity{
    number("price", money_per_energy),
    number("carbon_intensity", kMassPerEnergy),
};

constexpr std::array kFabrics{
    text("kind"),
    text("process"),
    number("vdd", voltage),
    number("energy.fp32", energy_per_operation, kOptional),
    number("energy.tf32", energy_per_operation, kOptional),
    number("energy.bf16", energy_per_operation, kOptional),
    number("energy.fp16", energy_per_operation, kOptional),
    number("energy.fp8", energy_per_operation, kOptional),
    number("energy.fp6", energy_per_operation, kOptional),
    number("energy.fp4", energy_per_operation, kOptional),
    number("energy.int8", energy_per_operation, kOptional),
    number("energy.int4", energy_per_operation, kOptional),
    number("energy.ternary", energy_per_operation, kOptional),
    number("sram_energy", energy_per_information),
    number("wire_energy", kWireEnergy),
};

constexpr std::array kFacilities{
    number("pue", none),
    number("capital", money_per_power),
    number("life", time),
    number("server_life", time),
    number("cost_of_capital", frequency),
    number("maintenance", frequency),
    number("operation", kMoneyPerPowerTime),
};

constexpr std::array kFamilies{
    text("stack"),
    text("like", kOptional),
    text("default_stack", kOptional),
    number("host_overhead_per_step", time),
    number("fixed_time", none, kOptional),
    number("link_time", none, kOptional),
    number("achieved_clock", frequency, kOptional),
};

constexpr std::array kLinks{
    text("kind"),
    text("topology"),
    number("bandwidth", bandwidth),
    number("latency", time),
    number("energy", energy_per_information),
    number("phy_area", area, kOptional),
    number("phy_shoreline", length, kOptional),
    number("reach", length, kOptional),
    flag("in_network_reduction", kOptional),
    number("links_per_device", none, kOptional),
    number("price_per_device", money, kOptional),
};

constexpr std::array kMemories{
    text("kind"),
    number("capacity", information),
    number("pin_rate", bandwidth),
    number("bus_width", none),
    number("energy", energy_per_information),
    number("device_energy", energy_per_information, kOptional),
    number("price_per_capacity", money_per_information),
    number("width", length),
    number("height", length),
    number("phy_shoreline", length),
    number("phy_area", area),
    number("latency", time),
    share("efficiency"),
    number("static_power", power, kOptional),
};

constexpr std::array kModels{
    text("family"),
    text("attention"),
    text("mlp"),
    text("native_precision"),
    number("layers", none),
    number("hidden", none),
    number("heads", none),
    number("kv_heads", none),
    number("head_dim", none),
    number("ffn", none),
    number("moe_ffn", none, kOptional),
    number("routed_experts", none, kOptional),
    number("experts_per_token", none, kOptional),
    number("shared_experts", none, kOptional),
    number("first_dense_layers", none, kOptional),
    number("vocab", none),
    number("context", none),
    number("sliding_window", none, kOptional),
    number("full_attention_every", none, kOptional),
    number("full_attention_layers", none, kOptional),
    number("kv_lora_rank", none, kOptional),
    number("qk_rope_dim", none, kOptional),
    number("q_lora_rank", none, kOptional),
    number("qk_nope_dim", none, kOptional),
    number("v_head_dim", none, kOptional),
    number("o_lora_rank", none, kOptional),
    number("o_groups", none, kOptional),
    number("linear_value_heads", none, kOptional),
    number("linear_key_heads", none, kOptional),
    number("linear_head_dim", none, kOptional),
    number("linear_state", none, kOptional),
    number("linear_conv_width", none, kOptional),
    number("index_heads", none, kOptional),
    number("index_head_dim", none, kOptional),
    number("index_top", none, kOptional),
    number("kv_compression_ratio", none, kOptional),
    number("kv_compression_ratio_sparse", none, kOptional),
    number("total_parameters", none),
    number("active_parameters", none, kOptional),
    flag("tied_embeddings"),
    flag("attention_gate", kOptional),
};

constexpr std::array kNre{
    number("design_nre", money),    number("package_nre", money),
    number("software_nre", money),  number("ip_nre", money, kOptional),
    number("mask_set_count", none),
};

constexpr std::array kPackages{
    text("flow"),
    text("d2d", kOptional),
    flag("fine_pitch", kOptional),
    number("substrate_cost", money_per_area),
    number("bump_cost", money_per_area),
    number("substrate_area_ratio", none),
    number("substrate_layers", none, kOptional),
    number("interposer_clustering", none, kOptional),
    number("interposer_area_ratio", none, kOptional),
    share("die_bond_yield"),
    share("memory_attach_yield"),
    share("assembly_yield"),
    share("stitching_yield", kOptional),
    number("assembly_cost", money),
    number("interposer_wafer_price", money, kOptional),
    number("interposer_defect_density", per_area, kOptional),
    number("max_interposer_area", area, kOptional),
    number("die_spacing", length),
    number("edge_margin", length),
};

constexpr std::array kProcessNodes{
    text("foundry"),
    number("wafer_diameter", length),
    number("scribe_width", length),
    number("edge_exclusion", length),
    number("notch_depth", length),
    number("reticle_width", length),
    number("reticle_height", length),
    number("wafer_price", money),
    number("mask_set_cost", money),
    number("design_nre", money),
    number("defect_density", per_area),
    number("logic_density", per_area),
    number("clustering", none),
    number("critical_layers", none),
    number("analog_scale", none),
    number("energy_scale", none),
    number("speed_scale", none),
    number("mask_layers", none),
    number("euv_layers", none),
    number("sram_density", information_per_area),
    number("rom_density", information_per_area, kOptional),
    number("vdd", voltage),
    number("threshold_voltage", voltage, kOptional),
    number("leakage_density", power_density),
    share("systematic_yield", kOptional),
};

constexpr std::array kServers{
    number("accelerators", none),
    number("spares", none, kOptional),
    number("chassis_price", money),
    number("network_price", money),
    number("power", power),
    number("network_power", power, kOptional),
    number("failure_rate", frequency),
    share("repair_share"),
    number("life", time),
};

constexpr std::array kTests{
    number("sort_cost_per_wafer", money),
    number("final_test_cost", money),
    number("burn_in_cost", money, kOptional),
    number("system_level_cost", money, kOptional),
    share("sort_coverage"),
    share("final_coverage"),
    share("final_yield"),
};

constexpr std::array kVendors{
    share("gross_margin"),
};

constexpr std::array kKinds{
    CatalogKind{"accelerators", kAccelerators, "shipped devices: published figures and prices"},
    CatalogKind{"api_prices", kApiPrices, "what a posted interface charges for a model"},
    CatalogKind{"batteries", kBatteries, "cells and packs of edge devices"},
    CatalogKind{"blocks", kBlocks, "pieces of content: area of one unit at a node"},
    CatalogKind{"electricity", kElectricity, "price and carbon of grid power"},
    CatalogKind{"fabrics", kFabrics, "energy of arithmetic and of moving data on a node"},
    CatalogKind{"facilities", kFacilities, "data centres"},
    CatalogKind{"families", kFamilies,
                "device family and software stack: constants of its kernels"},
    CatalogKind{"links", kLinks, "die-to-die, scale-up, scale-out and host links"},
    CatalogKind{"memories", kMemories, "memory stacks and chips"},
    CatalogKind{"models", kModels, "transformer shapes"},
    CatalogKind{"nre", kNre, "one-time cost of a product"},
    CatalogKind{"packages", kPackages, "assembly flows and what they cost"},
    CatalogKind{"process_nodes", kProcessNodes, "wafer price, defects and scaling of a node"},
    CatalogKind{"servers", kServers, "chassis, host and network around accelerators"},
    CatalogKind{"tests", kTests, "wafer sort, final test and burn-in"},
    CatalogKind{"vendors", kVendors, "margins of vendors"},
};

}  // namespace

std::span<const CatalogKind> catalog_kinds() { return kKinds; }

const CatalogKind* find_catalog_kind(std::string_view name) {
    const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                    [name](const CatalogKind& kind) { return kind.name == name; });
    return found == kKinds.end() ? nullptr : &*found;
}

const CatalogField* find_catalog_field(const CatalogKind& kind, std::string_view path) {
    const auto found =
        std::find_if(kind.fields.begin(), kind.fields.end(),
                     [path](const CatalogField& field) { return field.path == path; });
    return found == kind.fields.end() ? nullptr : &*found;
}

}  // namespace wafercast
