#include "benchmarks/benchmark.hpp"
#include "core/kernels/kernel_constants.hpp"
#include "kernels/experts.hpp"

namespace wafercast::bench {
namespace {

constexpr double kSizes = 64.0;

KernelConstants constants() {
    KernelConstants k;
    k.experts.wide = {.launch = 20e-6, .memory = 0.9, .rate = 0.5, .block = 1400.0, .step = 800.0};
    k.experts.narrow = k.experts.packed = k.experts.fused = k.experts.wide;
    k.experts.feed = 50.0;
    k.experts.pointwise = 0.45;
    return k;
}

double sum_of_times(const KernelConstants& k, const Routing& routing) {
    KernelDevice device;
    device.units = 132.0;
    device.clock = 1.83e9;
    device.peak[index(NumberFormat::kBf16)] = 989e12;
    device.memory_bandwidth = 3.35e12;
    device.cache_bytes = 50e6;
    device.constants = &k;
    double sum = 0.0;
    for (double i = 0.0; i < kSizes; ++i) {
        sum += experts_time(device, {.tokens = 1.0 + 37.0 * i,
                                     .hidden = 7168.0,
                                     .inner = 2048.0,
                                     .experts = 256.0,
                                     .top_k = 8.0,
                                     .expert = 8.0,
                                     .routing = routing})
                   .seconds;
    }
    return sum;
}

}  // namespace

BENCHMARK_CASE("kernels/experts-random", "a mapping search asks for thousands", "us") {
    return {.call = [k = constants()] { return sum_of_times(k, {}); }, .items = kSizes};
}

BENCHMARK_CASE("kernels/experts-power-law", "skewed routing at the price of even routing", "us") {
    return {.call = [k = constants()] { return sum_of_times(k, {.power = 1.2}); }, .items = kSizes};
}

}  // namespace wafercast::bench
