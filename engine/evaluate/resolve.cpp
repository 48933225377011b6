#include <algorithm>
#include <cmath>

#include "core/kernels/read_kernel_constants.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/scalar_table.hpp"
#include "math/math.hpp"

namespace wafercast {

namespace {

namespace dim = dimension;

class Resolver {
public:
    Resolver(const Design& design, const ModelSet& models, ScalarTable& table)
        : design_{design}, models_{models}, table_{table} {}

    ResolvedTopology run() {
        out_.title = design_.title;
        out_.status = design_.status;
        resolve_dies();
        resolve_blocks();
        resolve_nets();
        resolve_package();
        resolve_device();
        resolve_system();
        resolve_edge();
        resolve_workload();
        resolve_serving();
        resolve_scenario();
        return std::move(out_);
    }

private:
    std::uint32_t node(std::string_view id, std::string_view used_by) {
        const CatalogEntry* entry = table_.entry("process_nodes", id, used_by);
        if (entry == nullptr) {
            out_.nodes.resize(std::max<std::size_t>(out_.nodes.size(), 1));
            return 0;
        }
        for (std::size_t i = 0; i < out_.nodes.size(); ++i) {
            if (out_.nodes[i].id == entry->id) {
                return static_cast<std::uint32_t>(i);
            }
        }
        ResolvedNode n;
        n.id = entry->id;
        n.wafer_diameter = table_.need(entry, "wafer_diameter");
        n.wafer_price = table_.need(entry, "wafer_price");
        n.defect_density = table_.need(entry, "defect_density");
        n.clustering = table_.need(entry, "clustering");
        n.critical_layers = table_.need(entry, "critical_layers");
        n.logic_density = table_.need(entry, "logic_density");
        n.sram_density = table_.need(entry, "sram_density");
        n.analog_scale = table_.need(entry, "analog_scale");
        n.rom_density = table_.maybe(entry, "rom_density");
        n.vdd = table_.need(entry, "vdd");
        n.threshold_voltage = table_.maybe(entry, "threshold_voltage");
        n.energy_scale = table_.need(entry, "energy_scale");
        n.leakage_density = table_.need(entry, "leakage_density");
        n.speed_scale = table_.need(entry, "speed_scale");
        n.mask_set_cost = table_.need(entry, "mask_set_cost");
        n.scribe_width = table_.need(entry, "scribe_width");
        n.edge_exclusion = table_.need(entry, "edge_exclusion");
        n.notch_depth = table_.need(entry, "notch_depth");
        n.reticle_width = table_.need(entry, "reticle_width");
        n.reticle_height = table_.need(entry, "reticle_height");
        n.systematic_yield = table_.maybe(entry, "systematic_yield");
        out_.nodes.push_back(std::move(n));
        return static_cast<std::uint32_t>(out_.nodes.size() - 1);
    }

    const CalibrationDie* calibration_die(std::string_view id) const {
        for (const auto& die : design_.calibration.dies) {
            if (die.id == id) {
                return &die;
            }
        }
        return nullptr;
    }

    const CalibrationBlock* calibration_block(std::string_view id) const {
        for (const auto& block : design_.calibration.blocks) {
            if (block.id == id) {
                return &block;
            }
        }
        return nullptr;
    }

    void resolve_dies() {
        for (const DieSpec& spec : design_.dies) {
            const std::string path = "dies." + spec.id + ".";
            ResolvedDie die;
            die.id = spec.id;
            die.node = node(spec.process, path + "process");
            die.calibration_node = die.node;
            resolve_outline(spec, path, die);
            die.reuse = table_.setting(path + "reuse", spec.reuse, dim::none);
            const ResolvedNode& n = out_.nodes[die.node];
            die.defect_density =
                table_.setting(path + "defect_density", spec.defect_density, dim::per_area);
            if (!die.defect_density.is_set()) {
                die.defect_density = n.defect_density;
            }
            die.clustering = table_.setting(path + "clustering", spec.clustering, dim::none);
            if (!die.clustering.is_set()) {
                die.clustering = n.clustering;
            }
            die.yield_model = models_.yield.find(lower(spec.yield_model));
            if (spec.yield_model.empty()) {
                table_.fail("design.missing",
                            path + "yield_model is missing; see `wafercast yield --list`.");
            } else if (die.yield_model == nullptr) {
                const std::string hint = nearest(lower(spec.yield_model), models_.yield.ids());
                table_.fail("design.unknown_yield_model",
                            path + "yield_model: no yield model '" + spec.yield_model + "'" +
                                (hint.empty() ? "." : "; did you mean '" + hint + "'?") +
                                " See `wafercast yield --list`.");
            }
            die.test_model = models_.test.find("detection_rate");
            if (!spec.test.empty()) {
                const CatalogEntry* test = table_.entry("tests", spec.test, path + "test");
                die.sort_cost_per_wafer = table_.need(test, "sort_cost_per_wafer");
                die.sort_coverage = table_.need(test, "sort_coverage");
                if (test != nullptr && !test->text("model").empty()) {
                    die.test_model = models_.test.find(test->text("model"));
                }
                if (die.test_model == nullptr) {
                    table_.fail("catalog.unknown_test_model", "Test '" + test->id +
                                                                  "' names the test model '" +
                                                                  std::string{test->text("model")} +
                                                                  "', which no model provides.");
                }
            }
            if (!spec.nre.empty()) {
                const CatalogEntry* nre = table_.entry("nre", spec.nre, path + "nre");
                die.design_nre = table_.need(nre, "design_nre");
                die.mask_set_count = table_.need(nre, "mask_set_count");
                die.package_nre = table_.maybe(nre, "package_nre");
                die.software_nre = table_.maybe(nre, "software_nre");
                die.ip_nre = table_.maybe(nre, "ip_nre");
            }
            out_.dies.push_back(std::move(die));
        }
        if (design_.dies.empty()) {
            table_.fail("design.missing",
                        "The design has no [[dies]]; a plain die is one block on one die.");
        }
    }

