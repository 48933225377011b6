#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of attention over a shared latent (MLA). A tile is what one unit multiplies at a time: rows of
/// queries (in decode: of heads) by keys.
struct LatentAttentionConstants {
    double launch = 0.0;           ///< [s] of one kernel of the chain that a call is
    double prefill_kernels = 0.0;  ///< in that chain; one more where inputs are narrowed
    double decode_kernels = 0.0;
    double prefill_start = 0.0;  ///< [s] of a tile of rows, before and after its keys
    double decode_start = 0.0;
    double prefill_rate = 0.0;        ///< share of the peak rate while multiplying, (0, 1]
    double decode_rate = 0.0;         ///< the same in decode
    double decode_narrow_gain = 0.0;  ///< share of a narrower path's gain seen in decode, [0, 1]
    double exponentials = 0.0;        ///< per unit and cycle
    double softmax_operations = 0.0;  ///< on the vector lanes, per score
    double overlap = 0.0;             ///< of softmax with multiplying, 0 (in turn) to 1
    double prefill_memory = 0.0;      ///< achievable share of the memory bandwidth, (0, 1]
    double decode_memory = 0.0;
    double prefill_rows = 0.0;  ///< queries of a tile
    double prefill_keys = 0.0;
    double decode_rows = 0.0;  ///< heads (times queries) of a tile
    double decode_keys = 0.0;
    double most_splits = 0.0;  ///< parts that the keys of one sequence are split in at most
    double join = 0.0;         ///< [s] per doubling of the parts
    double crowding = 0.0;     ///< slowdown of a unit by busy neighbours, decode without splits
    double imbalance = 0.0;    ///< exponent that joins mean and longest load, >= 1: 1 adds them
    KernelSpread spread;
    friend bool operator==(const LatentAttentionConstants&,
                           const LatentAttentionConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> latent_attention_constants();

}  // namespace wafercast
