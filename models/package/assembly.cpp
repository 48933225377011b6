#include "package/assembly.hpp"

#include <algorithm>
#include <cmath>

#include "evaluate/context.hpp"
#include "math/math.hpp"
#include "nre/nre.hpp"
#include "registry/model_set.hpp"
#include "wafer/wafer_stock.hpp"

namespace wafercast {

namespace {

/// y^n for the small whole n of a package, and any other.
double repeated(double yield, double n) {
    if (yield >= 1.0 || n <= 0.0) {
        return 1.0;
    }
    return yield > 0.0 ? math::pow(yield, n) : 0.0;
}

struct Inventory {
    double dies = 0.0;          ///< instances on the carrier
    double stacked = 0.0;       ///< instances on other dies
    double stacked_area = 0.0;  ///< [m2]
    double stacks = 0.0;        ///< memory attached to the carrier
    double die_area = 0.0;      ///< [m2], all instances
    double quality = 1.0;       ///< probability that every die is good
};

Inventory inventory_of(const ResolvedDesign& d, const Layout& layout, const SiliconCost& silicon) {
    Inventory inventory;
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        const double count = d.get(d->dies[i].count, 1.0);
        if (d->dies[i].on_die >= 0) {
            inventory.stacked += count;
            inventory.stacked_area += count * layout.dies[i].area;
        } else {
            inventory.dies += count;
        }
        inventory.die_area += count * layout.dies[i].area;
        inventory.quality *= repeated(silicon.dies[i].outgoing_quality, count);
    }
    for (const ResolvedMemory& memory : d->package.memory) {
        inventory.stacks +=
            memory.on_package && memory.width.is_set() ? d.get(memory.count, 0.0) : 0.0;
    }
    return inventory;
}

void add_dies(const ResolvedDesign& d, const SiliconCost& silicon, AssemblyLine& line,
              PackageCost& cost) {
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        line.add(cost.dies, d.get(d->dies[i].count, 1.0) * silicon.dies[i].cost);
    }
}

void add_memory(const ResolvedDesign& d, AssemblyLine& line, PackageCost& cost) {
    for (const ResolvedMemory& memory : d->package.memory) {
        line.add(cost.memory, d.get(memory.count, 0.0) * d[memory.capacity] *
                                  d.get(memory.price_per_capacity, 0.0));
    }
}

void add_substrate(const ResolvedDesign& d, const Layout& layout, AssemblyLine& line,
                   PackageCost& cost) {
    line.add(cost.substrate, d.get(d->package.substrate_cost, 0.0) * layout.substrate_area);
}

/// Bumps, then one bond a die and one attach a stack.
void bond(const ResolvedDesign& d, const Inventory& inventory, AssemblyLine& line,
          PackageCost& cost) {
    const ResolvedPackage& package = d->package;
    line.add(cost.assembly,
             d.get(package.bump_cost, 0.0) * (inventory.die_area - inventory.stacked_area) +
                 d.get(package.stacked_bond_cost, 0.0) * inventory.stacked_area);
    const double die_bond = d.get(package.die_bond_yield, 1.0);
    line.lose(repeated(die_bond, inventory.dies) *
              repeated(d.get(package.stacked_bond_yield, die_bond), inventory.stacked) *
              repeated(d.get(package.memory_attach_yield, 1.0), inventory.stacks));
}

void assemble_parts(const ResolvedDesign& d, AssemblyLine& line, PackageCost& cost) {
    line.add(cost.assembly, d.get(d->package.assembly_cost, 0.0));
    line.lose(d.get(d->package.assembly_yield, 1.0));
}

/// Final test, burn-in and system-level test; then the sums.
PackageCost finish(const ResolvedDesign& d, const Inventory& inventory, AssemblyLine& line,
                   PackageCost cost) {
    const ResolvedPackage& package = d->package;
    line.add(cost.test, d.get(package.final_test_cost, 0.0) + d.get(package.burn_in_cost, 0.0) +
                            d.get(package.system_level_cost, 0.0));
    const double good = inventory.quality * d.get(package.final_yield, 1.0);
    line.lose(1.0 - (1.0 - good) * d.get(package.final_coverage, 1.0));
    cost.scrap = line.scrap();
    cost.yield = line.yield();
    cost.nre = package_nre(d);
    cost.total = cost.dies + cost.memory + cost.interposer + cost.substrate + cost.assembly +
                 cost.test + cost.scrap;
    return cost;
}