    void resolve_outline(const DieSpec& spec, const std::string& path, ResolvedDie& die) {
        const CalibrationDie* calibration = calibration_die(spec.id);
        if (calibration != nullptr && calibration->width > 0.0 && calibration->height > 0.0) {
            die.calibration_width = calibration->width;
            die.calibration_height = calibration->height;
            if (calibration->process != spec.process) {
                die.calibration_node =
                    node(calibration->process, "calibration of " + path + "process");
            }
            if (spec.width.value && *spec.width.value != calibration->width) {
                die.width = table_.setting(path + "width", spec.width, dim::length);
            } else if (spec.height.value && *spec.height.value != calibration->height) {
                die.height = table_.setting(path + "height", spec.height, dim::length);
            }
            return;
        }
        die.width = table_.setting(path + "width", spec.width, dim::length);
        if (!die.width.is_set()) {
            die.height = table_.setting(path + "height", spec.height, dim::length);
        }
    }

    static BlockRole role_of(std::string_view kind) {
        if (kind == "sram") {
            return BlockRole::kSram;
        }
        if (kind == "rom") {
            return BlockRole::kRom;
        }
        if (kind == "hbm-phy" || kind == "ddr-phy") {
            return BlockRole::kMemoryPhy;
        }
        if (kind == "serdes-phy" || kind == "d2d-phy") {
            return BlockRole::kLinkPhy;
        }
        if (kind == "noc" || kind == "uncore") {
            return BlockRole::kFixed;
        }
        return BlockRole::kCompute;
    }

    void resolve_blocks() {
        for (const Block& spec : design_.blocks) {
            const std::string path = "blocks." + spec.id + ".";
            const auto owner =
                std::find_if(design_.dies.begin(), design_.dies.end(), [&](const DieSpec& die) {
                    return std::find(die.blocks.begin(), die.blocks.end(), spec.id) !=
                           die.blocks.end();
                });
            if (owner == design_.dies.end()) {
                table_.fail("design.homeless_block",
                            "Block '" + spec.id + "' is on no die; list it in a die's blocks.");
                continue;
            }
            ResolvedBlock block;
            block.id = spec.id;
            block.die = static_cast<std::uint32_t>(owner - design_.dies.begin());
            ResolvedDie& die = out_.dies[block.die];
            resolve_content(spec, path, block);
            resolve_area(spec, path, die, block);
            die.blocks.push_back(static_cast<std::uint32_t>(out_.blocks.size()));
            out_.blocks.push_back(std::move(block));
        }
    }

    void resolve_content(const Block& spec, const std::string& path, ResolvedBlock& block) {
        block.count = spec.count.is_set() ? table_.setting(path + "count", spec.count, dim::none)
                                          : table_.constant(path + "count", 1.0);
        const double count = table_.value(block.count, 1.0);
        const CalibrationBlock* calibration = calibration_block(spec.id);
        CalibrationBlock own{
            .id = spec.id,
            .count = count,
            .sold = spec.sold.value.value_or(count),
            .capacity = spec.capacity.value.value_or(0.0),
            .sold_capacity = spec.sold_capacity.value.value_or(spec.capacity.value.value_or(0.0))};
        for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
            own.dense_rate[f] = spec.per_unit.dense_rate[f].value.value_or(0.0);
        }
        own.sram = spec.per_unit.sram.value.value_or(0.0);
        const CalibrationBlock& base = calibration != nullptr ? *calibration : own;
        block.calibration_count = base.count;
        block.calibration_capacity = base.capacity;
        block.calibration_rate = base.dense_rate;
        block.calibration_sram = base.sram;
        block.sold_per_count = base.count > 0.0 ? base.sold / base.count : 1.0;
        const double followed = std::floor(count * block.sold_per_count + 1e-9);
        if (spec.sold.value && *spec.sold.value != followed) {
            block.sold = table_.setting(path + "sold", spec.sold, dim::none);
            block.sold_is_explicit = true;
        }
        const double sold = spec.sold.value.value_or(followed);
        if (sold > count) {
            table_.fail("design.sold_exceeds_count",
                        path + "sold: more units sold than the " +
                            std::to_string(static_cast<long long>(count)) +
                            " physical ones; raise count or lower sold.");
        }
        block.harvested = sold < count;
        block.capacity = table_.setting(path + "capacity", spec.capacity, dim::information);
        block.sold_per_capacity = base.capacity > 0.0 ? base.sold_capacity / base.capacity : 1.0;
        if (spec.sold_capacity.value && spec.capacity.value &&
            std::abs(*spec.sold_capacity.value - *spec.capacity.value * block.sold_per_capacity) >
                1e-9 * *spec.capacity.value) {
            block.sold_capacity =
                table_.setting(path + "sold_capacity", spec.sold_capacity, dim::information);
            block.sold_capacity_is_explicit = true;
        }
        block.bandwidth = table_.setting(path + "bandwidth", spec.bandwidth, dim::bandwidth);
        block.power = table_.setting(path + "power", spec.power, dim::power);
        block.sram = table_.setting(path + "per_unit.sram", spec.per_unit.sram, dim::information);
        block.sram_bandwidth = table_.setting(path + "per_unit.sram_bandwidth",
                                              spec.per_unit.sram_bandwidth, dim::bandwidth);
        for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
            block.rate[f] =
                table_.setting(path + "per_unit." + std::string{kNumberFormatNames[f]} + "_dense",
                               spec.per_unit.dense_rate[f], dim::operation_rate);
        }
    }

