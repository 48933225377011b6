#include "kernels/sparse_attention.hpp"

#include <algorithm>

#include "core/kernels/kernel_constants.hpp"
#include "kernels/attention_tiles.hpp"
#include "kernels/attention_units.hpp"

namespace wafercast {
namespace {

/// Operations on a score of one index head outside the matrix units.
constexpr double kScoreOperations = 3.0;
/// Sweeps of a radix choice over the scores, and bytes of a score.
constexpr double kChoiceSweeps = 3.0, kScoreBytes = 4.0;
/// Kernels before the attention: score, choose.
constexpr double kIndexKernels = 2.0;

AttentionShape plain(const SparseAttentionShape& s) {
    return {.sequences = s.sequences,
            .queries = s.queries,
            .past = s.past,
            .heads = s.heads,
            .kv_heads = s.kv_heads,
            .head_dim = s.head_dim,
            .value_dim = s.value_dim,
            .inputs = s.inputs,
            .kv = s.kv,
            .cold = s.cold};
}

/// Time and traffic of scoring all pairs and choosing.
KernelTime index_time(const KernelDevice& device, const SparseAttentionShape& s, double pairs) {
    const AttentionConstants& c = device.constants->attention;
    const AttentionUnits units = attention_units(device, s.index);
    const double cycles = units.count * units.clock;
    const double scores = s.sequences * pairs;
    KernelTime time;
    time.flops = 2.0 * scores * s.index_heads * s.index_dim;
    const double product = time.flops / (units.flops * cycles * c.rate);
    const double vector = device.vector_rate > 0.0
                              ? kScoreOperations * scores * s.index_heads / device.vector_rate
                              : 0.0;
    const double slow = std::max(product, vector);
    time.compute = slow + c.exposed * (product + vector - slow);
    const double keys = s.sequences * (s.past + s.queries) * s.index_dim;
    const double queries = s.sequences * s.queries * s.index_heads * s.index_dim;
    const MemoryTime read =
        memory_time(device, units, (keys + queries) * bytes_per_element(s.index), s.cold);
    // The scores have just been written.
    const MemoryTime choice = memory_time(device, units, scores * kScoreBytes, false);
    time.bytes = read.bytes + (1.0 + kChoiceSweeps) * choice.bytes;
    time.memory = read.seconds + (1.0 + kChoiceSweeps) * choice.seconds;
    time.launch = kIndexKernels * c.pass + 2.0 * c.tile / units.clock;
    time.seconds = time.launch + overlapped(time.compute, read.seconds + choice.seconds) +
                   kChoiceSweeps * choice.seconds;
    return time;
}

}  // namespace

KernelTime sparse_attention_time(const KernelDevice& device, const SparseAttentionShape& s) {
    const AttentionShape all = whole(plain(s));
    if (s.selected <= 0.0 || all.past + all.queries <= s.selected) {
        return prefill_attention_time(device, all);
    }
    // Queries near the start see fewer keys than they may choose.
    AttentionShape capped = all;
    capped.window = s.selected;
    AttentionShape chosen = all;
    chosen.sequences = all.sequences * all.queries;
    chosen.queries = 1.0;
    chosen.past = std::max(0.0, attended_pairs(capped) / all.queries - 1.0);
    KernelTime time = decode_attention_time(device, chosen);
    // Queries of a sequence choose among the same keys: memory sends each once, the cache the rest.
    const double chosen_keys = all.queries * (chosen.past + 1.0);
    const double once = std::min(1.0, (all.past + all.queries) / chosen_keys);
    const AttentionUnits units = attention_units(device, s.inputs);
    const double shared = once * time.memory + (1.0 - once) * time.bytes / units.cache_bandwidth;
    time.seconds += overlapped(time.compute, shared) - overlapped(time.compute, time.memory);
    time.memory = shared;
    time.bytes *= once;
    const KernelTime index = index_time(device, s, attended_pairs(all));
    time.bytes += index.bytes;
    time.flops += index.flops;
    time.launch += index.launch;
    time.compute += index.compute;
    time.memory += index.memory;
    time.seconds += index.seconds;
    return time;
}

}  // namespace wafercast
