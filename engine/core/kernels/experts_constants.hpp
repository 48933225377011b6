#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of the grouped matrix multiplications of routed experts.
struct ExpertsConstants {
    double launch =
        0.0;            ///< [s] from issue to the first instruction, and from the last to the next
    double rate = 0.0;  ///< achievable share of the peak rate, (0, 1]
    double memory = 0.0;  ///< achievable share of the memory bandwidth, (0, 1]
    KernelSpread spread;
    friend bool operator==(const ExpertsConstants&, const ExpertsConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> experts_constants();

}  // namespace wafercast