    void resolve_area(const Block& spec, const std::string& path, const ResolvedDie& die,
                      ResolvedBlock& block) {
        const Setting& unit_area = spec.per_unit.area;
        const std::string entry_id = !unit_area.catalog_id.empty()   ? unit_area.catalog_id
                                     : !spec.area.catalog_id.empty() ? spec.area.catalog_id
                                                                     : spec.kind;
        const CatalogEntry* entry = table_.entry("blocks", entry_id, path + "kind");
        const std::string_view kind =
            entry == nullptr ? std::string_view{spec.kind} : entry->text("kind", spec.kind);
        block.role = role_of(kind);
        block.hbm_phy = kind == "hbm-phy";
        block.shares = {table_.need(entry, "logic_share"), table_.need(entry, "sram_share"),
                        table_.need(entry, "analog_share")};
        block.datapath_share = table_.maybe(entry, "datapath_share");
        block.repairable = table_.setting(path + "repairable", spec.repairable, dim::none);
        if (!block.repairable.is_set()) {
            block.repairable = table_.maybe(entry, "repairable_share");
        }
        if (!block.repairable.is_set()) {
            block.repairable = table_.constant(
                path + "repairable", entry != nullptr && entry->flag("repairable") ? 1.0 : 0.0);
        }
        block.area_node = die.calibration_node;
        if (!spec.process.empty()) {
            block.area_node = node(spec.process, path + "process");
        }
        block.rest = spec.area.keyword == "rest";
        if (block.rest) {
            if (die.calibration_width <= 0.0) {
                table_.fail(
                    "design.rest_without_outline",
                    path + "area = \"rest\" needs a die with a published width and height.");
            }
            return;
        }
        const bool from_entry =
            unit_area.catalog_id == entry_id || (!unit_area.is_set() && !spec.area.is_set());
        if (unit_area.value) {
            block.unit_area = table_.setting(path + "per_unit.area", unit_area, dim::area);
        } else if (spec.area.value) {
            block.fixed_area = table_.setting(path + "area", spec.area, dim::area);
        } else if (entry != nullptr && block.role != BlockRole::kSram &&
                   block.role != BlockRole::kRom) {
            (from_entry ? block.unit_area : block.fixed_area) = table_.need(entry, "area");
            block.area_node =
                node(entry->text("process", out_.nodes[die.calibration_node].id), path + "kind");
        } else if (entry != nullptr && entry->number("area") != nullptr &&
                   !spec.capacity.is_set()) {
            block.unit_area = table_.need(entry, "area");
            block.area_node =
                node(entry->text("process", out_.nodes[die.calibration_node].id), path + "kind");
        } else if (!spec.capacity.is_set()) {
            table_.fail("design.missing",
                        path + "capacity is missing; a memory block's area follows from it.");
        }
        if (block.role == BlockRole::kRom && !block.fixed_area.is_set() &&
            !block.unit_area.is_set() && !out_.nodes[die.node].rom_density.is_set()) {
            table_.fail("catalog.missing_field", "Process node '" + out_.nodes[die.node].id +
                                                     "' has no rom_density, which block '" +
                                                     spec.id + "' needs.");
        }
    }

    void resolve_nets() {
        for (const Net& net : design_.nets) {
            const auto die_of = [&](const std::string& id) -> std::optional<std::uint32_t> {
                for (const auto& block : out_.blocks) {
                    if (block.id == id) {
                        return block.die;
                    }
                }
                table_.fail("design.unknown_block",
                            "A net names block '" + id + "', which the design has not.");
                return std::nullopt;
            };
            const auto from = die_of(net.from);
            const auto to = die_of(net.to);
            const bool on_die = from == to && net.from != net.to;  // traffic that needs no PHY
            if (from && to && !on_die) {
                out_.nets.push_back(
                    {*from, *to,
                     table_.need_setting("nets." + net.from + "." + net.to + ".bandwidth",
                                         net.bandwidth, dim::bandwidth)});
            }
        }
    }

