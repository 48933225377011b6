#include "session/wafer_maps.hpp"

#include "wafer/best_offset.hpp"
#include "wafer/wafer_stock.hpp"

namespace wafercast {

namespace {

/// The single die of a wafer-scale part; place_dies would call it partial for its corners.
WaferMap cut_corner_map(const WaferPlacement& placement) {
    const WaferGeometry& g = placement.geometry;
    WaferMap map;
    map.geometry = g;
    map.counts = placement.counts;
    map.dies = {{-g.die_width / 2.0, -g.die_height / 2.0, 0, DieStatus::kWhole}};
    map.shots = {{g.offset_x, g.offset_y, true}};
    map.shot_width = g.die_width + g.scribe_x;
    map.shot_height = g.die_height + g.scribe_y;
    return map;
}

}  // namespace

std::vector<DieWafer> wafer_maps(const ResolvedDesign& design, const Metrics& metrics) {
    std::vector<DieWafer> wafers;
    for (std::size_t i = 0; i < design->dies.size(); ++i) {
        const ResolvedDie& die = design->dies[i];
        const ResolvedNode& node = design->nodes[die.node];
        const PlacedDie& placed = metrics.layout.dies[i];
        const WaferPlacement placement = best_placement(
            wafer_geometry(design, node, placed.width, placed.height, !die.reticle_exempt));
        DieWafer wafer{die.id, node.id, {}, placement.rotated};
        wafer.map =
            placement.corners_cut ? cut_corner_map(placement) : place_dies(placement.geometry);
        wafers.push_back(std::move(wafer));
    }
    return wafers;
}

}  // namespace wafercast
