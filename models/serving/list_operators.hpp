#pragma once

#include <vector>

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Operators of one prefill and one decode step at the served mapping and batch, with their times
/// on one device, in order of execution; FLOPs and bytes are of one device. With pipeline stages
/// the decode list is of one microbatch through all stages.
std::vector<OperatorTiming> list_operators(const ResolvedDesign& design, const DeviceRating& device,
                                           const Serving& serving, const Context& context);

}  // namespace wafercast