    ResolvedLink link(std::string_view id, std::string_view used_by) {
        ResolvedLink out;
        if (id.empty()) {
            return out;
        }
        const CatalogEntry* entry = table_.entry("links", id, used_by);
        if (entry == nullptr) {
            return out;
        }
        out.id = entry->id;
        out.present = true;
        out.bandwidth = table_.need(entry, "bandwidth");
        out.latency = table_.need(entry, "latency");
        out.energy = table_.need(entry, "energy");
        out.phy_area = table_.maybe(entry, "phy_area");
        out.phy_shoreline = table_.maybe(entry, "phy_shoreline");
        out.reach = table_.maybe(entry, "reach");
        out.price_per_device = table_.maybe(entry, "price_per_device");
        out.links_per_device = table_.maybe(entry, "links_per_device");
        out.in_network_reduction = entry->flag("in_network_reduction");
        const auto topology = std::find(kLinkTopologyNames.begin(), kLinkTopologyNames.end(),
                                        entry->text("topology", kLinkTopologyNames.front()));
        if (topology == kLinkTopologyNames.end()) {
            table_.fail("catalog.unknown_topology",
                        "Link '" + entry->id + "' has topology '" +
                            std::string{entry->text("topology")} +
                            "'; one of switched, fully-connected, ring, torus, mesh.");
        } else {
            out.topology = static_cast<LinkTopology>(topology - kLinkTopologyNames.begin());
        }
        return out;
    }

    void resolve_package() {
        ResolvedPackage& package = out_.package;
        const CatalogEntry* entry =
            table_.entry("packages", design_.package.technology, "package.technology");
        package.technology = entry == nullptr ? design_.package.technology : entry->id;
        if (entry != nullptr) {
            package.flow = models_.package.find(entry->text("flow"));
            if (package.flow == nullptr) {
                table_.fail("catalog.unknown_flow",
                            "Package '" + entry->id + "' names the assembly flow '" +
                                std::string{entry->text("flow")} + "', which no model provides.");
            }
        }
        package.fine_pitch = entry != nullptr && entry->flag("fine_pitch");
        package.substrate_cost = table_.need(entry, "substrate_cost");
        package.substrate_area_ratio = table_.need(entry, "substrate_area_ratio");
        package.bump_cost = table_.need(entry, "bump_cost");
        package.die_bond_yield = table_.need(entry, "die_bond_yield");
        package.memory_attach_yield = table_.need(entry, "memory_attach_yield");
        package.assembly_yield = table_.need(entry, "assembly_yield");
        package.assembly_cost = table_.need(entry, "assembly_cost");
        package.die_spacing = table_.need(entry, "die_spacing");
        package.edge_margin = table_.need(entry, "edge_margin");
        package.stacked_bond_cost = table_.maybe(entry, "stacked_bond_cost");
        package.stacked_bond_yield = table_.maybe(entry, "stacked_bond_yield");
        package.interposer_wafer_price = table_.maybe(entry, "interposer_wafer_price");
        package.interposer_area_ratio = table_.maybe(entry, "interposer_area_ratio");
        package.max_interposer_area = table_.maybe(entry, "max_interposer_area");
        const std::string d2d = !design_.package.d2d.empty() || entry == nullptr
                                    ? design_.package.d2d
                                    : std::string{entry->text("d2d")};
        package.d2d = link(d2d, "package.d2d");
        if (entry != nullptr && !out_.dies.empty()) {
            package.wafer_node = node(entry->text("process", out_.nodes[out_.dies.front().node].id),
                                      "package.technology");
        }
        resolve_packaged_dies(entry);
        resolve_memory();
        for (const DieSpec& die : design_.dies) {
            if (!die.test.empty()) {
                const CatalogEntry* test =
                    table_.entry("tests", die.test, "dies." + die.id + ".test");
                package.final_test_cost = table_.need(test, "final_test_cost");
                package.final_coverage = table_.need(test, "final_coverage");
                package.final_yield = table_.need(test, "final_yield");
                package.burn_in_cost = table_.maybe(test, "burn_in_cost");
                package.system_level_cost = table_.maybe(test, "system_level_cost");
                break;
            }
        }
    }

    void resolve_packaged_dies(const CatalogEntry* technology) {
        for (const PackagedDie& packaged : design_.package.dies) {
            const auto die =
                std::find_if(out_.dies.begin(), out_.dies.end(),
                             [&](const ResolvedDie& d) { return d.id == packaged.die; });
            if (die == out_.dies.end()) {
                table_.fail("design.unknown_die", "package.dies names die '" + packaged.die +
                                                      "', which the design has not.");
                continue;
            }
            if (die->count.is_set()) {
                table_.fail("design.repeated_die",
                            "package.dies." + packaged.die +
                                " is listed twice; list it once, with its count.");
                continue;
            }
            die->count = packaged.count.is_set()
                             ? table_.setting("package.dies." + packaged.die + ".count",
                                              packaged.count, dim::none)
                             : table_.constant("package.dies." + packaged.die + ".count", 1.0);
            if (const auto* then = calibration_die(packaged.die); then != nullptr) {
                die->calibration_count = then->count;
            }
            if (!packaged.on.empty()) {
                const auto base =
                    std::find_if(out_.dies.begin(), out_.dies.end(),
                                 [&](const ResolvedDie& d) { return d.id == packaged.on; });
                if (base == out_.dies.end() || base == die) {
                    table_.fail("design.unknown_die", "package.dies." + packaged.die +
                                                          ".on: no other die '" + packaged.on +
                                                          "' to stack it on.");
                } else {
                    die->on_die = static_cast<int>(base - out_.dies.begin());
                }
            }
            die->reticle_exempt =
                technology != nullptr &&
                technology->flag("reticle_exempt", technology->text("flow") == "wafer-scale");
        }
        for (auto& die : out_.dies) {
            if (!die.count.is_set()) {
                table_.fail("design.unused_die",
                            "Die '" + die.id + "' is in no package; add it to package.dies.");
                die.count = table_.constant("package.dies." + die.id + ".count", 0.0);
            }
        }
    }

