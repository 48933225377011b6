#include "benchmarks/benchmark.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <limits>

namespace wafercast::bench {

namespace {

constexpr double kBatchSeconds = 0.02;
constexpr int kBatches = 15;

/// Results end here, where the compiler cannot see that nobody reads them.
volatile double sink = 0.0;

double cpu_now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double wall_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// CPU seconds for short calls, because other programs share the machine; wall seconds for those
/// that run once on several threads.
double seconds_per_call(const std::function<double()>& call, bool once) {
    if (once) {
        const double start = wall_now();
        sink = sink + call();
        return wall_now() - start;
    }
    sink = sink + call();  // caches
    long calls = 1;
    double best = std::numeric_limits<double>::infinity();
    for (int batch = 0; batch < kBatches; ++batch) {
        const double start = cpu_now();
        for (long i = 0; i < calls; ++i) {
            sink = sink + call();
        }
        const double seconds = cpu_now() - start;
        best = std::min(best, seconds / static_cast<double>(calls));
        if (seconds < kBatchSeconds && batch < kBatches / 2) {
            const double growth = kBatchSeconds / std::max(seconds, kBatchSeconds / 16.0);
            calls = std::max(calls + 1, static_cast<long>(static_cast<double>(calls) * growth));
        }
    }
    return best;
}

double in_unit(double seconds, double items, const char* unit) {
    const double each = seconds / items;
    if (std::strcmp(unit, "1/s") == 0) {
        return 1.0 / each;
    }
    return std::strcmp(unit, "ns") == 0   ? each * 1e9
           : std::strcmp(unit, "us") == 0 ? each * 1e6
           : std::strcmp(unit, "ms") == 0 ? each * 1e3
                                          : each;
}

}  // namespace

std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

Row measure(const Case& item) {
    const double start = cpu_now();
    const Work work = item.set_up();
    const double seconds = seconds_per_call(work.call, work.once);
    Row row{item.name, item.buys, in_unit(seconds, work.items, item.unit), item.unit, {}, 0.0,
            0.0,       0.0};
    if (work.baseline) {
        const double baseline = seconds_per_call(work.baseline, work.once);
        row.baseline_name = work.baseline_name;
        row.baseline = in_unit(baseline, work.items, item.unit);
        row.ratio = baseline / seconds;
    }
    row.cpu_seconds = cpu_now() - start;
    return row;
}

}  // namespace wafercast::bench
