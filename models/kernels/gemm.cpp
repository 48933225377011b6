#include "kernels/gemm.hpp"

#include <algorithm>

namespace wafercast {

KernelTime gemm_time(const KernelDevice& device, const GemmShape& shape) {
    const GemmConstants& c = device.constants->gemm;
    const double weight_bytes =
        (shape.weight_bits > 0.0 ? shape.weight_bits / 8.0 : bytes_per_element(shape.weights));
    KernelTime time;
    time.launch = c.launch;
    time.flops = 2.0 * shape.batches * shape.m * shape.n * shape.k;
    time.bytes = shape.batches *
                 (shape.k * shape.n * weight_bytes +
                  shape.m * shape.k * bytes_per_element(shape.inputs) + shape.m * shape.n * 2.0);
    time.compute = time.flops / (device.peak[index(shape.inputs)] * c.rate);
    time.memory = time.bytes / (device.memory_bandwidth * c.memory);
    time.seconds = time.launch + std::max(time.compute, time.memory);
    return time;
}

}  // namespace wafercast