    void resolve_memory() {
        for (const MemoryStackSpec& spec : design_.package.memory) {
            const std::string path = "package.memory." + spec.id + ".";
            const CatalogEntry* entry = table_.entry("memories", spec.stack, path + "stack");
            ResolvedMemory memory;
            memory.id = spec.id;
            memory.on_package = entry == nullptr || entry->flag("on_package", true);
            memory.count = spec.count.is_set()
                               ? table_.setting(path + "count", spec.count, dim::none)
                               : table_.constant(path + "count", 1.0);
            for (const CalibrationMemory& then : design_.calibration.memory) {
                if (then.id == spec.id) {
                    memory.calibration_count = then.count;
                }
            }
            memory.capacity = table_.need(entry, "capacity");
            memory.fine_pitch = entry != nullptr && entry->text("kind") == "hbm";
            memory.rated_pin_rate = table_.need(entry, "pin_rate");
            memory.pin_rate = spec.pin_rate.is_set()
                                  ? table_.setting(path + "pin_rate", spec.pin_rate, dim::bandwidth)
                                  : memory.rated_pin_rate;
            memory.bus_width = table_.need(entry, "bus_width");
            memory.energy = table_.need(entry, "energy");
            memory.price_per_capacity = table_.need(entry, "price_per_capacity");
            memory.width = table_.need(entry, "width");
            memory.height = table_.need(entry, "height");
            memory.phy_shoreline = table_.maybe(entry, "phy_shoreline");
            memory.latency = table_.maybe(entry, "latency");
            memory.efficiency = table_.maybe(entry, "efficiency");
            memory.static_power = table_.maybe(entry, "static_power");
            out_.package.memory.push_back(std::move(memory));
        }
    }

    void resolve_device() {
        const DeviceSpec& spec = design_.device;
        ResolvedDevice& device = out_.device;
        device.clock = table_.setting("device.clock", spec.clock, dim::frequency);
        device.vdd = table_.setting("device.vdd", spec.vdd, dim::voltage);
        device.power_limit = table_.setting("device.power_limit", spec.power_limit, dim::power);
        device.price =
            table_.setting("device.price", spec.price, dim::money, "accelerators", "price");
        device.rental = table_.setting("device.rental", spec.rental, dim::money_per_time,
                                       "accelerators", "rental");
        if (!device.rental.is_set() && !spec.price.catalog_id.empty()) {
            device.rental = table_.maybe(
                table_.catalog().find("accelerators", spec.price.catalog_id), "rental");
        }
        device.calibration_clock = design_.calibration.clock;
        device.calibration_vdd = design_.calibration.vdd;
        device.calibration_power_limit = design_.calibration.power_limit;
        const bool computes =
            std::any_of(out_.blocks.begin(), out_.blocks.end(), [](const ResolvedBlock& block) {
                return std::any_of(block.rate.begin(), block.rate.end(),
                                   [](Scalar rate) { return rate.is_set(); });
            });
        if (computes || design_.workload) {
            device.max_clock = table_.maybe(
                table_.catalog().find("accelerators", spec.price.catalog_id), "max_clock");
            device.clock = device.clock.is_set()
                               ? device.clock
                               : table_.need_setting("device.clock", spec.clock, dim::frequency);
            resolve_fabric(spec);
        }
        if (const auto vendor = or_of_device(spec.vendor, "vendor"); !vendor.empty()) {
            device.vendor_gross_margin =
                table_.need(table_.entry("vendors", vendor, "device.vendor"), "gross_margin");
        }
    }

    /// What the design says, or what the priced device's own entry says of itself.
    std::string_view or_of_device(const std::string& own, std::string_view field) const {
        if (!own.empty() || design_.device.price.catalog_id.empty()) {
            return own;
        }
        const CatalogEntry* device =
            table_.catalog().find("accelerators", design_.device.price.catalog_id);
        return device == nullptr ? std::string_view{} : device->text(field);
    }

