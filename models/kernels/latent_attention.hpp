#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// Attention over one latent per token that all heads share (MLA).
struct LatentAttentionShape {
    double sequences = 1.0;
    double queries = 1.0;  ///< per sequence
    double past = 0.0;     ///< cached tokens before them
    double heads = 128.0;  ///< on this device
    double rank = 512.0;   ///< of the latent
    double rope_dim = 64.0;
    double nope_dim = 128.0;   ///< of keys in prefill, without the rope part
    double value_dim = 128.0;  ///< in prefill
    NumberFormat inputs = NumberFormat::kBf16;
    NumberFormat kv = NumberFormat::kBf16;
    bool cold = true;
};

/// Tiles of `keys` keys that causal attention of `queries` behind `past` touches, over all tiles of
/// `rows` queries: sum over i of ceil(min(past + (i + 1) rows, past + queries) / keys). Exact when
/// rows and keys divide one another. In closed form: a call costs the same for any length.
double causal_tiles(double queries, double past, double rows, double keys);

/// Prefill: keys and values of every head are expanded, then flash attention of head dimension
/// nope + rope and values of value_dim.
KernelTime prefill_latent_attention_time(const KernelDevice& device,
                                         const LatentAttentionShape& shape);

/// Decode: absorbed, every head attends to the latent itself.
KernelTime decode_latent_attention_time(const KernelDevice& device,
                                        const LatentAttentionShape& shape);

}  // namespace wafercast
