#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// How a state forgets: by a factor (state spaces, gated linear attention), or by a factor and the
/// part that the new key overwrites (gated delta rule).
enum class LinearRule { kDecay, kDelta };

/// Attention with a state of constant size, key_dim x value_dim a head, in place of a cache.
struct LinearAttentionShape {
    LinearRule rule = LinearRule::kDelta;
    double sequences = 1.0;
    double queries = 1.0;  ///< per sequence
    double heads = 1.0;    ///< of values: each has a state
    double key_heads = 1.0;
    double key_dim = 128.0;
    double value_dim = 128.0;
    double state_bytes = 4.0;  ///< per element
    double chunk = 64.0;       ///< queries that a prompt takes in one step
    NumberFormat inputs = NumberFormat::kBf16;
};

/// A prompt in chunks of C queries. Operations a chunk and head:
///
///     scores and their use     2 C^2 (d_k + d_v)
///     state read and written   4 C d_k d_v
///     delta rule besides       2 C^2 (2 d_k + d_v) + 2 C d_k d_v + C^3 / 3
///
/// Chunks follow each other through the state: no shorter than queries / C dependent steps.
/// @cite yang-2024-gated-delta, dao-2024-mamba2
KernelTime prefill_linear_attention_time(const KernelDevice& device,
                                         const LinearAttentionShape& shape);

/// Decode: the state is read, changed and written, d_k d_v elements a sequence and head, for each
/// of `queries` tokens once. 4 operations an element, 8 with the delta rule, on the vector units.
KernelTime decode_linear_attention_time(const KernelDevice& device,
                                        const LinearAttentionShape& shape);

}  // namespace wafercast
