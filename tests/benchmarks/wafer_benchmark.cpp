#include "benchmarks/benchmark.hpp"
#include "wafer/wafer_map.hpp"

namespace wafercast::bench {

BENCHMARK_CASE("wafer/count", "whole dies of an outline that no sweep has asked for yet", "us") {
    const WaferGeometry geometry{.die_width = 25.4e-3,
                                 .die_height = 32.0e-3,
                                 .scribe_x = 0.1e-3,
                                 .scribe_y = 0.1e-3,
                                 .diameter = 0.3,
                                 .edge = 3e-3,
                                 .notch = 1e-3};
    return {
        .call = [geometry] { return static_cast<double>(count_dies(geometry).whole); },
        .baseline_name = "placing every die",
        .baseline = [geometry] { return static_cast<double>(place_dies(geometry).dies.size()); }};
}

BENCHMARK_CASE("wafer/count-small", "the same for a die of 4 mm2", "us") {
    const WaferGeometry geometry{.die_width = 2e-3,
                                 .die_height = 2e-3,
                                 .scribe_x = 0.1e-3,
                                 .scribe_y = 0.1e-3,
                                 .diameter = 0.3,
                                 .edge = 3e-3,
                                 .notch = 1e-3};
    return {
        .call = [geometry] { return static_cast<double>(count_dies(geometry).whole); },
        .baseline_name = "placing every die",
        .baseline = [geometry] { return static_cast<double>(place_dies(geometry).dies.size()); }};
}

}  // namespace wafercast::bench