void add_interposer(const ResolvedDesign& d, const Layout& layout, const Context& context,
                    AssemblyLine& line, PackageCost& cost) {
    const ResolvedPackage& package = d->package;
    const WaferGeometry geometry = wafer_geometry(
        d, d->nodes[package.wafer_node], layout.interposer_width, layout.interposer_height, false);
    cost.interposers_per_wafer = placed_counts(geometry, context.geometry).whole;
    if (cost.interposers_per_wafer < 1.0) {
        cost.violations.push_back({ConstraintId::kWaferDies, cost.interposers_per_wafer, 1.0});
    }
    line.add(cost.interposer, d.get(package.interposer_wafer_price, 0.0) /
                                  std::max(1.0, cost.interposers_per_wafer));
}

}  // namespace

void AssemblyLine::lose(double yield) {
    const double share = std::clamp(yield, 1e-12, 1.0);
    const double lost = value_ * (1.0 / share - 1.0);
    scrap_ += lost;
    value_ += lost;
    yield_ *= share;
}

PackageCost assemble_organic(const ResolvedDesign& d, const Layout& layout,
                             const SiliconCost& silicon, const Context& /*context*/) {
    const Inventory inventory = inventory_of(d, layout, silicon);
    AssemblyLine line;
    PackageCost cost;
    add_substrate(d, layout, line, cost);
    add_dies(d, silicon, line, cost);
    add_memory(d, line, cost);
    bond(d, inventory, line, cost);
    assemble_parts(d, line, cost);
    return finish(d, inventory, line, cost);
}

PackageCost assemble_interposer(const ResolvedDesign& d, const Layout& layout,
                                const SiliconCost& silicon, const Context& context) {
    const Inventory inventory = inventory_of(d, layout, silicon);
    AssemblyLine line;
    PackageCost cost;
    if (layout.interposer_area > 0.0) {
        add_interposer(d, layout, context, line, cost);
    }
    add_dies(d, silicon, line, cost);
    add_memory(d, line, cost);
    bond(d, inventory, line, cost);
    add_substrate(d, layout, line, cost);
    assemble_parts(d, line, cost);
    return finish(d, inventory, line, cost);
}

PackageCost assemble_wafer_scale(const ResolvedDesign& d, const Layout& layout,
                                 const SiliconCost& silicon, const Context& /*context*/) {
    const Inventory inventory = inventory_of(d, layout, silicon);
    AssemblyLine line;
    PackageCost cost;
    add_dies(d, silicon, line, cost);
    add_substrate(d, layout, line, cost);
    bond(d, inventory, line, cost);
    add_memory(d, line, cost);
    assemble_parts(d, line, cost);
    return finish(d, inventory, line, cost);
}

PackageCost assemble_none(const ResolvedDesign& d, const Layout& layout, const SiliconCost& silicon,
                          const Context& /*context*/) {
    const Inventory inventory = inventory_of(d, layout, silicon);
    AssemblyLine line;
    PackageCost cost;
    add_dies(d, silicon, line, cost);
    bond(d, inventory, line, cost);
    add_memory(d, line, cost);
    assemble_parts(d, line, cost);
    return finish(d, inventory, line, cost);
}

void register_package_models(Registry<PackageFlow>& package) {
    package.add(
        {.id = "organic", .citation = "feng-2022-chiplet-actuary", .assemble = assemble_organic});
    package.add({.id = "interposer",
                 .citation = "feng-2022-chiplet-actuary",
                 .assemble = assemble_interposer});
    package.add(
        {.id = "wafer-scale", .citation = "cerebras-wse3-2024", .assemble = assemble_wafer_scale});
    package.add({.id = "none", .citation = "feng-2022-chiplet-actuary", .assemble = assemble_none});
}

}  // namespace wafercast
