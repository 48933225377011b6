#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of norms, activations, softmax, gathers and copies.
struct PointwiseConstants {
    double launch =
        0.0;            ///< [s] from issue to the first instruction, and from the last to the next
    double rate = 0.0;  ///< achievable share of the peak rate, (0, 1]
    double memory = 0.0;  ///< achievable share of the memory bandwidth, (0, 1]
    KernelSpread spread;
    friend bool operator==(const PointwiseConstants&, const PointwiseConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> pointwise_constants();

}  // namespace wafercast
