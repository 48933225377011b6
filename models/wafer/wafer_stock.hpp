#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/geometry_cache.hpp"
#include "wafer/best_offset.hpp"

namespace wafercast {

/// The wafer a die of `width` x `height` [m] lies on at a node; `reticle_limit` false for what is
/// exempt.
WaferGeometry wafer_geometry(const ResolvedDesign& design, const ResolvedNode& node, double width,
                             double height, bool reticle_limit);

/// best_placement's counts of that wafer, remembered.
GeometryCache::Counts placed_counts(const WaferGeometry& geometry, GeometryCache& cache);

}  // namespace wafercast
