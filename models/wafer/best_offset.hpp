#pragma once

#include "wafer/wafer_map.hpp"

namespace wafercast {

/// A geometry with its offsets chosen, and what it yields.
struct WaferPlacement {
    WaferGeometry geometry;
    WaferCounts counts;
    bool rotated = false;      ///< die lies turned by 90 degrees
    bool corners_cut = false;  ///< one wafer-scale part whose corners reach over the usable disc
    friend bool operator==(const WaferPlacement&, const WaferPlacement&) = default;
};

/// The offset with the most whole dies; among the shot positions on that grid, the fewest
/// exposures.
///
/// Along x the best offset of a given y is found exactly (largest overlap of arcs); along y it is
/// searched in three stages of 16, 8 and 8 steps plus the row that rests on the notch cut.
/// Deterministic; the input's own offsets are not read. Without a reticle limit every die is its
/// own shot.
WaferPlacement best_offset(const WaferGeometry& geometry);

/// best_offset over both orientations of the die that fit the field. A die that fits in neither, or
/// that is exempt from the reticle (`reticle_limit` false), is placed as if each die were its own
/// shot; a single exempt part with its sides inside the usable disc and an area below the disc's is
/// placed once with its corners cut.
WaferPlacement best_placement(const WaferGeometry& geometry);

/// Whether a die and its lane fit the exposure field in one of its two orientations.
/// @param die_width,die_height without scribe [m]
bool fits_field(double die_width, double die_height, double scribe, double field_width,
                double field_height);

}  // namespace wafercast
