#pragma once

#include <string>

#include "wafer/best_offset.hpp"

namespace wafercast::cli {

/// The placed wafer as an SVG picture: exactly the dies that are counted, one rectangle each
/// (class "whole", "partial" or "lost"), the exposures, the usable edge, the notch and a legend.
std::string wafer_map_svg(const WaferPlacement& placement, const std::string& title);

}  // namespace wafercast::cli
