#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Does a design ask for more than prompts in passes of their own: chunks, pools, a prefix cache or
/// drafted tokens?
bool has_serving_modes(const ResolvedDesign& design);

/// Continuous batching with those modes at full load: the closed loop of SteadyStates over the
/// design's own steps (InstanceCost), with the most clients that memory, `serving.batch` and the
/// latency limits allow. With pools the instance is all engines of both, and `batch` is that of a
/// decode engine. Of the context's switches only `kv_capacity` counts here.
Serving serve_modes(const ResolvedDesign& design, const DeviceRating& device,
                    const Mapping& mapping, const Context& context);

}  // namespace wafercast
