#include "energy/device_power.hpp"

namespace wafercast {
namespace {

double squared(double x) { return x * x; }

double scale_between(const ResolvedDesign& d, std::uint32_t node, double vdd) {
    const auto& device = d->device;
    const ResolvedNode& to = d->nodes[node];
    const ResolvedNode& from = d->nodes[device.fabric_node];
    // A node's energy scale holds at its nominal supply; both ends are brought there from their
    // own.
    const double nominal_to = d.get(to.vdd, vdd);
    const double nominal_from = d.get(from.vdd, vdd);
    const double fabric = d.get(device.fabric_vdd, nominal_from);
    return d.get(to.energy_scale, 1.0) / d.get(from.energy_scale, 1.0) *
           squared(vdd / nominal_to * nominal_from / fabric);
}

double supply(const ResolvedDesign& d, std::uint32_t node) {
    return d.get(d->device.vdd, d.get(d->nodes[node].vdd, 1.0));
}

}  // namespace

double content_ratio(const ResolvedDesign& d, const ResolvedBlock& block) {
    if (block.calibration_capacity > 0.0 && block.capacity.is_set()) {
        return d[block.capacity] / block.calibration_capacity;
    }
    const double count = d.get(block.count, 1.0);
    return block.calibration_count > 0.0 ? count / block.calibration_count : count;
}

double switching_scale(const ResolvedDesign& d, std::uint32_t node) {
    return scale_between(d, node, supply(d, node));
}

double calibration_switching_scale(const ResolvedDesign& d, const ResolvedDie& die) {
    const std::uint32_t node = die.calibration_node;
    const double stated = d->device.calibration_vdd;
    return scale_between(d, node, stated > 0.0 ? stated : d.get(d->nodes[node].vdd, 1.0));
}

double block_leakage(const ResolvedDesign& d, const ResolvedDie& die, const ResolvedBlock& block,
                     double area) {
    const ResolvedNode& node = d->nodes[die.node];
    const double switching = 1.0 - d.get(block.shares.analog, 0.0);
    const double nominal = d.get(node.vdd, 1.0);
    return area * d.get(node.leakage_density, 0.0) * switching * supply(d, die.node) / nominal;
}

double on_die_energy(const ResolvedDesign& d, std::uint32_t node, double distance) {
    const double at_fabric =
        d.get(d->device.sram_energy, 0.0) + d.get(d->device.wire_energy, 0.0) * distance;
    return at_fabric * switching_scale(d, node);
}

double static_power(const ResolvedDesign& d, const Layout& layout) {
    double power = 0.0;
    for (std::size_t i = 0; i < d->dies.size() && i < layout.dies.size(); ++i) {
        const ResolvedDie& die = d->dies[i];
        double of_die = 0.0;
        for (std::size_t j = 0; j < die.blocks.size(); ++j) {
            const ResolvedBlock& block = d->blocks[die.blocks[j]];
            of_die += block_leakage(d, die, block, layout.dies[i].block_area[j]);
            const double content = content_ratio(d, block);
            of_die += d.get(block.power, 0.0) * content;
        }
        power += of_die * d.get(die.count, 1.0);
    }
    for (const ResolvedMemory& memory : d->package.memory) {
        power += d.get(memory.static_power, 0.0) * d.get(memory.count, 0.0);
    }
    return power;
}

}  // namespace wafercast