    void resolve_fabric(const DeviceSpec& spec) {
        ResolvedDevice& device = out_.device;
        const CatalogEntry* fabric =
            table_.entry("fabrics", or_of_device(spec.fabric, "fabric"), "device.fabric");
        if (fabric != nullptr) {
            for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
                device.energy_per_op[f] =
                    table_.maybe(fabric, "energy." + std::string{kNumberFormatNames[f]});
            }
            device.sram_energy = table_.need(fabric, "sram_energy");
            device.wire_energy = table_.maybe(fabric, "wire_energy");
            device.fabric_vdd = table_.need(fabric, "vdd");
            device.fabric_node = node(fabric->text("process"), "device.fabric");
            device.unit_kind = unit_kind(fabric->text("kind"));
        }
        const CatalogEntry* family =
            table_.entry("families", or_of_device(spec.family, "family"), "device.family");
        device.host_overhead_per_step = table_.need(family, "host_overhead_per_step");
        if (family != nullptr && design_.workload) {
            resolve_kernels(*family);
        }
    }

    static UnitKind unit_kind(std::string_view fabric) {
        constexpr std::array<std::pair<std::string_view, UnitKind>, 7> kKinds{
            {{"tensor-core", UnitKind::kTensorCore},
             {"systolic", UnitKind::kSystolic},
             {"edge-npu", UnitKind::kSystolic},
             {"analog-imc", UnitKind::kInMemory},
             {"digital-imc", UnitKind::kInMemory},
             {"photonic", UnitKind::kInMemory},
             {"rom-weights", UnitKind::kRomWeights}}};
        const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                        [&](const auto& kind) { return kind.first == fabric; });
        return found == kKinds.end() ? UnitKind::kVector : found->second;
    }

    /// Geometric mean over what limits a kernel.
    static double typical(const std::array<double, 3>& factors) {
        double sum = 0.0;
        for (const double factor : factors) {
            sum += math::log(factor);
        }
        return math::exp(sum / 3.0);
    }

    void resolve_kernels(const CatalogEntry& family) {
        const Catalog& catalog = table_.catalog();
        ResolvedDevice& device = out_.device;
        std::string& stack = out_.serving.stack;
        stack = design_.serving.stack;
        if (stack.empty()) {
            stack = family_text(catalog, family.id, "default_stack");
        }
        const auto stacks = kernel_stacks(catalog, family.id);
        out_.serving.stack_is_plain =
            !stack.empty() && std::find(stacks.begin(), stacks.end(), stack) == stacks.end();
        auto constants = read_kernel_constants(catalog, family.id, stack);
        if (!constants) {
            for (const Failure& failure : constants.error()) {
                table_.fail(failure.code, failure.message);
            }
            return;
        }
        device.kernels = *constants;
        device.achieved_compute = table_.maybe(&family, "achieved.compute");
        device.achieved_memory = table_.maybe(&family, "achieved.memory");
        device.achieved_link = table_.maybe(&family, "achieved.link");
        for (std::size_t i = 0; i < kKernelSectionCount; ++i) {
            const KernelSpread& spread = device.kernels.spread(static_cast<KernelSection>(i));
            device.time_factor[i] = table_.model_error(
                &family, std::string{kKernelSectionNames[i]} + ".time_error",
                typical({spread.launch_low, spread.memory_low, spread.compute_low}),
                typical({spread.launch_high, spread.memory_high, spread.compute_high}));
        }
    }

    void resolve_system() {
        if (!design_.system) {
            return;
        }
        const SystemSpec& spec = *design_.system;
        ResolvedSystem& system = out_.system;
        system.present = true;
        system.accelerators_per_server = table_.need_setting(
            "system.accelerators_per_server", spec.accelerators_per_server, dim::none);
        system.scale_up = link(spec.links, "system.links");
        system.scale_out = link(spec.scale_out, "system.scale_out");
        const CatalogEntry* server = table_.entry("servers", spec.server, "system.server");
        system.server_slots = table_.need(server, "accelerators");
        system.chassis_price = table_.need(server, "chassis_price");
        system.network_price = table_.need(server, "network_price");
        system.server_power = table_.need(server, "power");
        system.network_power = table_.maybe(server, "network_power");
        system.mean_power_share = table_.maybe(server, "mean_power_share");
        system.failure_rate = table_.need(server, "failure_rate");
        system.repair_share = table_.need(server, "repair_share");
        system.spares = table_.maybe(server, "spares");
        system.server_life = table_.maybe(server, "life");
        const CatalogEntry* facility = table_.entry("facilities", spec.facility, "system.facility");
        system.pue = table_.need(facility, "pue");
        system.capital = table_.need(facility, "capital");
        system.facility_life = table_.need(facility, "life");
        system.cost_of_capital = table_.need(facility, "cost_of_capital");
        if (!system.server_life.is_set()) {
            system.server_life = table_.need(facility, "server_life");
        }
        system.operation = table_.need(facility, "operation");
        system.maintenance = table_.need(facility, "maintenance");
    }

    void resolve_edge() {
        if (!design_.edge) {
            return;
        }
        const EdgeSpec& spec = *design_.edge;
        ResolvedEdge& edge = out_.edge;
        edge.present = true;
        edge.device_share = table_.need_setting("edge.device_share", spec.device_share, dim::none);
        edge.life = table_.need_setting("edge.life", spec.life, dim::time);
        edge.active_time = table_.need_setting("edge.active_time", spec.active_time, dim::none);
        if (!spec.battery.empty()) {
            const CatalogEntry* battery = table_.entry("batteries", spec.battery, "edge.battery");
            edge.battery_capacity = table_.need(battery, "capacity");
            edge.battery_price = table_.need(battery, "price");
            edge.battery_cycles = table_.need(battery, "cycles");
            edge.charge_efficiency = table_.maybe(battery, "charge_efficiency");
        }
    }

    int shape(const CatalogEntry* entry, std::string_view field, bool needed) {
        if (entry == nullptr) {
            return 0;
        }
        const SourcedNumber* number = entry->number(field);
        if (number == nullptr) {
            if (needed) {
                table_.need(entry, field);
            }
            return 0;
        }
        return static_cast<int>(std::lround(number->points.back().value));
    }

    NumberFormat format(std::string_view path, const std::string& text) {
        if (const auto found = number_format(lower(text))) {
            return *found;
        }
        std::string all;
        for (const auto known : kNumberFormatNames) {
            all += (all.empty() ? "" : ", ") + std::string{known};
        }
        table_.fail("design.unknown_format",
                    std::string{path} + ": no number format '" + text + "'; one of " + all + ".");
        return NumberFormat::kBf16;
    }

    void resolve_workload() {
        if (!design_.workload) {
            return;
        }
        if (!design_.system && !design_.edge) {
            table_.fail("design.missing",
                        "system is missing; a workload runs in servers ([system]) or in a device "
                        "([edge]).");
        } else if (design_.system && design_.edge) {
            table_.fail("design.two_homes",
                        "edge: the design has [system] too; a workload runs in servers or in a "
                        "device, leave one of them out.");
        }
        const WorkloadSpec& spec = *design_.workload;
        ResolvedWorkload& workload = out_.workload;
        workload.present = true;
        const CatalogEntry* entry = table_.entry("models", spec.model, "workload.model");
        workload.model_id = entry == nullptr ? spec.model : entry->id;
        TransformerSpec& model = workload.model;
        for (const ShapeField& field : shape_fields()) {
            model.*field.field = shape(entry, field.name, field.required);
        }
        if (entry != nullptr) {
            model.gated_mlp = entry->text("mlp", "gated") == "gated";
            model.tied_embeddings = entry->flag("tied_embeddings");
            model.attention_gate = entry->flag("attention_gate");
        }
        complete_shape(model);
        workload.weights = format("workload.precision.weights", spec.weight_format);
        workload.activations = format("workload.precision.activations", spec.activation_format);
        workload.kv = format("workload.precision.kv", spec.kv_format);
        const auto of_class = [&](std::string_view path, const std::string& text) {
            return text.empty() ? workload.weights : format(path, text);
        };
        workload.attention = of_class("workload.precision.attention", spec.attention_format);
        workload.experts = of_class("workload.precision.experts", spec.expert_format);
        workload.head = of_class("workload.precision.head", spec.head_format);
        workload.input_tokens =
            table_.need_setting("workload.input_tokens", spec.input_tokens, dim::none);
        workload.output_tokens =
            table_.need_setting("workload.output_tokens", spec.output_tokens, dim::none);
    }

    void resolve_serving() {
        const ServingSpec& spec = design_.serving;
        ResolvedServing& serving = out_.serving;
        serving.search = spec.mapping == "search";
        serving.tensor_parallel =
            table_.setting("serving.tensor_parallel", spec.tensor_parallel, dim::none);
        serving.pipeline_parallel =
            table_.setting("serving.pipeline_parallel", spec.pipeline_parallel, dim::none);
        serving.expert_parallel =
            table_.setting("serving.expert_parallel", spec.expert_parallel, dim::none);
        serving.data_parallel =
            table_.setting("serving.data_parallel", spec.data_parallel, dim::none);
        serving.context_parallel =
            table_.setting("serving.context_parallel", spec.context_parallel, dim::none);
        serving.overlap = table_.setting("serving.overlap", spec.overlap, dim::none);
        serving.batch = table_.setting("serving.batch", spec.batch, dim::none);
        serving.chunked = lower(spec.prefill) == "chunked";
        const auto share = [&](const char* path, const Setting& setting) {
            return table_.setting(path, setting, dim::none);
        };
        serving.chunk_tokens = share("serving.chunk_tokens", spec.chunk_tokens);
        serving.prefill_instances = share("serving.prefill_instances", spec.prefill_instances);
        serving.decode_instances = share("serving.decode_instances", spec.decode_instances);
        serving.prefix_cache_hit = share("serving.prefix_cache_hit", spec.prefix_cache_hit);
        serving.draft_tokens = share("serving.draft_tokens", spec.draft_tokens);
        serving.draft_acceptance = share("serving.draft_acceptance", spec.draft_acceptance);
        serving.draft_cost = share("serving.draft_cost", spec.draft_cost);
        serving.memory_share = share("serving.memory_share", spec.memory_share);
        if (!design_.workload) {
            return;
        }
        serving.batching = models_.batching.find(lower(spec.batching));
        if (serving.batching == nullptr) {
            std::string all;
            for (const auto& id : models_.batching.ids()) {
                all += (all.empty() ? "" : ", ") + id;
            }
            table_.fail("design.unknown_batching", "serving.batching: no batching model '" +
                                                       spec.batching + "'; one of " + all + ".");
        }
        if (!serving.search && !serving.tensor_parallel.is_set()) {
            table_.fail(
                "design.missing",
                "serving.mapping is missing; write \"search\", or give serving.tensor_parallel.");
        }
    }

    void resolve_scenario() {
        const ScenarioSpec& spec = design_.scenario;
        ResolvedScenario& scenario = out_.scenario;
        scenario.year = table_.need_setting("scenario.year", spec.year, dim::none);
        const auto perspective =
            std::find(kPerspectiveNames.begin(), kPerspectiveNames.end(), lower(spec.perspective));
        if (perspective != kPerspectiveNames.end()) {
            scenario.perspective =
                static_cast<Perspective>(perspective - kPerspectiveNames.begin());
        } else if (design_.workload || !spec.perspective.empty()) {
            table_.fail("design.unknown_perspective",
                        "scenario.perspective: '" + spec.perspective +
                            "' is not one of builder, owner, renter, api.");
        }
        scenario.ttft_limit = table_.setting("scenario.limits.ttft", spec.ttft_limit, dim::time);
        scenario.tpot_limit = table_.setting("scenario.limits.tpot", spec.tpot_limit, dim::time);
        scenario.volume = table_.setting("scenario.volume", spec.volume, dim::none);
        const bool has_nre = std::any_of(design_.dies.begin(), design_.dies.end(),
                                         [](const DieSpec& die) { return !die.nre.empty(); });
        if ((has_nre || spec.refresh_nre.is_set()) && !scenario.volume.is_set()) {
            table_.need_setting("scenario.volume", spec.volume, dim::none);
        }
        scenario.model_refresh =
            table_.setting("scenario.model_refresh", spec.model_refresh, dim::time);
        scenario.refresh_nre = table_.setting("scenario.refresh_nre", spec.refresh_nre, dim::money);
        if (!design_.workload) {
            return;
        }
        scenario.utilisation =
            table_.need_setting("scenario.utilisation", spec.utilisation, dim::none);
        scenario.electricity = table_.setting("scenario.electricity", spec.electricity,
                                              dim::money_per_energy, "electricity", "price");
        if (!scenario.electricity.is_set() && spec.electricity.catalog_id.empty()) {
            table_.need_setting("scenario.electricity", spec.electricity, dim::money_per_energy);
        }
        if (!spec.electricity.catalog_id.empty()) {
            scenario.carbon_intensity =
                table_.maybe(table_.catalog().find("electricity", spec.electricity.catalog_id),
                             "carbon_intensity");
        }
        const CatalogEntry* api = spec.api.empty()
                                      ? table_.catalog().find("api_prices", out_.workload.model_id)
                                      : table_.entry("api_prices", spec.api, "scenario.api");
        scenario.api_input = table_.maybe(api, "input");
        scenario.api_output = table_.maybe(api, "output");
        require_price(scenario);
    }

    /// The headline must have a price to be told from; the other perspectives may lack theirs.
    void require_price(const ResolvedScenario& scenario) {
        const ResolvedDevice& device = out_.device;
        std::string lacking;
        switch (scenario.perspective) {
            case Perspective::kBuilder:
                return;
            case Perspective::kOwner:
                if (!device.price.is_set() && !device.vendor_gross_margin.is_set()) {
                    lacking = "a price; give device.price, or device.vendor for its margin on cost";
                }
                break;
            case Perspective::kRenter:
                if (!device.rental.is_set()) {
                    lacking = "a rental price; give device.rental";
                }
                break;
            case Perspective::kApi:
                if (!scenario.api_input.is_set() || !scenario.api_output.is_set()) {
                    lacking = "posted prices of '" + out_.workload.model_id +
                              "'; give scenario.api, an entry of `wafercast catalog list "
                              "api_prices`";
                }
                break;
        }
        if (!lacking.empty() && table_.failures().empty()) {
            table_.fail(
                "design.missing",
                "scenario.perspective: '" +
                    std::string{kPerspectiveNames[static_cast<std::size_t>(scenario.perspective)]} +
                    "' needs " + lacking + ".");
        }
    }

    const Design& design_;
    const ModelSet& models_;
    ScalarTable& table_;
    ResolvedTopology out_;
};

}  // namespace

Result<ResolvedDesign> resolve(const Design& design, const Catalog& catalog,
                               const ModelSet& models) {
    ScalarTable table{catalog, design.scenario.year.value.value_or(0.0)};
    ResolvedTopology topology = Resolver{design, models, table}.run();
    if (!table.failures().empty()) {
        return table.failures();
    }
    const Design priced = calibrated_content(design);
    const bool has_price = topology.device.price.is_set() || topology.device.rental.is_set();
    if (has_price && priced != design) {
        table.set_prefix("calibration.");
        topology.priced =
            std::make_shared<const ResolvedTopology>(Resolver{priced, models, table}.run());
        if (!table.failures().empty()) {
            return table.failures();
        }
    }
    ResolvedDesign resolved;
    resolved.scalars = table.take_values();
    topology.origins = table.take_origins();
    resolved.topology = std::make_shared<const ResolvedTopology>(std::move(topology));
    return resolved;
}

}  // namespace wafercast
