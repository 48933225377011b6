#include "kernels/collective.hpp"

namespace wafercast {

KernelTime collective_time(const KernelDevice& device, const CollectiveShape& shape) {
    const CollectiveConstants& c = device.constants->collective;
    KernelTime time;
    if (shape.ranks <= 1.0) {
        return time;
    }
    const double passes = shape.kind == CollectiveKind::kAllReduce ? 2.0 : 1.0;
    time.launch = c.launch;
    time.bytes = passes * (shape.ranks - 1.0) / shape.ranks * shape.bytes;
    time.memory = time.bytes / (device.link_bandwidth * c.memory);
    time.seconds = time.launch + time.memory;
    return time;
}

}  // namespace wafercast
