#include "kernels/pointwise.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/memory_rate.hpp"

namespace wafercast {
namespace {

/// What a kind does with an element.
struct Work {
    double exponentials = 0.0;
    double operations = 0.0;  ///< of the vector lanes
    double reads = 1.0;       ///< of the input, where a row is kept between passes
    bool by_rows = false;     ///< one unit does a row, and needs the whole of it before it writes
};

Work work_of(PointwiseKind kind, const PointwiseConstants& c) {
    switch (kind) {
        case PointwiseKind::kNorm:
            return {0.0, 10.0, 1.0, true};
        case PointwiseKind::kActivation:
            return {1.0, 16.0, 1.0, false};
        case PointwiseKind::kSoftmax:
            return {2.0, c.softmax_operations, 1.0, true};
        case PointwiseKind::kSampling:
            return {1.0, c.softmax_operations, 2.0, true};
        case PointwiseKind::kRotary:
            return {0.0, 6.0, 1.0, false};
        case PointwiseKind::kCopy:
            break;
    }
    return {};
}

double call_of(PointwiseKind kind, const PointwiseConstants& c) {
    switch (kind) {
        case PointwiseKind::kNorm:
            return c.norm_call;
        case PointwiseKind::kSoftmax:
        case PointwiseKind::kSampling:
            return c.softmax_call;
        default:
            return c.activation_call;
    }
}

/// Share of a row that its unit cannot keep, beside the others it works on, until the second pass.
double spilled(const KernelDevice& device, const PointwiseConstants& c, double row_bytes) {
    if (device.unit_bytes <= 0.0 || row_bytes <= 0.0) {
        return 0.0;
    }
    const double kept = device.unit_bytes / (c.residents * row_bytes);
    return std::clamp(1.0 - kept, 0.0, 1.0);
}

}  // namespace

KernelTime pointwise_time(const KernelDevice& device, const PointwiseShape& shape) {
    const PointwiseConstants& c = device.constants->pointwise;
    const Work work = work_of(shape.kind, c);
    const double elements = shape.rows * shape.width;
    const double again = work.by_rows ? spilled(device, c, shape.width * shape.bytes_in) : 0.0;
    const double read = elements * shape.bytes_in * (work.reads + again);
    const double written = elements * shape.bytes_out;

    double per_element = 0.0;  // [s] of one unit
    if (device.vector_rate > 0.0) {
        per_element += 2.0 * work.operations * device.units / device.vector_rate;
        if (device.clock > 0.0) {
            per_element += work.exponentials / (c.exponentials * device.clock);
        }
    }
    double busiest = elements / device.units;  // elements of the unit that has most
    if (work.by_rows) {
        busiest = (std::ceil(shape.rows / device.units) + c.tail) * shape.width;
    }

    KernelTime time;
    time.flops = elements * (work.exponentials + work.operations);
    time.bytes = read + written;
    const double held = shape.cold ? 0.0 : std::min(time.bytes, c.cache_share * device.cache_bytes);
    const double bandwidth = memory_rate(device, c.memory);
    time.launch = c.launch + call_of(shape.kind, c);
    time.compute = busiest * per_element;
    time.memory = (time.bytes - held + held / c.cache_speed) / bandwidth;
    time.seconds = time.launch + std::max(time.compute, time.memory);
    return time;
}

}  // namespace wafercast
