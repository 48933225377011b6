#include <array>

#include "benchmarks/benchmark.hpp"
#include "core/kernels/kernel_constants.hpp"
#include "kernels/gemm.hpp"

namespace wafercast::bench {
namespace {

/// Of an H100-like device; what a term weighs decides what the search rules out.
const KernelConstants& constants() {
    static const KernelConstants made = [] {
        KernelConstants k;
        GemmConstants& c = k.gemm;
        c.launch = 2.5e-6;
        c.wave = 0.17e-6;
        c.store = 16.0;
        c.rate = c.narrow_rate = 1.0;
        c.memory = 0.83;
        c.feed = 0.54;
        c.multicast = c.fine_tiles = 1.0;
        c.chain = 1.26;
        c.split = 2.8e-6;
        c.split_traffic = 3.0;
        c.kept = 0.43;
        c.reuse = 1.0;
        c.energy = 0.9e-12;
        c.static_share = 0.2;
        c.throttle = 0.5e-3;
        return k;
    }();
    return made;
}

KernelDevice device() {
    KernelDevice d;
    d.units = 132.0;
    d.clock = 1.83e9;
    d.max_clock = 1.98e9;
    d.peak[index(NumberFormat::kBf16)] = 989e12;
    d.memory_bandwidth = 3.35e12;
    d.cache_bytes = 50e6;
    d.power_limit = 700.0;
    d.constants = &constants();
    return d;
}

/// Layers of a model of 70 billion parameters, at decode and at prefill.
constexpr std::array kShapes{
    GemmShape{.m = 1, .n = 10240, .k = 8192}, GemmShape{.m = 64, .n = 8192, .k = 8192},
    GemmShape{.m = 192, .n = 3584, .k = 7168}, GemmShape{.m = 512, .n = 57344, .k = 8192},
    GemmShape{.m = 8192, .n = 8192, .k = 28672}};

template <KernelTime (*time)(const KernelDevice&, const GemmShape&)>
double sum(const KernelDevice& d, double more) {
    double seconds = 0.0;
    for (GemmShape shape : kShapes) {
        shape.m += more;
        seconds += time(d, shape).seconds;
    }
    return seconds;
}

}  // namespace

BENCHMARK_CASE("kernels/gemm",
               "one matrix multiplication, tiles and parts searched; a mapping search asks for "
               "thousands",
               "ns") {
    return {.call =
                [d = device(), more = 0.0]() mutable {
                    more = 1.0 - more;
                    return sum<gemm_time>(d, more);
                },
            .items = static_cast<double>(kShapes.size()),
            .baseline_name = "every tiling in turn",
            .baseline =
                [d = device(), more = 0.0]() mutable {
                    more = 1.0 - more;
                    return sum<gemm_time_plainly>(d, more);
                }};
}

}  // namespace wafercast::bench
