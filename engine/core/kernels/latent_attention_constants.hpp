#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of attention over a shared latent (MLA).
struct LatentAttentionConstants {
    double launch =
        0.0;            ///< [s] from issue to the first instruction, and from the last to the next
    double rate = 0.0;  ///< achievable share of the peak rate, (0, 1]
    double memory = 0.0;  ///< achievable share of the memory bandwidth, (0, 1]
    KernelSpread spread;
    friend bool operator==(const LatentAttentionConstants&,
                           const LatentAttentionConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> latent_attention_constants();

}  // namespace wafercast
