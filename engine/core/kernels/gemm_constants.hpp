#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of matrix multiplications, with the kernels that narrow their input. Rates are shares of what
/// the data sheet states, so that they carry over to a device with other clocks and bandwidths.
struct GemmConstants {
    double launch =
        0.0;             ///< [s] of a kernel: from the end of the last one to the first instruction
    double wave = 0.0;   ///< [s] to start a wave of tiles and to drain it
    double store = 1.0;  ///< results that a unit writes [byte/cycle]
    double rate = 0.0;   ///< achievable share of the peak rate at full clock, (0, 1]
    double narrow_rate = 0.0;  ///< the same of operands of 8 bits and fewer
    double memory = 0.0;       ///< achievable share of the memory bandwidth, (0, 1]
    double feed = 0.0;         ///< achievable share of the cache bandwidth, (0, 1.5]
    double multicast = 0.0;    ///< operands that a tile receives together with a neighbour, [0, 2]
    double fine_tiles = 0.0;   ///< 1: sides in steps of 16; 0: powers of two
    double chain = 0.0;        ///< [cycle] of a tile's loop for each byte of depth
    double single_row = 1.0;   ///< of `chain` that a product of a matrix and a vector has
    double split = 0.0;        ///< [s] to split the depth: the sum of the parts
    double split_traffic = 1.0;  ///< speed of the parts' traffic over the memory bandwidth
    double kept = 0.0;           ///< share of the cache that holds operands until they come again
    double reuse = 0.0;          ///< share of the cache that holds operands between waves
    double library_tile = 0.0;   ///< side of the only tile for 8-bit floats; 0: chosen by shape
    double block_scaled_side = 0.0;  ///< least side of tiles of 4-bit floats, whose depth is not
                                     ///< split then; 0: as of other formats
    double shift = 1.0;   ///< [cycle] to load a row of weights into a systolic array, behind the
                          ///< rows that stream through the ones before
    double energy = 0.0;  ///< of an operation of 16-bit operands at full clock [J/op]
    double narrow_energy = 0.0;   ///< of 8-bit operands [J/op]; narrower ones in proportion
    double memory_energy = 0.0;   ///< [J/byte]
    double static_share = 0.0;    ///< of the power limit, whatever runs
    double throttle = 0.0;        ///< [s] of a kernel whose clock falls half-way to the limited one
    double constant_data = 1.0;   ///< share of `energy` when every weight is the same number
    double quantise = 0.0;        ///< [s] kernels that narrow the input to 8 bits
    double quantise_row = 0.0;    ///< [s] of it for each row
    double quantise_bytes = 0.0;  ///< traffic of it for each element [byte]
    double quantise_4bit = 0.0;   ///< [s] kernels that narrow the input to 4 bits
    double quantise_4bit_bytes = 0.0;  ///< traffic of it for each element [byte]
    double widen_rate = 0.0;           ///< of `rate` when weights are widened on the way in
    double widen_chain = 1.0;          ///< of `chain` then
    double integer_rate = 0.0;         ///< achievable share of the peak rate of int8
    double integer_chain = 1.0;        ///< of `chain` of int8
    double plugin = 0.0;               ///< [s] more to start kernels of integer weights
    double plugin_splits = 1.0;        ///< parts that these split the depth into at most
    double plugin_rows = 1.0;          ///< up to which they have a kernel of their own for vectors
    double plugin_vector = 1.0;        ///< of `chain` that that has
    KernelSpread spread;
    friend bool operator==(const GemmConstants&, const GemmConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> gemm_constants();

}  // namespace wafercast
