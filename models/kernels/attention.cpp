#include "kernels/attention.hpp"

#include <algorithm>

namespace wafercast {
namespace {

KernelTime roofline(const KernelDevice& device, const AttentionShape& s, double pairs) {
    const AttentionConstants& c = device.constants->attention;
    const double value_dim = s.value_dim > 0.0 ? s.value_dim : s.head_dim;
    const double keys =
        s.window > 0.0 ? std::min(s.past + s.queries, s.window) : s.past + s.queries;
    KernelTime time;
    time.launch = c.launch;
    time.flops = 2.0 * s.sequences * s.heads * pairs * (s.head_dim + value_dim);
    time.bytes =
        s.sequences * s.kv_heads * keys * (s.head_dim + value_dim) * bytes_per_element(s.kv);
    time.compute = time.flops / (device.peak[index(s.inputs)] * c.rate);
    time.memory = time.bytes / (device.memory_bandwidth * c.memory);
    time.seconds = time.launch + std::max(time.compute, time.memory);
    return time;
}

}  // namespace

KernelTime prefill_attention_time(const KernelDevice& device, const AttentionShape& s) {
    return roofline(device, s, s.queries * (s.past + (s.causal ? 0.5 : 1.0) * s.queries));
}

KernelTime decode_attention_time(const KernelDevice& device, const AttentionShape& s) {
    return roofline(device, s, s.queries * (s.past + s.queries));
}

}  // namespace wafercast
