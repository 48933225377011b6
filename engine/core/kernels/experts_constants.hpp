#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// How a kernel of grouped multiplications chooses the height of its blocks of rows.
enum class RowBlocks {
    kByDensity,       ///< rows per expert: 16, 32, 64, 128; blocks 128 wide
    kByTokens,        ///< tokens of the layer: vLLM 0.17 and later
    kByTokensCoarse,  ///< the same in vLLM before, with tuned blocks where experts are few
    kMarlin,          ///< rows per expert: 8, 16, 32, 48, 64
};

/// One way to run the multiplications of routed experts.
struct GroupedConstants {
    double launch = 0.0;  ///< [s] of all kernels of a layer
    double split = 0.0;   ///< [s] more where ranks share experts
    double memory = 0.0;  ///< achievable share of the memory bandwidth, (0, 1]
    double rate = 0.0;    ///< achievable share of the peak rate, (0, 1]
    double unpack = 0.0;  ///< weights that a unit brings to the format it multiplies in [1/cycle];
                          ///< 0: without cost
    double scattered = 0.0;  ///< weights that a unit gets where rows are no multiple of 16 elements
                             ///< [1/cycle]; 0: as any other
    double block = 0.0;      ///< start and end of a block of output [cycles of a unit]
    double step = 0.0;       ///< latency of one step of a block along the inner dimension [cycles]
    double own_rows = 0.0;   ///< 1: ranks that share experts touch only rows of their own; 0: the
                             ///< kernels between and after the multiplications touch all
    double blocks = 0.0;     ///< a RowBlocks
    friend bool operator==(const GroupedConstants&, const GroupedConstants&) = default;
};

/// Of the grouped matrix multiplications of routed experts.
struct ExpertsConstants {
    GroupedConstants wide;          ///< weights and inputs in 16 bits or more
    GroupedConstants narrow;        ///< both in fewer
    GroupedConstants single;        ///< the same with one scale per tensor, as vLLM 0.24 runs it
    GroupedConstants block_scaled;  ///< both in 4 bits, a scale for each block of elements
    GroupedConstants packed;        ///< weights narrower than inputs
    GroupedConstants fused;  ///< the same, with the activation inside the first multiplication
    double feed = 0.0;       ///< operands that reach a unit from the cache [byte/cycle]
    double pointwise = 0.0;  ///< share of the memory bandwidth in activation and weighted sum
    double resident = 0.0;   ///< share of the cache that holds weights from one call to the next
    KernelSpread spread;
    friend bool operator==(const ExpertsConstants&, const ExpertsConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> experts_constants();

}  // namespace wafercast
