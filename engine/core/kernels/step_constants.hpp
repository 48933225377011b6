#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of a serving stack: what a step costs beside its kernels, and how steps are filled.
struct StepConstants {
    double host = 0.0;          ///< [s] of a step that the device waits for its host
    double per_sequence = 0.0;  ///< [s] likewise, for each sequence in the step
    double device = 1.0;  ///< time of kernels one behind the other over the sum of their own times
    double issue = 0.0;   ///< [s] the host needs to issue one kernel outside a captured graph
    double graph_tokens = 0.0;      ///< largest step that is replayed as a captured graph [token]
    double exchange_latency = 0.0;  ///< [s] of an exchange of tokens between ranks of experts
    double exchange_share = 1.0;    ///< achievable share of the links' bandwidth in it, (0, 1]
    double request = 0.0;           ///< [s] of a request around the engine: transport, first answer
    double per_prompt_token = 0.0;  ///< [s] likewise, for each token of the prompt
    double think = 0.0;             ///< [s] mean time from an answer to the client's next request
    double budget = 8192.0;         ///< tokens of prompts in a step, at most
    double sequences = 256.0;       ///< in a step, at most
    double chunked = 1.0;           ///< 1: prompts ride along with decoding, in pieces
    double reserved = 0.0;          ///< 1: a request enters with room for its last token
    double memory_share = 0.9;      ///< of a device's memory that the stack takes
    double memory_reserve = 0.0;    ///< of it, for activations and graphs [byte]
    double idle_share = 0.25;       ///< power of a device that waits over its limit
    double joules_per_byte = 0.0;   ///< of memory traffic, the way to the units included [J/byte]
    double rate_at_limit = 0.75;    ///< share of the peak rate at which the limit is reached
    double power_low = 1.0, power_high = 1.0;  ///< P10 and P90 of measured over predicted
    double tpot_low = 1.0, tpot_high = 1.0;    ///< P10 and P90 of measured over predicted
    double ttft_low = 1.0, ttft_high = 1.0;
    friend bool operator==(const StepConstants&, const StepConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> step_constants();

}  // namespace wafercast
