#pragma once

#include <memory>

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "register_models.hpp"
#include "registry/model_set.hpp"
#include "units/units.hpp"

namespace wafercast::testing {

/// A resolved design written by hand, for tests of single stages. All numbers here are made up to
/// be round, except where a test says otherwise.
class SiliconDesign {
public:
    ResolvedTopology topology;
    std::vector<double> scalars;

    Scalar add(double value) {
        scalars.push_back(value);
        return {static_cast<std::uint32_t>(scalars.size() - 1)};
    }

    /// A node on 300 mm wafers with a 26 x 33 mm field.
    std::uint32_t add_node(double price, double defects_per_cm2, double logic_per_mm2,
                           double sram_mbit_per_mm2, double analog) {
        ResolvedNode node;
        node.wafer_diameter = add(0.3);
        node.wafer_price = add(price);
        node.defect_density = add((defects_per_cm2 / cm2).base());
        node.clustering = add(2.0);
        node.critical_layers = add(20.0);
        node.logic_density = add((logic_per_mm2 / mm2).base());
        node.sram_density = add((sram_mbit_per_mm2 * 1e6 * units::bit / mm2).base());
        node.analog_scale = add(analog);
        node.mask_set_cost = add(18e6);
        node.scribe_width = add(0.1e-3);
        node.edge_exclusion = add(3e-3);
        node.notch_depth = add(1e-3);
        node.reticle_width = add(26e-3);
        node.reticle_height = add(33e-3);
        topology.nodes.push_back(node);
        return static_cast<std::uint32_t>(topology.nodes.size() - 1);
    }

    /// A die of one kind; test coverage 1, sort 200 USD a wafer.
    std::uint32_t add_die(std::uint32_t node, double count = 1.0) {
        ResolvedDie die;
        die.id = "die" + std::to_string(topology.dies.size());
        die.node = node;
        die.calibration_node = node;
        die.count = add(count);
        die.defect_density = topology.nodes[node].defect_density;
        die.clustering = topology.nodes[node].clustering;
        die.yield_model = models().yield.find("negative-binomial");
        die.test_model = models().test.find("detection_rate");
        die.sort_cost_per_wafer = add(200.0);
        die.sort_coverage = add(1.0);
        topology.dies.push_back(die);
        return static_cast<std::uint32_t>(topology.dies.size() - 1);
    }

    ResolvedBlock& add_block(std::uint32_t die, BlockRole role, double count) {
        ResolvedBlock block;
        block.role = role;
        block.die = die;
        block.count = add(count);
        block.calibration_count = count;
        block.area_node = topology.dies[die].calibration_node;
        block.shares = {add(0.7), add(0.2), add(0.1)};
        topology.dies[die].blocks.push_back(static_cast<std::uint32_t>(topology.blocks.size()));
        topology.blocks.push_back(block);
        return topology.blocks.back();
    }

    /// A plain die: one block of the given area.
    std::uint32_t add_plain_die(std::uint32_t node, double area_mm2, double count = 1.0) {
        const std::uint32_t die = add_die(node, count);
        ResolvedBlock& block = add_block(die, BlockRole::kFixed, 1.0);
        block.unit_area = add(area_mm2 * 1e-6);
        return die;
    }

    void set_package(const char* flow) {
        ResolvedPackage& package = topology.package;
        package.flow = models().package.find(flow);
        package.substrate_cost = add((0.02 * USD / mm2).base());
        package.substrate_area_ratio = add(2.0);
        package.bump_cost = add((0.01 * USD / mm2).base());
        package.die_bond_yield = add(0.99);
        package.memory_attach_yield = add(0.995);
        package.assembly_yield = add(0.98);
        package.assembly_cost = add(40.0);
        package.die_spacing = add(0.1e-3);
        package.edge_margin = add(0.5e-3);
        package.final_test_cost = add(30.0);
        package.final_coverage = add(1.0);
        package.final_yield = add(0.97);
    }

    /// `count` stacks of 11 x 10 mm, 16 GB each at 12 USD/GB.
    void add_stacks(double count) {
        ResolvedMemory memory;
        memory.count = add(count);
        memory.capacity = add(16e9);
        memory.price_per_capacity = add(12e-9);
        memory.width = add(11e-3);
        memory.height = add(10e-3);
        topology.package.memory.push_back(memory);
    }

    [[nodiscard]] ResolvedDesign build() const {
        return {.topology = std::make_shared<const ResolvedTopology>(topology), .scalars = scalars};
    }

    static const ModelSet& models() {
        static const ModelSet set = [] {
            ModelSet all;
            register_models(all);
            return all;
        }();
        return set;
    }
};

/// A reticle-size GPU: 144 units of which 132 are sold, on a 26 x 31 mm outline with a "rest".
inline SiliconDesign gpu_design() {
    SiliconDesign design;
    const std::uint32_t node = design.add_node(16000.0, 0.1, 146e6, 33.3, 0.83);
    design.add_node(9346.0, 0.09, 91.2e6, 25.0, 1.0);
    const std::uint32_t die = design.add_die(node);
    design.topology.dies[die].calibration_width = 25.9e-3;
    design.topology.dies[die].calibration_height = 31.0e-3;
    ResolvedBlock& units = design.add_block(die, BlockRole::kCompute, 144.0);
    units.unit_area = design.add(3.5e-6);
    units.sold_per_count = 132.0 / 144.0;
    units.harvested = true;
    units.repairable = design.add(0.9);
    ResolvedBlock& cache = design.add_block(die, BlockRole::kSram, 1.0);
    cache.capacity = design.add(60e6);
    cache.calibration_capacity = 60e6;
    cache.repairable = design.add(0.8);
    ResolvedBlock& rest = design.add_block(die, BlockRole::kFixed, 1.0);
    rest.rest = true;
    design.set_package("interposer");
    design.topology.package.interposer_wafer_price = design.add(12000.0);
    design.topology.package.max_interposer_area = design.add(2831e-6);
    design.topology.package.wafer_node = node;
    design.add_stacks(6.0);
    return design;
}

}  // namespace wafercast::testing
