#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// y[m, n] = x[m, k] w[k, n].
struct GemmShape {
    double m = 1.0, n = 1.0, k = 1.0;
    NumberFormat weights = NumberFormat::kBf16;  ///< as stored
    NumberFormat inputs = NumberFormat::kBf16;   ///< multiplied in; x arrives in 16 bits
    double weight_bits = 0.0;                    ///< with scales; 0: those of the format
    double batches = 1.0;                        ///< equal multiplications in one kernel
    bool weights_cold = true;       ///< read from memory: inference. Benchmarks that repeat a shape
                                    ///< find part of it in the cache
    bool narrowed_before = false;   ///< x is already in `inputs`: its kernel is not part of this
    double weight_copies = 1.0;     ///< that a benchmark goes through before it comes to the same
                                    ///< weights again; of no effect when they are cold
    bool constant_weights = false;  ///< all the same number, as benchmarks of untouched memory have
                                    ///< them: units switch less
    bool sparse_weights = false;    ///< two of four are zero, and the units skip them
};

/// Time of a matrix multiplication with the kernels that narrow its input.
///
///     t = launch + split + max'(waves (wave + store) + max'(math, feed, chain), bytes / memory)
///
/// of the fastest tiling, max' being the 4-norm; slowed to sqrt(t t_power) when it would exceed the
/// power limit, t_power = energy / (power limit - static); and the narrowing of x before it.
/// docs/models/gemm.md states every term.
///
/// @param device  a format that it lacks runs in the next wider one that it has
/// @param shape   m, n, k, batches >= 0; when any is 0 the kernel starts and ends
/// @cite nvidia-matmul-guide
KernelTime gemm_time(const KernelDevice& device, const GemmShape& shape);

/// The same by trying every tiling in turn: what `gemm_time` is tested against.
KernelTime gemm_time_plainly(const KernelDevice& device, const GemmShape& shape);

}  // namespace wafercast
