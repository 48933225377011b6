#pragma once

#include "core/kernels/kernel_device.hpp"
#include "kernels/gemm.hpp"

namespace wafercast {

/// How a result is cut: tiles of rows x columns, and the depth in parts that are added up later.
struct Tiling {
    double rows = 16.0, columns = 16.0, parts = 1.0;
    friend bool operator==(const Tiling&, const Tiling&) = default;
};

/// What a multiplication takes under one tiling. Compute and memory are each alone.
struct TiledTime {
    double seconds = 0.0;
    double fixed = 0.0;
    double compute = 0.0;
    double memory = 0.0;
    double bytes = 0.0;  ///< of memory traffic
    Tiling tiling;
};

/// A multiplication on a device in the terms of its tiles: sizes, and seconds per piece of work.
struct TiledGemm {
    double m = 0.0, n = 0.0, k = 0.0, batches = 1.0;
    double input_bytes = 2.0, weight_bytes = 2.0, output_bytes = 2.0;  ///< per element
    UnitKind kind = UnitKind::kTensorCore;
    double units = 1.0, per_unit = 1.0;  ///< and 1 / units
    double array = 0.0;                  ///< side of a systolic unit
    double shift = 1.0;                  ///< [cycle] to load a row of weights into the array
    double cycle = 0.0;                  ///< [s]
    double op = 0.0;                     ///< [s] of one operation in one unit
    double unit_feed = 0.0;              ///< [s] of a byte from the cache into one unit
    double feed = 0.0;                   ///< [s] of a byte from the cache into any unit
    double memory = 0.0;                 ///< [s] of a byte of memory
    double chain = 0.0;                  ///< [s] of one step in depth
    double store = 0.0;                  ///< [s] of a byte of results out of one unit
    double launch = 0.0;                 ///< [s]
    double wave = 0.0;                   ///< [s]
    double split = 0.0;                  ///< [s]
    double split_byte = 0.0;             ///< [s] of a byte of partial sums
    double multicast = 0.0;      ///< operands that a tile receives together with a neighbour
    bool fine_tiles = false;     ///< sides in steps of 16
    double least_side = 0.0;     ///< of a tile
    double only_tile = 0.0;      ///< side of the only tile; 0: any
    double most_parts = 1.0;     ///< that the depth may be cut in
    double missed_inputs = 1.0;  ///< share of x that the first pass reads from memory
    double missed_weights = 1.0;
    double missed_outputs = 1.0;  ///< share of y that goes to memory
    double missed_again = 1.0;    ///< share of an operand that a further pass reads again
};

TiledGemm tiled_gemm(const KernelDevice& device, const GemmShape& shape);

TiledTime tiled_time(const TiledGemm& gemm, const Tiling& tiling);

/// The tiling of the shortest time. Leaves out those that a lower bound shows to be slower.
TiledTime fastest_tiling(const TiledGemm& gemm);
/// The same by trying all of them.
TiledTime fastest_tiling_plainly(const TiledGemm& gemm);

}  // namespace wafercast
