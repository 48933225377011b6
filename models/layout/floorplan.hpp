#pragma once

#include <vector>

#include "evaluate/stages.hpp"

namespace wafercast {

/// A part to be placed on a package: so many equal rectangles.
struct FloorplanPart {
    PackageRect::Kind kind = PackageRect::Kind::kDie;
    int index = 0;
    int count = 0;
    double width = 0.0;   ///< [m]
    double height = 0.0;  ///< [m]
};

/// Places dies on shelves whose outline is the squarest, and memory stacks along the two long sides
/// of that block, longer edge to the block. No two rectangles come nearer than `spacing` [m]; the
/// lower left corner of the bounding box is at (0, 0).
/// @return the rectangles and their bounding box
struct Floorplan {
    std::vector<PackageRect> rects;
    double width = 0.0;
    double height = 0.0;
};
Floorplan floorplan(const std::vector<FloorplanPart>& parts, double spacing);

}  // namespace wafercast
