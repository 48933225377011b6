#include "kernels/experts.hpp"

#include <algorithm>
#include <cmath>

namespace wafercast {

double active_experts(const ExpertsShape& s) {
    return s.experts / s.expert * (1.0 - std::pow(1.0 - s.top_k / s.experts, s.tokens));
}

double rank_imbalance(const ExpertsShape& s) { return std::max(s.load, 1.0); }

KernelTime experts_time(const KernelDevice& device, const ExpertsShape& s) {
    const ExpertsConstants& c = device.constants->experts;
    const double matrix = (s.gated ? 3.0 : 2.0) * s.hidden * s.inner / s.tensor;
    const double weight_bytes =
        s.weight_bits > 0.0 ? s.weight_bits / 8.0 : bytes_per_element(s.weights);
    KernelTime time;
    time.launch = c.launch;
    time.flops = 2.0 * s.tokens * s.top_k / s.expert * rank_imbalance(s) * matrix;
    time.bytes = active_experts(s) * matrix * weight_bytes;
    time.compute = time.flops / (device.peak[index(s.inputs)] * c.rate);
    time.memory = time.bytes / (device.memory_bandwidth * c.memory);
    time.seconds = time.launch + std::max(time.compute, time.memory);
    return time;
}

}  // namespace wafercast
