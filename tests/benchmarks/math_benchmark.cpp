#include <cmath>

#include "benchmarks/benchmark.hpp"
#include "math/math.hpp"

namespace wafercast::bench {

namespace {

constexpr std::size_t kCount = 4096;

std::vector<double> arguments(double low, double high) {
    std::vector<double> x(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
        x[i] = low + (high - low) * math::uniform(1, i);
    }
    return x;
}

}  // namespace

BENCHMARK_CASE("math/exp-array", "same bits on every CPU, and faster than libm", "ns") {
    const auto x = arguments(-20.0, 20.0);
    auto out = std::vector<double>(kCount);
    return {.call =
                [x, out]() mutable {
                    math::exp(x.data(), out.data(), kCount);
                    return out[17];
                },
            .items = static_cast<double>(kCount),
            .baseline_name = "std::exp",
            .baseline =
                [x, out]() mutable {
                    for (std::size_t i = 0; i < kCount; ++i) {
                        out[i] = std::exp(x[i]);
                    }
                    return out[17];
                }};
}

BENCHMARK_CASE("math/log-array", "same bits on every CPU, and faster than libm", "ns") {
    const auto x = arguments(1e-3, 1e3);
    auto out = std::vector<double>(kCount);
    return {.call =
                [x, out]() mutable {
                    math::log(x.data(), out.data(), kCount);
                    return out[17];
                },
            .items = static_cast<double>(kCount),
            .baseline_name = "std::log",
            .baseline =
                [x, out]() mutable {
                    for (std::size_t i = 0; i < kCount; ++i) {
                        out[i] = std::log(x[i]);
                    }
                    return out[17];
                }};
}

}  // namespace wafercast::bench
