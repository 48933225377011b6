#pragma once

#include "kernels/attention.hpp"

namespace wafercast {

/// Attention of each query to the `selected` keys that a small indexer scores highest.
struct SparseAttentionShape {
    double sequences = 1.0;
    double queries = 1.0;  ///< per sequence
    double past = 0.0;     ///< cached tokens before them
    double heads = 1.0, kv_heads = 1.0;
    double head_dim = 128.0;
    double value_dim = 0.0;     ///< 0: head_dim
    double selected = 2048.0;   ///< keys that a query attends to; 0: all
    double index_heads = 64.0;  ///< of the indexer, which keeps one key a token
    double index_dim = 128.0;
    NumberFormat inputs = NumberFormat::kBf16;
    NumberFormat kv = NumberFormat::kBf16;
    NumberFormat index = NumberFormat::kFp8;  ///< of the indexer's queries and keys
    bool cold = true;
};

/// Time of the indexer, the choice and the attention:
///
///     score    2 I d_I operations a query-key pair on the matrix units, 3 I on the vector units
///              (rectify, weigh, add), beside reading the index keys
///     choose   3 passes over 4-byte scores
///     attend   every query its own keys: a decode step of sequences x queries
///
/// Where no query sees more keys than `selected` it is plain attention. Leaves out the projections
/// around it, which are GEMMs, and rows that are narrower than a line of memory.
/// @cite deepseek-2025-v32
KernelTime sparse_attention_time(const KernelDevice& device, const SparseAttentionShape& shape);

}  // namespace wafercast
