#pragma once

#include <functional>
#include <string>
#include <vector>

namespace wafercast::bench {

/// What a case returns when it is set up: a call to time, and what it does per call.
struct Work {
    std::function<double()> call;  ///< its result is used, so that no call is optimised away
    double items = 1.0;            ///< per call: the value shown is seconds / items
    bool once = false;             ///< too long to repeat
    /// The same job by a plainer way, where there is one to compare with.
    std::string baseline_name = {};
    std::function<double()> baseline = {};
};

struct Case {
    const char* name;
    const char* buys;  ///< what the time is worth
    const char* unit;  ///< of the value: "us", "ms", "s", or "1/s" for a rate of items
    std::function<Work()> set_up;
};

std::vector<Case>& cases();

struct Registrar {
    explicit Registrar(Case item) { cases().push_back(std::move(item)); }
};

#define WAFERCAST_BENCHMARK_JOIN2(a, b) a##b
#define WAFERCAST_BENCHMARK_JOIN(a, b) WAFERCAST_BENCHMARK_JOIN2(a, b)

/// BENCHMARK_CASE("evaluate/h100", "what it buys", "us") { set up; return Work{[=] { ... }}; }
#define BENCHMARK_CASE(name, buys, unit)                                                         \
    static ::wafercast::bench::Work WAFERCAST_BENCHMARK_JOIN(set_up_, __LINE__)();               \
    static const ::wafercast::bench::Registrar WAFERCAST_BENCHMARK_JOIN(                         \
        registrar_, __LINE__){{name, buys, unit, &WAFERCAST_BENCHMARK_JOIN(set_up_, __LINE__)}}; \
    static ::wafercast::bench::Work WAFERCAST_BENCHMARK_JOIN(set_up_, __LINE__)()

struct Row {
    std::string name;
    std::string buys;
    double value = 0.0;
    std::string unit;
    std::string baseline_name;
    double baseline = 0.0;
    double ratio = 0.0;  ///< how many times better than the baseline; 0 without one
    double cpu_seconds = 0.0;
};

/// Runs a case: the best of repeated batches, because whatever disturbs only adds time.
Row measure(const Case& item);

}  // namespace wafercast::bench
