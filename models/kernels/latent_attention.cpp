#include "kernels/latent_attention.hpp"

#include <algorithm>

namespace wafercast {
namespace {

KernelTime roofline(const KernelDevice& device, const LatentAttentionShape& s, double flops) {
    const LatentAttentionConstants& c = device.constants->latent_attention;
    KernelTime time;
    time.launch = c.launch;
    time.flops = flops;
    time.bytes =
        s.sequences * (s.past + s.queries) * (s.rank + s.rope_dim) * bytes_per_element(s.kv);
    time.compute = time.flops / (device.peak[index(s.inputs)] * c.rate);
    time.memory = time.bytes / (device.memory_bandwidth * c.memory);
    time.seconds = time.launch + std::max(time.compute, time.memory);
    return time;
}

}  // namespace

KernelTime prefill_latent_attention_time(const KernelDevice& device,
                                         const LatentAttentionShape& s) {
    const double pairs = s.queries * (s.past + 0.5 * s.queries);
    return roofline(device, s,
                    2.0 * s.sequences * s.heads * pairs * (s.nope_dim + s.rope_dim + s.value_dim));
}

KernelTime decode_latent_attention_time(const KernelDevice& device, const LatentAttentionShape& s) {
    const double pairs = s.queries * (s.past + s.queries);
    return roofline(device, s, 2.0 * s.sequences * s.heads * pairs * (2.0 * s.rank + s.rope_dim));
}

}  // namespace wafercast
