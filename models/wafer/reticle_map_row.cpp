#include "wafer/reticle_map_row.hpp"

#include <cmath>

#include "yield/yield_row.hpp"

namespace wafercast {

WaferGeometry geometry_of(const ReticleMapInput& input) {
    constexpr double kMetre = 1e-3;
    return {.die_width = input.die_width_mm * kMetre,
            .die_height = input.die_height_mm * kMetre,
            .scribe_x = input.scribe_x_mm * kMetre,
            .scribe_y = input.scribe_y_mm * kMetre,
            .diameter = input.wafer_mm * kMetre,
            .edge = input.edge_mm * kMetre,
            .notch = input.notch_mm * kMetre,
            .field_width = input.field_width_mm * kMetre,
            .field_height = input.field_height_mm * kMetre,
            .reticle_limit = input.reticle_limit};
}

ReticleMapRow reticle_map_row(const ReticleMapInput& input, const YieldModel& model) {
    ReticleMapRow row;
    row.counts = count_dies(geometry_of(input));
    row.yield = yield_row({.area_mm2 = input.critical_area_mm2,
                           .defects_per_cm2 = input.defects_per_cm2,
                           .critical_layers = input.critical_layers},
                          model);
    row.defective = static_cast<int>(std::floor(row.counts.whole * (1.0 - row.yield) + 0.5));
    row.good = row.counts.whole - row.defective;
    const double pitch_x = input.die_width_mm + input.scribe_x_mm;
    const double pitch_y = input.die_height_mm + input.scribe_y_mm;
    row.dies_across = row.counts.columns;
    row.dies_down = row.counts.rows;
    row.trim_width_mm = row.counts.columns * pitch_x;
    row.trim_height_mm = row.counts.rows * pitch_y;
    row.utilisation = row.counts.columns * row.counts.rows * input.die_width_mm *
                      input.die_height_mm / (input.field_width_mm * input.field_height_mm);
    if (!input.reticle_limit) {
        row.dies_across = static_cast<int>(std::ceil(input.wafer_mm / pitch_x));
        row.dies_down = static_cast<int>(std::ceil(input.wafer_mm / pitch_y));
        row.trim_width_mm = input.field_width_mm;
        row.trim_height_mm = input.field_height_mm;
    }
    return row;
}

}  // namespace wafercast
