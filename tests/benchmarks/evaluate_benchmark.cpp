#include "benchmarks/benchmark.hpp"
#include "benchmarks/examples.hpp"
#include "reader/read_catalog.hpp"
#include "wafer/dies_per_wafer.hpp"
#include "wafer/wafer_map.hpp"

namespace wafercast::bench {

namespace {

double headline(const Metrics& metrics) { return metrics.economics.tokens.usd_per_mtok; }

/// The H100 with the mapping that its search finds.
Example mapped_h100() {
    Example example = shipped_h100();
    example.context.mapping = evaluate(example.resolved, example.context).serving.mapping;
    return example;
}

}  // namespace

BENCHMARK_CASE("evaluate/h100", "one sample or point; 20 us keeps 50k a second a core", "us") {
    const Example example = mapped_h100();
    return {.call = [example] { return headline(evaluate(example.resolved, example.context)); }};
}

BENCHMARK_CASE("evaluate/h100-search", "a point of a sweep whose mapping is searched", "us") {
    const Example example = shipped_h100();
    return {.call = [example] { return headline(evaluate(example.resolved, example.context)); }};
}

BENCHMARK_CASE("explain/h100", "what Studio redraws on a change; 300 us is invisible", "us") {
    const Example example = mapped_h100();
    return {
        .call = [example] { return headline(explain(example.resolved, example.context).metrics); }};
}

BENCHMARK_CASE("resolve/h100", "a structural variable's value in a sweep", "us") {
    const Example example = shipped_h100();
    return {.call = [example] {
        return static_cast<double>(
            resolve(example.loaded.design, *example.loaded.catalog, example.session->models())
                ->scalars.size());
    }};
}

BENCHMARK_CASE("bands/h100-256", "P10 to P90 in every eval", "ms") {
    const Example example = shipped_h100();
    return {.call = [example] {
        Evaluation evaluation = explain(example.resolved, example.context);
        estimate_bands(evaluation, example.resolved, example.context, 256, 1);
        return evaluation.usd_per_mtok_band->p50;
    }};
}

BENCHMARK_CASE("catalog/load", "start of every command", "ms") {
    const auto folder = shipped("catalog");
    return {
        .call = [folder] { return static_cast<double>(read_catalog({folder})->kinds().size()); }};
}

}  // namespace wafercast::bench
