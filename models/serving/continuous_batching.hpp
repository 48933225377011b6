#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Requests join and leave at every step; N are in flight, a new one for each that finishes. B of
/// them decode. With s = output tokens - 1 decode steps a request, T_d(B) a step, j =
/// clamp(floor(B/s), 1, 8192 / input tokens) prompts that come in during a step and are prefilled
/// together in T_p(j), o = occupancy of the slowest stage by that prefill / j, and p pipeline
/// stages:
///
///     TPOT = max(T_d, min(B, 1) T_d + B/s o)       prefills of the others delay decode steps
///     x    = B / (s TPOT)                          requests/s; output tokens/s = x output tokens
///     W    = (N - 1)/N T_d/(2 p) + min(x o o j / (2 (1 - x o)), (N - 1) o)
///                                                  admission: a step's end, then prefills ahead
///                                                  (M/D/1)
///     TTFT = W + T_p(j)
///     N    = B + x TTFT                            Little's law
///
/// B is the largest at which N is within memory (KV at mean length) and `serving.batch`, and TTFT
/// and TPOT are within the limits. A prompt is prefilled whole; preemption and uneven lengths are
/// left out.
/// @cite yu-2022-orca, kwon-2023-vllm, little-1961-law
Serving serve_continuous(const ResolvedDesign& design, const DeviceRating& device,
                         const Mapping& mapping, const Context& context);

}  // namespace wafercast
