#include "benchmarks/benchmark.hpp"
#include "core/kernels/kernel_constants.hpp"
#include "kernels/attention.hpp"

namespace wafercast::bench {
namespace {

/// Constants between their bounds; splits are searched.
const KernelConstants& constants() {
    static const KernelConstants made = [] {
        KernelConstants k;
        for (const NamedConstant& constant : kernel_constants()) {
            constant.in(k) = 0.5 * (constant.low + constant.high);
        }
        k.attention.split_rule = 0.0;
        return k;
    }();
    return made;
}

KernelDevice device() {
    KernelDevice d;
    d.units = 108.0;
    d.clock = 1.4e9;
    d.peak[index(NumberFormat::kBf16)] = 312e12;
    d.vector_rate = 19.5e12;
    d.memory_bandwidth = 2e12;
    d.cache_bytes = 40e6;
    d.unit_bytes = 192e3;
    d.constants = &constants();
    return d;
}

}  // namespace

BENCHMARK_CASE("kernels/attention-prefill",
               "1000 windowed prompts behind cached ones, blocks counted exactly; 1 us a call "
               "leaves room for the mapping search",
               "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        double seconds = 0.0;
        for (int i = 0; i < 1000; ++i) {
            seconds += prefill_attention_time(d, {.sequences = 4,
                                                  .queries = 100000.0 + i,
                                                  .past = 30000,
                                                  .heads = 64,
                                                  .kv_heads = 8,
                                                  .window = 4096})
                           .seconds;
        }
        return seconds;
    }};
}

BENCHMARK_CASE("kernels/attention-decode",
               "1000 steps of 4 long sequences, the number of splits searched", "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        double seconds = 0.0;
        for (int i = 0; i < 1000; ++i) {
            seconds += decode_attention_time(
                           d, {.sequences = 4, .past = 100000.0 + i, .heads = 64, .kv_heads = 8})
                           .seconds;
        }
        return seconds;
    }};
}

}  // namespace wafercast::bench
