#include "kernels/pointwise.hpp"

namespace wafercast {

KernelTime pointwise_time(const KernelDevice& device, const PointwiseShape& shape) {
    const PointwiseConstants& c = device.constants->pointwise;
    KernelTime time;
    time.launch = c.launch;
    time.bytes = shape.rows * shape.width * (shape.bytes_in + shape.bytes_out);
    time.memory = time.bytes / (device.memory_bandwidth * c.memory);
    time.seconds = time.launch + time.memory;
    return time;
}

}  // namespace wafercast
