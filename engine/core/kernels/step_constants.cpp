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
                  dimension::time, 0.0, 2e-3, true, "host time of a step for each sequence"},
    NamedConstant{"step.device", [](KernelConstants& k) -> double& { return k.step.device; },
                  dimension::none, 0.7, 2.5, true,
                  "time of kernels in a step over the sum of their own"},
    NamedConstant{"step.issue", [](KernelConstants& k) -> double& { return k.step.issue; },
                  dimension::time, 0.0, 500e-6, true,
                  "host time to issue a kernel outside a captured graph"},
    NamedConstant{
        "step.graph_tokens", [](KernelConstants& k) -> double& { return k.step.graph_tokens; },
        dimension::none, 0.0, 65536.0, false, "largest step replayed as a captured graph"},
    NamedConstant{"step.exchange_latency",
                  [](KernelConstants& k) -> double& { return k.step.exchange_latency; },
                  dimension::time, 1e-6, 1e-3, true,
                  "time of an exchange of tokens between ranks of experts without its volume"},
    NamedConstant{
        "step.exchange_share", [](KernelConstants& k) -> double& { return k.step.exchange_share; },
        dimension::none, 0.05, 1.0, true, "achievable share of the links' bandwidth in it"},
    NamedConstant{"step.request", [](KernelConstants& k) -> double& { return k.step.request; },
                  dimension::time, 0.0, 1.0, true, "time of a request around the engine"},
    NamedConstant{"step.per_prompt_token",
                  [](KernelConstants& k) -> double& { return k.step.per_prompt_token; },
                  dimension::time, 0.0, 1e-3, true,
                  "time of a request around the engine for each token of its prompt"},
    NamedConstant{"step.think", [](KernelConstants& k) -> double& { return k.step.think; },
                  dimension::time, 0.0, 10.0, true,
                  "mean time from an answer to the same client's next request"},
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
    NamedConstant{"step.idle_share",
                  [](KernelConstants& k) -> double& { return k.step.idle_share; }, dimension::none,
                  0.02, 0.8, true, "power of a device that waits over its limit"},
    NamedConstant{"step.joules_per_byte",
                  [](KernelConstants& k) -> double& { return k.step.joules_per_byte; },
                  dimension::energy / dimension::information, 1e-12, 1e-9, true,
                  "energy of memory traffic with the way to the units"},
    NamedConstant{"step.rate_at_limit",
                  [](KernelConstants& k) -> double& { return k.step.rate_at_limit; },
                  dimension::none, 0.2, 2.0, true,
                  "share of the peak rate at which the power limit is reached"},
    NamedConstant{"step.power_low", [](KernelConstants& k) -> double& { return k.step.power_low; },
                  dimension::none, 0.3, 1.0, true, "P10 of measured over predicted power"},
    NamedConstant{"step.power_high",
                  [](KernelConstants& k) -> double& { return k.step.power_high; }, dimension::none,
                  1.0, 3.0, true, "P90 of measured over predicted power"},
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
