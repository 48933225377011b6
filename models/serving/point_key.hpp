#pragma once

#include <vector>

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Appends every number that serving a design reads, besides its topology: two designs of one
/// topology with equal keys are served alike. Tests move every number of every shipped design.
void write_point_key(const ResolvedDesign& design, const DeviceRating& device,
                     const Context& context, std::vector<double>& key);

}  // namespace wafercast
