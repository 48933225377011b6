#include "benchmarks/benchmark.hpp"
#include "core/kernels/kernel_constants.hpp"
#include "kernels/latent_attention.hpp"
#include "kernels/pointwise.hpp"

namespace wafercast::bench {
namespace {

/// Constants between their bounds: the cost of a call does not depend on them.
const KernelConstants& constants() {
    static const KernelConstants made = [] {
        KernelConstants k;
        for (const NamedConstant& constant : kernel_constants()) {
            constant.in(k) = 0.5 * (constant.low + constant.high);
        }
        return k;
    }();
    return made;
}

KernelDevice device() {
    KernelDevice d;
    d.units = 132.0;
    d.clock = 1.8e9;
    d.peak[index(NumberFormat::kBf16)] = 989e12;
    d.peak[index(NumberFormat::kFp8)] = 1979e12;
    d.vector_rate = 67e12;
    d.memory_bandwidth = 3.35e12;
    d.cache_bytes = 50e6;
    d.unit_bytes = 256e3;
    d.constants = &constants();
    return d;
}

}  // namespace

BENCHMARK_CASE("kernels/latent-prefill", "a prompt behind a cached one; 1 us allows the search",
               "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        return prefill_latent_attention_time(
                   d, {.sequences = 4, .queries = 100000, .past = 30000, .kv = NumberFormat::kFp8})
            .seconds;
    }};
}

BENCHMARK_CASE("kernels/latent-decode", "one step of 64 sequences", "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        return decode_latent_attention_time(
                   d, {.sequences = 64, .queries = 1, .past = 8000, .kv = NumberFormat::kFp8})
            .seconds;
    }};
}

BENCHMARK_CASE("kernels/pointwise", "a softmax of 4096 rows", "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        return pointwise_time(d, {.kind = PointwiseKind::kSoftmax, .rows = 4096, .width = 4096})
            .seconds;
    }};
}

}  // namespace wafercast::bench
