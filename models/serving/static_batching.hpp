#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// N requests are prefilled together and decoded in lock step; the next N start when all are done.
///
///     period = T_prefill(N) + s T_decode(N),  s = output tokens - 1
///     tokens/s = N x output tokens / period,  TPOT = T_decode(N)
///     TTFT = period / 2 + T_prefill(N)       (a request waits half a batch on average; admission)
///
/// N is the largest whose KV fits at full length and that meets the limits. All requests have the
/// same length. @cite yu-2022-orca
Serving serve_static(const ResolvedDesign& design, const DeviceRating& device,
                     const Mapping& mapping, const Context& context);

}  // namespace wafercast
