#pragma once

#include "core/kernels/kernel_device.hpp"
#include "kernels/attention.hpp"

namespace wafercast {

/// What one unit works on at a time.
struct AttentionTile {
    double rows = 0.0;      ///< query rows, padding in
    double group = 1.0;     ///< query heads that share the rows
    double keys = 0.0;      ///< of a block
    double values = 0.0;    ///< head dimension of keys and values together
    double kv_bytes = 2.0;  ///< per element
    double resident = 1.0;  ///< tiles that one unit holds
    bool converts = false;  ///< keys and values are not multiplied as they are stored
};

/// Tiles of one sequence and head (or group of heads), and blocks of keys that they visit.
struct TileCount {
    double tiles = 0.0, blocks = 0.0, most = 0.0;
};

/// The shape with whole, positive sizes and no open defaults.
AttentionShape whole(AttentionShape shape);

/// The format that the kernel multiplies in: the cache's where it is narrow and the family's kernel
/// multiplies in it, else that of the queries.
NumberFormat product_format(const AttentionConstants& constants, const AttentionShape& shape);

/// The tile that the family's kernel takes. Shapes as `whole` returns them.
AttentionTile prefill_tile(const KernelDevice& device, const AttentionShape& shape);
AttentionTile decode_tile(const KernelDevice& device, const AttentionShape& shape);

/// Tiles of a prefill under its causal mask and window, blocks counted exactly: each tile visits
/// the blocks that hold a key which one of its queries sees. Constant time.
TileCount prefill_tiles(const AttentionShape& shape, const AttentionTile& tile);

/// Query-key pairs of one sequence and query head.
double attended_pairs(const AttentionShape& shape);

/// Blocks that hold the keys of one decode step.
double decode_blocks(const AttentionShape& shape, const AttentionTile& tile);

/// Parts into which the keys of a tile are split so that units do not idle.
enum class SplitRule {
    kWaves,  ///< the fewest parts whose waves over the units are within 15 % of the fullest
    kEven,   ///< parts hold as many blocks as keep every unit equally busy
    kOnce,   ///< as many as fill the units once
};
SplitRule split_rule(const AttentionConstants& constants);

/// @param slots  tiles that all units hold side by side
double key_splits(SplitRule rule, const AttentionShape& shape, double tiles, double blocks,
                  double slots);

}  // namespace wafercast
