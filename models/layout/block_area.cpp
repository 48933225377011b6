#include "layout/block_area.hpp"

#include <algorithm>

namespace wafercast {

namespace {

/// Rate of a unit over the rate its stated area holds, the largest over the formats; a format that
/// was not there is held against the fastest that was.
double rate_ratio(const ResolvedDesign& d, const ResolvedBlock& block) {
    const auto& then = block.calibration_rate;
    const double fastest = *std::max_element(then.begin(), then.end());
    double ratio = 0.0;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        const double now = d.get(block.rate[f], 0.0);
        ratio = std::max(ratio, fastest > 0.0 ? now / (then[f] > 0.0 ? then[f] : fastest) : 1.0);
    }
    return ratio;
}

/// Area of units that take `stated` with what they held at calibration, with what they hold now.
double unit_content_area(const ResolvedDesign& d, const ResolvedBlock& block, double stated,
                         double count, const ResolvedNode& at) {
    const double share = d.get(block.datapath_share, d.get(block.shares.logic, 0.0));
    const double datapath = 1.0 + share * (rate_ratio(d, block) - 1.0);
    const double sram = d.get(block.sram, 0.0);
    const double added = block.calibration_sram < 0.0 ? 0.0 : sram - block.calibration_sram;
    const double held = added == 0.0 ? 0.0 : count * added / d[at.sram_density];
    return std::max(0.0, stated * datapath + held);
}

/// Area of a block that is not "rest" with `count` units or `capacity` bytes at node `at`, each
/// unit as it was at calibration.
double content_area(const ResolvedDesign& d, const ResolvedBlock& block, double count,
                    double capacity, const ResolvedNode& at) {
    const ResolvedNode& stated = d->nodes[block.area_node];
    if (block.unit_area.is_set()) {
        return d[block.unit_area] * count * area_scale(d, block.shares, stated, at);
    }
    if (block.fixed_area.is_set()) {
        const double content = block.calibration_capacity > 0.0
                                   ? capacity / block.calibration_capacity
                               : block.calibration_count > 0.0 ? count / block.calibration_count
                                                               : 1.0;
        return d[block.fixed_area] * content * area_scale(d, block.shares, stated, at);
    }
    const Scalar density =
        block.role == BlockRole::kRom && at.rom_density.is_set() ? at.rom_density : at.sram_density;
    return capacity / d[density];
}

/// Units of a "rest" block now over those in the published outline.
double rest_content(const ResolvedDesign& d, const ResolvedBlock& block) {
    return block.calibration_count > 0.0 ? d.get(block.count, 1.0) / block.calibration_count : 1.0;
}

}  // namespace

double area_scale(const ResolvedDesign& d, const AreaShares& shares, const ResolvedNode& from,
                  const ResolvedNode& to) {
    if (&from == &to) {
        return 1.0;
    }
    const double logic = d.get(shares.logic, 1.0);
    const double sram = d.get(shares.sram, 0.0);
    const double analog = d.get(shares.analog, 0.0);
    const double scaled = logic * d[from.logic_density] / d[to.logic_density] +
                          sram * d[from.sram_density] / d[to.sram_density] +
                          analog * d[to.analog_scale] / d[from.analog_scale];
    return scaled / (logic + sram + analog);  // drawn shares need not sum to one
}

void block_areas(const ResolvedDesign& d, const ResolvedDie& die, double phys_in_outline,
                 std::vector<double>& out) {
    const ResolvedNode& node = d->nodes[die.node];
    const ResolvedNode& calibration_node = d->nodes[die.calibration_node];
    const double outline = die.calibration_width * die.calibration_height;
    double known = phys_in_outline;
    int rests = 0;
    out.clear();
    for (const std::uint32_t index : die.blocks) {
        const ResolvedBlock& block = d->blocks[index];
        if (block.rest) {
            out.push_back(0.0);
            ++rests;
            continue;
        }
        const double count = d.get(block.count, 1.0);
        const double as_stated = content_area(d, block, count, d.get(block.capacity, 0.0), node);
        out.push_back(unit_content_area(d, block, as_stated, count, node));
        known += content_area(d, block, block.calibration_count, block.calibration_capacity,
                              calibration_node);
    }
    if (rests == 0) {
        return;
    }
    const double left = outline - known;
    const double shrink = left < 0.0 ? outline / known : 1.0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const ResolvedBlock& block = d->blocks[die.blocks[i]];
        out[i] = block.rest ? (left > 0.0 ? left : 0.0) / rests * rest_content(d, block) *
                                  area_scale(d, block.shares, calibration_node, node)
                            : out[i] * shrink;
    }
}

}  // namespace wafercast
