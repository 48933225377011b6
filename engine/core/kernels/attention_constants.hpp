#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of attention over keys and values of heads, prefill and decode. Cycles are those of the
/// device's clock. A tile is a set of query rows that one compute unit works on, a block the keys
/// and values that it takes in one step.
struct AttentionConstants {
    // How the family's kernel is built, as its authors document it.
    double rows = 0.0;             ///< query rows of a tile in prefill
    double small_head_rows = 0.0;  ///< the same for heads of 96 and less
    double narrow_rows = 0.0;      ///< the same where a tile's queries are few, as in decode
    double block_values = 0.0;     ///< keys x head dimension of a block, in 16 bits
    double most_keys = 0.0;        ///< of a block
    double stages = 0.0;           ///< blocks of keys and of values in flight in a unit's memory
    double resident = 0.0;         ///< tiles that a unit's registers hold
    double narrow_head = 0.0;      ///< largest head for which such tiles exist
    double split_rule = 0.0;       ///< parts of the keys: 0 waves of a fixed grid, 1 even share of
                                   ///< blocks a unit, 2 as many as fill the units once
    double join_kernels = 0.0;     ///< kernels that join the parts; 0: within the first
    double packed = 0.0;           ///< 1: a prefill tile holds queries of a whole group of heads
    double lone_split = 0.0;       ///< 1: keys are split also where each query head has its own
    double repack = 0.0;           ///< kernels that reorder queries and outputs of grouped heads
    double window_kernels = 0.0;   ///< kernels that plan a window's tiles in decode
    double exponentials = 0.0;     ///< per cycle and unit
    double narrow_inputs = 0.0;    ///< 1: multiplies in the narrow format of the cache
    // What it achieves.
    double launch = 0.0;        ///< [s] of the first kernel and its issue
    double pass = 0.0;          ///< [s] of each dependent kernel after it
    double tile = 0.0;          ///< [cycle] to start and end a tile with heads of 128
    double by_head = 0.0;       ///< share of those that grows with the head dimension, [0, 1]
    double busy = 0.0;          ///< share of them in which the unit can do nothing else, [0, 1]
    double chain = 0.0;         ///< [cycle] of the dependent steps of a block of 64 KiB
    double rate = 0.0;          ///< achievable share of the peak rate, (0, 1]
    double exposed = 0.0;       ///< share of softmax and conversion that products do not hide,
                                ///< [0, 1]
    double memory = 0.0;        ///< achievable share of the memory bandwidth, (0, 1]
    double feed = 0.0;          ///< [byte] per cycle and unit from the cache
    double cached = 0.0;        ///< share of the cache that repeated data can hold
    double convert = 0.0;       ///< narrow keys and values made ready per cycle and unit
    double combine = 0.0;       ///< [cycle] per split when splits are joined
    double tail = 0.0;          ///< share of the longest tile that units idle at the end, [0, 1]
    double store = 0.0;         ///< [cycle] of a thread block that writes new keys; 0: no such
                                ///< kernel
    double store_narrow = 0.0;  ///< [cycle] more where it narrows them
    double store_apart = 0.0;   ///< 1: an operation of its own writes them, which a benchmark that
                                ///< repeats the call leaves out
    KernelSpread spread;
    friend bool operator==(const AttentionConstants&, const AttentionConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> attention_constants();

}  // namespace wafercast
