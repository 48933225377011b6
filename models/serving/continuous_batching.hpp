#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Requests join and leave at every step; N are in flight, a new one for each that finishes.
///
/// With request rate x, decode steps of a request s = output tokens - 1, T_p the prefill of one
/// prompt, o the time it occupies the slowest stage, B the sequences that decode and T_d(B) their
/// step:
///
///     TPOT = T_d(B) / (1 - x o (N - 1)/N)         prefills of the others delay decode steps
///     W    = T_d(B)/(2 p) + x o o / (2 (1 - x o)) wait for a step's end and for prefills ahead
///     (M/D/1) TTFT = W + T_p N    = x (TTFT + s TPOT)                    Little's law B    = N - x
///     TTFT
///
/// For a given B the first and fourth make a quadratic in x, whose smaller root is the rate; B
/// follows, and a few rounds settle both. N is the largest whose KV fits at mean length and that
/// meets the limits. tokens/s = x output tokens. A prompt is prefilled whole at the next step's
/// end; chunking, preemption and uneven lengths are left out. @cite yu2022-orca, kwon2023-vllm,
/// little1961
Serving serve_continuous(const ResolvedDesign& design, const DeviceRating& device,
                         const Mapping& mapping, const Context& context);

}  // namespace wafercast
