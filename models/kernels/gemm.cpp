#include "kernels/gemm.hpp"

#include <cmath>

#include "kernels/gemm_tiles.hpp"
#include "kernels/memory_rate.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

constexpr double kArrivingBytes = 2.0;  // of an element of x before it is narrowed

double bits_of(NumberFormat format) { return kNumberFormatBits[index(format)]; }

/// Time of the kernels that bring x to a narrower format: each row is read, scaled and written.
double narrowing_time(const KernelDevice& device, const GemmShape& shape) {
    const GemmConstants& c = device.constants->gemm;
    const NumberFormat format = datapath(device.peak, shape.inputs).format;
    if (shape.narrowed_before || bits_of(format) >= 16.0) {
        return 0.0;
    }
    const bool half_bytes = bits_of(format) < 8.0;
    const double bytes = half_bytes ? c.quantise_4bit_bytes : c.quantise_bytes;
    const double elements = shape.batches * shape.m * shape.k;
    const double fixed =
        half_bytes ? c.quantise_4bit : c.quantise + shape.batches * shape.m * c.quantise_row;
    return fixed + elements * bytes / memory_rate(device, c.memory);
}

/// Energy of one operation at full clock [J/op].
double operation_energy(const KernelDevice& device, const GemmShape& shape) {
    const GemmConstants& c = device.constants->gemm;
    const NumberFormat format = datapath(device.peak, shape.inputs).format;
    const double bits = bits_of(format);
    double energy = device.joules_per_op[index(format)];
    if (!(energy > 0.0)) {
        energy = bits <= 8.0 ? c.narrow_energy * bits / 8.0 : c.energy * bits / 16.0;
        energy *= device.switching;
    }
    return energy * (shape.constant_weights ? c.constant_data : 1.0) *
           (shape.sparse_weights ? 0.5 : 1.0);
}

/// Slows a kernel to the power limit. Voltage falls with the clock, so power with about its cube
/// where the limit binds little and its square further down: time grows with the root of the power
/// that is too much. Short kernels end before the clock falls.
void limit_power(const KernelDevice& device, const GemmShape& shape, TiledTime& time,
                 KernelTime& kernel) {
    const GemmConstants& c = device.constants->gemm;
    const double available = device.power_limit * (1.0 - c.static_share);
    if (!(available > 0.0)) {
        return;
    }
    const double byte_energy =
        device.joules_per_byte > 0.0 ? device.joules_per_byte : c.memory_energy;
    const double energy = kernel.flops * operation_energy(device, shape) + time.bytes * byte_energy;
    const double least = energy / available;
    if (least > time.seconds) {
        const double limited = std::sqrt(least * time.seconds);
        const double slowed =
            time.seconds + (limited - time.seconds) * time.seconds / (time.seconds + c.throttle);
        kernel.clock_share = time.seconds / slowed;
        time.seconds = slowed;
        time.compute /= kernel.clock_share;
    }
}

KernelTime with_tiling(const KernelDevice& device, const GemmShape& shape,
                       TiledTime (*search)(const TiledGemm&)) {
    KernelTime kernel;
    kernel.flops = 2.0 * shape.batches * shape.m * shape.n * shape.k;
    const TiledGemm gemm = tiled_gemm(device, shape);
    if (!(kernel.flops > 0.0)) {
        kernel.launch = kernel.seconds = gemm.launch;
        return kernel;
    }
    TiledTime time = search(gemm);
    limit_power(device, shape, time, kernel);
    kernel.narrowing = narrowing_time(device, shape);
    kernel.seconds = time.seconds + kernel.narrowing;
    kernel.launch = time.fixed + kernel.narrowing;
    kernel.compute = time.compute;
    kernel.memory = time.memory;
    kernel.bytes = time.bytes;
    return kernel;
}

}  // namespace

KernelTime gemm_time(const KernelDevice& device, const GemmShape& shape) {
    return with_tiling(device, shape, fastest_tiling);
}

KernelTime gemm_time_plainly(const KernelDevice& device, const GemmShape& shape) {
    return with_tiling(device, shape, fastest_tiling_plainly);
}

}  // namespace wafercast
