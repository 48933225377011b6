#pragma once

#include <cstdint>
#include <vector>

namespace wafercast {

/// What decides where dies lie on a wafer or a panel. Lengths in [m]; the origin is the wafer's
/// centre and the notch points down.
struct WaferGeometry {
    double die_width = 0.0;   ///< > 0
    double die_height = 0.0;  ///< > 0
    double scribe_x = 0.0;    ///< lane between neighbours, horizontally
    double scribe_y = 0.0;    ///< lane between neighbours, vertically
    double diameter = 0.3;    ///< of the wafer
    double edge = 0.0;        ///< exclusion ring, or margin of a panel
    double notch = 0.0;       ///< depth of the straight cut at the bottom that stands for the notch
    double field_width = 26e-3;  ///< exposure field
    double field_height = 33e-3;
    bool reticle_limit = true;  ///< false: one field of field_width x field_height, centred
    double offset_x =
        0.0;  ///< of a shot corner from the centre (of the one field without the limit)
    double offset_y = 0.0;
    bool panel = false;  ///< a rectangle instead of a disc; diameter and notch are not read
    double panel_width = 0.0;
    double panel_height = 0.0;
    friend bool operator==(const WaferGeometry&, const WaferGeometry&) = default;
};

/// Whole dies can be sold; partial ones cross the edge of the usable area; lost ones lie beyond it.
enum class DieStatus : std::uint8_t { kWhole, kPartial, kLost };

/// A die without its scribe lane; x and y are its lower left corner.
struct MapDie {
    double x = 0.0;
    double y = 0.0;
    int shot = 0;  ///< index into WaferMap::shots
    DieStatus status = DieStatus::kWhole;
    friend bool operator==(const MapDie&, const MapDie&) = default;
};

/// One exposure: a columns x rows block of dies with their lanes.
struct MapShot {
    double x = 0.0;
    double y = 0.0;
    bool full = false;  ///< every die whole
    friend bool operator==(const MapShot&, const MapShot&) = default;
};

/// What a placement amounts to. Shots without a whole die are not exposed and count nowhere.
struct WaferCounts {
    int total = 0;  ///< whole + partial + lost
    int whole = 0;
    int partial = 0;
    int lost = 0;
    int full_shots = 0;
    int partial_shots = 0;
    int columns = 0;  ///< dies across a shot; 0 when a die and its lane do not fit the field
    int rows = 0;
    friend bool operator==(const WaferCounts&, const WaferCounts&) = default;
};

struct WaferMap {
    WaferGeometry geometry;
    WaferCounts counts;
    std::vector<MapDie> dies;
    std::vector<MapShot> shots;
    double shot_width = 0.0;  ///< field trimmed to whole dies
    double shot_height = 0.0;
    friend bool operator==(const WaferMap&, const WaferMap&) = default;
};

/// Every die of the placement with its coordinates: what the drawn map shows and what the chain
/// counts.
///
/// Dies lie on one grid of pitch (die + scribe), each centred in its cell; a shot takes
/// floor(field / pitch) of them each way. Whole: all corners within diameter/2 - edge and no lower
/// than the notch cut at -(diameter/2 - notch). Lost: no point inside. Partial: the rest.
/// @cite semianalysis-die-yield
WaferMap place_dies(const WaferGeometry& geometry);

/// The counts of place_dies without its lists: a few comparisons for each row of dies.
WaferCounts count_dies(const WaferGeometry& geometry);

}  // namespace wafercast
