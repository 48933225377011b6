#pragma once

#include "wafer/wafer_map.hpp"

namespace wafercast {

struct YieldModel;

/// Inputs of one row of the reticle-map reference, in the units it is written in.
struct ReticleMapInput {
    double die_width_mm = 0.0;
    double die_height_mm = 0.0;
    double wafer_mm = 300.0;
    double critical_area_mm2 = 0.0;
    double defects_per_cm2 = 0.0;
    double edge_mm = 0.0;
    double notch_mm = 0.0;
    double scribe_x_mm = 0.0;
    double scribe_y_mm = 0.0;
    bool reticle_limit = true;
    double field_width_mm = 26.0;
    double field_height_mm = 33.0;
    double critical_layers = 1.0;
};

struct ReticleMapRow {
    WaferCounts counts;
    double yield = 0.0;
    int good = 0;       ///< whole - defective
    int defective = 0;  ///< round(whole (1 - yield))
    int dies_across = 0;
    int dies_down = 0;
    double utilisation = 0.0;  ///< die area of a full shot / field area
    double trim_width_mm = 0.0;
    double trim_height_mm = 0.0;
};

/// Places without an offset and yields with `model`. @cite semianalysis-die-yield
ReticleMapRow reticle_map_row(const ReticleMapInput& input, const YieldModel& model);

/// The geometry behind the row.
WaferGeometry geometry_of(const ReticleMapInput& input);

}  // namespace wafercast
