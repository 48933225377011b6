#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of norms, activations, softmax, gathers and copies.
struct PointwiseConstants {
    double launch = 0.0;        ///< [s] of a kernel in a captured graph
    double softmax_call = 0.0;  ///< [s] more, of a call that the host issues one at a time: stacks
    double norm_call = 0.0;     ///< without captured graphs
    double activation_call = 0.0;
    double matmul_call = 0.0;   ///< the same around a multiplication
    double memory = 0.0;        ///< achievable share of the memory bandwidth, (0, 1]
    double cache_share = 0.0;   ///< of the last-level cache that repeated traffic finds, [0, 1]
    double cache_speed = 0.0;   ///< bandwidth of that cache over that of the memory
    double exponentials = 0.0;  ///< per unit and cycle
    double softmax_operations = 0.0;  ///< on the vector lanes, per element
    double tail = 0.0;                ///< slowdown of a unit's last row, which runs alone
    double residents = 0.0;           ///< rows that a unit works on at a time
    KernelSpread spread;
    friend bool operator==(const PointwiseConstants&, const PointwiseConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> pointwise_constants();

}  // namespace wafercast
