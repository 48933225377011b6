#include "core/kernels/step_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"step.host", [](KernelConstants& k) -> double& { return k.step.host; },
                  dimension::time, 0.0, 20e-3, true,
                  "host time of a step that the device waits for"},
    NamedConstant{"step.per_sequence",
                  [](KernelConstants& k) -> double& { return k.step.per_sequence; },
                  dimension::time, 0.0, 200e-6, true, "host time of a step for each sequence"},
    NamedConstant{"step.device", [](KernelConstants& k) -> double& { return k.step.device; },
                  dimension::none, 0.7, 2.5, true,
                  "time of kernels in a step over the sum of their own"},
    NamedConstant{"step.issue", [](KernelConstants& k) -> double& { return k.step.issue; },
                  dimension::time, 0.0, 100e-6, true,
                  "host time to issue a kernel outside a captured graph"},
    NamedConstant{
        "step.graph_tokens", [](KernelConstants& k) -> double& { return k.step.graph_tokens; },
        dimension::none, 0.0, 65536.0, false, "largest step replayed as a captured graph"},
    NamedConstant{"step.request", [](KernelConstants& k) -> double& { return k.step.request; },
                  dimension::time, 0.0, 1.0, true, "time of a request around the engine"},
    NamedConstant{"step.per_prompt_token",
                  [](KernelConstants& k) -> double& { return k.step.per_prompt_token; },
                  dimension::time, 0.0, 1e-3, true,
                  "time of a request around the engine for each token of its prompt"},
    NamedConstant{"step.budget", [](KernelConstants& k) -> double& { return k.step.budget; },
                  dimension::none, 1.0, 1e6, false, "tokens of prompts in a step"},
    NamedConstant{"step.sequences", [](KernelConstants& k) -> double& { return k.step.sequences; },
                  dimension::none, 1.0, 1e6, false, "sequences in a step"},
    NamedConstant{"step.chunked", [](KernelConstants& k) -> double& { return k.step.chunked; },
                  dimension::none, 0.0, 1.0, false, "prompts ride along with decoding in pieces"},
    NamedConstant{"step.reserved", [](KernelConstants& k) -> double& { return k.step.reserved; },
                  dimension::none, 0.0, 1.0, false,
                  "a request enters with room for its last token"},
    NamedConstant{"step.memory_share",
                  [](KernelConstants& k) -> double& { return k.step.memory_share; },
                  dimension::none, 0.1, 1.0, false, "share of device memory that the stack takes"},
    NamedConstant{"step.memory_reserve",
                  [](KernelConstants& k) -> double& { return k.step.memory_reserve; },
                  dimension::information, 0.0, 64e9, true, "of it, for activations and graphs"},
    NamedConstant{"step.tpot_low", [](KernelConstants& k) -> double& { return k.step.tpot_low; },
                  dimension::none, 0.1, 1.0, true, "P10 of measured over predicted TPOT"},
    NamedConstant{"step.tpot_high", [](KernelConstants& k) -> double& { return k.step.tpot_high; },
                  dimension::none, 1.0, 10.0, true, "P90 of measured over predicted TPOT"},
    NamedConstant{"step.ttft_low", [](KernelConstants& k) -> double& { return k.step.ttft_low; },
                  dimension::none, 0.05, 1.0, true, "P10 of measured over predicted TTFT"},
    NamedConstant{"step.ttft_high", [](KernelConstants& k) -> double& { return k.step.ttft_high; },
                  dimension::none, 1.0, 20.0, true, "P90 of measured over predicted TTFT"},
};

}  // namespace

std::span<const NamedConstant> step_constants() { return kConstants; }

}  // namespace wafercast
