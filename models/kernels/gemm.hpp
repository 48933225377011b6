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
    bool weights_cold = true;      ///< read from memory: inference. Benchmarks that repeat a shape
                                   ///< find part of it in the cache
    bool narrowed_before = false;  ///< x is already in `inputs`: its kernel is not part of this
};

/// Time of a matrix multiplication with the kernels that narrow its input.
KernelTime gemm_time(const KernelDevice& device, const GemmShape& shape);

}  // namespace wafercast
