#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

enum class PointwiseKind {
    kCopy,        ///< moves bytes: residual adds, casts, gathers of embeddings
    kNorm,        ///< RMS or layer norm of rows
    kActivation,  ///< GELU, SiLU and multiply
    kSoftmax,     ///< of rows
    kRotary,
    kSampling,
};

struct PointwiseShape {
    PointwiseKind kind = PointwiseKind::kCopy;
    double rows = 1.0, width = 1.0;          ///< of the tensor read
    double bytes_in = 2.0, bytes_out = 2.0;  ///< per element
    bool cold = false;  ///< the input comes from memory whatever the cache's size
};

/// Time of a kernel that works element by element or row by row.
///
///     t = launch + max(operations of the busiest unit / vector rate, bytes / memory)
///
/// What a repeated call finds in the cache moves faster; a row that its unit cannot keep is read
/// twice. docs/models/pointwise.md states every term.
///
/// @param shape  rows, width >= 0 @cite zhang-2024-llmcompass
KernelTime pointwise_time(const KernelDevice& device, const PointwiseShape& shape);

}  // namespace wafercast
