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

/// A thousand calls, for one is shorter than the clock's step.
template <typename Call>
double thousand(const Call& call) {
    double sum = 0.0;
    for (int i = 1; i <= 1000; ++i) {
        sum += call(static_cast<double>(i)).seconds;
    }
    return sum;
}

}  // namespace

BENCHMARK_CASE("kernels/latent-prefill",
               "1000 prompts behind cached ones; 1 us a call leaves room for the mapping search",
               "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        return thousand([&d](double i) {
            return prefill_latent_attention_time(
                d, {.sequences = 4, .queries = 100 * i, .past = 3e4, .kv = NumberFormat::kFp8});
        });
    }};
}

BENCHMARK_CASE("kernels/latent-decode", "1000 steps of 64 sequences", "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        return thousand([&d](double i) {
            return decode_latent_attention_time(
                d, {.sequences = 64, .queries = 1, .past = 100 * i, .kv = NumberFormat::kFp8});
        });
    }};
}

BENCHMARK_CASE("kernels/pointwise", "1000 softmaxes", "us") {
    const KernelDevice d = device();
    return {.call = [d] {
        return thousand([&d](double i) {
            return pointwise_time(d, {.kind = PointwiseKind::kSoftmax, .rows = i, .width = 4096});
        });
    }};
}

}  // namespace wafercast::bench
