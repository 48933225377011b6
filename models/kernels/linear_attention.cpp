#include "kernels/linear_attention.hpp"

#include <algorithm>
#include <cmath>

#include "core/kernels/kernel_constants.hpp"
#include "kernels/attention_units.hpp"
#include "kernels/memory_rate.hpp"

namespace wafercast {
namespace {

/// Kernels of a chunked prompt: within chunks, state by chunk, outputs.
constexpr double kChunkKernels = 3.0;
/// Values of a head that one unit keeps the state of.
constexpr double kValuesOfUnit = 64.0;
constexpr double kWideBytes = 2.0;
/// Bytes of the block that the constant `chain` is stated for.
constexpr double kChainBytes = 65536.0;

bool delta(const LinearAttentionShape& s) { return s.rule == LinearRule::kDelta; }

double chunk_operations(const LinearAttentionShape& s, double c) {
    const double k = s.key_dim, v = s.value_dim;
    const double base = 2.0 * c * c * (k + v) + 4.0 * c * k * v;
    return delta(s) ? base + 2.0 * c * c * (2.0 * k + v) + 2.0 * c * k * v + c * c * c / 3.0 : base;
}

/// Queries, keys, values and outputs.
double streamed_bytes(const LinearAttentionShape& s) {
    const double width = 2.0 * s.key_heads * s.key_dim + 2.0 * s.heads * s.value_dim;
    return s.sequences * s.queries * width * kWideBytes;
}

}  // namespace

KernelTime prefill_linear_attention_time(const KernelDevice& device,
                                         const LinearAttentionShape& s) {
    const AttentionConstants& c = device.constants->attention;
    const AttentionUnits units = attention_units(device, s.inputs);
    const double states = s.sequences * s.heads;
    const double chunk = std::clamp(s.chunk, 1.0, std::max(1.0, s.queries));
    const double chunks = std::max(1.0, std::ceil(s.queries / chunk));
    KernelTime time;
    time.flops = states * s.queries / chunk * chunk_operations(s, chunk);
    const double math = states * chunks * chunk_operations(s, chunk) /
                        (units.flops * c.rate * units.count * units.clock);
    // One step moves a chunk of keys and values, and the state stays in the unit.
    const double step = c.chain * chunk * (s.key_dim + s.value_dim) * kWideBytes / kChainBytes +
                        chunk * 2.0 * s.key_dim * kValuesOfUnit / (units.flops * c.rate);
    const double rounds = std::ceil(states * std::ceil(s.value_dim / kValuesOfUnit) / units.count);
    const double chained = rounds * (c.tile + chunks * step) / units.clock;
    time.compute = std::max(math, chained);
    const double state = states * s.key_dim * s.value_dim;
    // Between the kernels the state of every chunk lies in memory, in 16 bits.
    time.bytes = 2.0 * streamed_bytes(s) + 2.0 * state * (s.state_bytes + chunks * kWideBytes);
    time.memory = time.bytes / memory_rate(device, c.memory);
    time.launch = c.launch + (kChunkKernels - 1.0) * c.pass;
    time.seconds = time.launch + overlapped(time.compute, time.memory);
    return time;
}

KernelTime decode_linear_attention_time(const KernelDevice& device, const LinearAttentionShape& s) {
    const AttentionConstants& c = device.constants->attention;
    const AttentionUnits units = attention_units(device, s.inputs);
    const double states = s.sequences * s.heads;
    const double elements = states * s.key_dim * s.value_dim;
    KernelTime time;
    time.flops = (delta(s) ? 8.0 : 4.0) * elements * s.queries;
    const double vector = device.vector_rate > 0.0 ? time.flops / device.vector_rate : 0.0;
    const double parts = states * std::ceil(s.value_dim / kValuesOfUnit);
    const double rounds = std::ceil(parts / (units.count * std::max(1.0, c.resident)));
    time.compute = std::max(vector, rounds * c.busy * c.tile / units.clock);
    time.bytes = 2.0 * elements * s.state_bytes + streamed_bytes(s);
    time.memory = time.bytes / memory_rate(device, c.memory);
    time.launch = c.launch + c.tile / units.clock;
    time.seconds = time.launch + overlapped(time.compute, time.memory);
    return time;
}

}  // namespace wafercast
