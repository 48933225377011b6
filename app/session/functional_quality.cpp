#include "session/functional_quality.hpp"

#include <cmath>

#include "functional/run.hpp"
#include "session/shipped_files.hpp"

namespace wafercast {

namespace {

/// A path of a design is meant from the design's own folder.
std::string beside(const std::filesystem::path& design, const std::string& name) {
    if (name == functional::kBuiltinTiny || std::filesystem::path{name}.is_absolute() ||
        design.empty()) {
        return name;
    }
    return (design.parent_path() / name).string();
}

Failure not_a_format(const std::string& path, const std::string& text) {
    return {.code = "design.unknown_format",
            .message = path + ": no number format '" + text + "'.",
            .where = {}};
}

}  // namespace

Result<FunctionalQuality> run_functional_quality(const LoadedDesign& loaded,
                                                 const EvaluateOptions& options) {
    const FunctionalSpec& spec = *loaded.design.functional;
    FunctionalQuality quality;
    if (!loaded.design.workload) {
        return quality;
    }
    const WorkloadSpec& workload = *loaded.design.workload;
    const std::string& weight_text = spec.weights.empty() ? workload.weight_format : spec.weights;
    const auto weights = number_format(lower(weight_text));
    const auto activations = number_format(lower(workload.activation_format));
    const auto kv = number_format(lower(workload.kv_format));
    if (!weights || !activations || !kv) {
        return not_a_format("workload.precision", weight_text);
    }
    auto numerics = functional::numerics_for(*weights, *activations, *kv);
    if (!numerics) {
        return quality;  // no interpreter for these formats: quality is unknown, the cost still
                         // stands
    }
    functional::FunctionalRequest request;
    request.model = beside(loaded.path, spec.model.empty() ? functional::kBuiltinTiny : spec.model);
    request.text = beside(loaded.path, spec.text.empty() ? functional::kBuiltinTiny : spec.text);
    request.numerics = *numerics;
    request.tokens = static_cast<std::size_t>(spec.tokens.value.value_or(256.0));
    request.cache_directory = user_cache_folder();
    request.cached_only = true;
    request.stop = options.stop;
    auto run = functional::run_functional(request);
    const bool absent = !run && run.error().front().code == "functional.not_cached";
    if (absent && options.functional == EvaluateOptions::Functional::kCachedOnly) {
        return quality;
    }
    if (absent) {
        if (options.notice) {
            options.notice("Running " + request.model + " in " + numerics->name +
                           " numerics once; the result is remembered.");
        }
        request.cached_only = false;
        run = functional::run_functional(request);
    }
    if (!run) {
        return std::move(run).error();
    }
    quality.summary.label = "measured";
    quality.summary.run_id = run->run_id;
    quality.summary.kl = run->quality.kl.mean;
    quality.summary.perplexity = run->quality.perplexity.mean;
    quality.statistics = run->statistics;
    return quality;
}

}  // namespace wafercast
