#pragma once

#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "wafer/wafer_map.hpp"

namespace wafercast {

/// The wafer of one kind of die: every die that the chain counted, with its place.
struct DieWafer {
    std::string die;
    std::string process;
    WaferMap map;          ///< map.counts.whole equals DieCost::gross_dies
    bool rotated = false;  ///< lies turned by 90 degrees
};

/// Wafers of an evaluated design, in the order of its dies, by the code the chain counts with.
std::vector<DieWafer> wafer_maps(const ResolvedDesign& design, const Metrics& metrics);

}  // namespace wafercast
