#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of attention over keys and values of heads, prefill and decode.
struct AttentionConstants {
    double launch =
        0.0;            ///< [s] from issue to the first instruction, and from the last to the next
    double rate = 0.0;  ///< achievable share of the peak rate, (0, 1]
    double memory = 0.0;  ///< achievable share of the memory bandwidth, (0, 1]
    KernelSpread spread;
    friend bool operator==(const AttentionConstants&, const AttentionConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> attention_constants();

}  // namespace wafercast
