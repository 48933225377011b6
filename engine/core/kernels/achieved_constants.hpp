#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// What a family without measurements of its own reaches of its data sheet, over what the family it
/// is like reaches.
struct AchievedConstants {
    double compute = 1.0;  ///< of the datapaths' rates
    double memory = 1.0;   ///< of the memory bandwidth
    double link = 1.0;     ///< of the links' bandwidth
    friend bool operator==(const AchievedConstants&, const AchievedConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> achieved_constants();

}  // namespace wafercast
