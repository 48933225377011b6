#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// Attention of `sequences`, each with `queries` new tokens behind `past` cached ones.
struct AttentionShape {
    double sequences = 1.0;
    double queries = 1.0;                ///< per sequence; 1 (or a draft's few) in decode
    double past = 0.0;                   ///< cached tokens before them, mean over sequences
    double heads = 1.0, kv_heads = 1.0;  ///< on this device
    double head_dim = 128.0;
    double value_dim = 0.0;  ///< 0: head_dim
    double window = 0.0;     ///< keys a query sees at most; 0: all
    bool causal = true;
    NumberFormat inputs = NumberFormat::kBf16;  ///< of queries and of the multiplications
    NumberFormat kv = NumberFormat::kBf16;      ///< as stored
    bool cold = true;                           ///< the cache was last touched a whole model ago
};

/// Prefill: flash attention. queries > 1.
KernelTime prefill_attention_time(const KernelDevice& device, const AttentionShape& shape);

/// Decode: split over keys, and the pass that joins the splits.
KernelTime decode_attention_time(const KernelDevice& device, const AttentionShape& shape);

}  // namespace wafercast
