#include <iostream>

#include "benchmarks/benchmark.hpp"
#include "benchmarks/examples.hpp"
#include "core/design_fields.hpp"
#include "reader/read_catalog.hpp"
#include "wafer/dies_per_wafer.hpp"
#include "wafer/wafer_map.hpp"

namespace wafercast::bench {

namespace {

double headline(const Metrics& metrics) { return metrics.economics.tokens.usd_per_mtok; }

template <class Cache>
double share(const Cache& cache) {
    const auto asked = static_cast<double>(cache.hits() + cache.misses());
    return asked > 0.0 ? static_cast<double>(cache.hits()) / asked : 0.0;
}

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

/// Serving a rated device, batch and mapping searched, with caches that know nothing.
BENCHMARK_CASE("serve/h100-cold", "prefill, decode and mapping search at a new point; 200 us",
               "us") {
    const Example example = shipped_h100();
    const DeviceRating device = evaluate(example.resolved, example.context).device;
    return {.call = [example, device] {
        const Context fresh = example.context;  // a copy starts with empty caches
        return fresh.models->stages.serve(example.resolved, device, fresh).tokens_per_second;
    }};
}

BENCHMARK_CASE("serve/h100-batch-64-cold", "the same at a batch of 64 without limits; 200 us",
               "us") {
    Example example = shipped_h100();
    example.loaded.design.scenario.ttft_limit = {};
    example.loaded.design.scenario.tpot_limit = {};
    (void)set_field(example.loaded.design, "serving.batch", "64");
    example.resolved =
        *resolve(example.loaded.design, *example.loaded.catalog, example.session->models());
    const DeviceRating device = evaluate(example.resolved, example.context).device;
    return {.call = [example, device] {
        const Context fresh = example.context;
        return fresh.models->stages.serve(example.resolved, device, fresh).tokens_per_second;
    }};
}

BENCHMARK_CASE("serve/h100-warm", "a point of a sweep whose variable serving does not read; 5 us",
               "us") {
    const Example example = shipped_h100();
    const DeviceRating device = evaluate(example.resolved, example.context).device;
    return {.call = [example, device] {
        return example.context.models->stages.serve(example.resolved, device, example.context)
            .tokens_per_second;
    }};
}

/// Points of a sweep of wafer price x TPOT limit, as batch evaluation goes through them.
BENCHMARK_CASE("serve/hit-rate", "points and kernels found in the caches, 1000-point sweep", "us") {
    const Example example = shipped_h100();
    return {.call =
                [example] {
                    const Context context = example.context;
                    ResolvedDesign point = example.resolved;
                    const auto price = point->nodes[point->dies.front().node].wafer_price.index;
                    const auto limit = point->scenario.tpot_limit.index;
                    for (int i = 0; i < 1000; ++i) {
                        point.scalars[price] *= 1.001;
                        point.scalars[limit] = 0.03 + 0.001 * (i / 50);
                        (void)evaluate(point, context);
                    }
                    std::cerr << "  points " << 100.0 * share(context.points) << " % of "
                              << context.points.hits() + context.points.misses() << ", kernels "
                              << 100.0 * share(context.operators) << " % of "
                              << context.operators.hits() + context.operators.misses() << '\n';
                    return share(context.points);
                },
            .items = 1000.0,
            .once = true};
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
