#include "validation/design_prediction.hpp"

#include <algorithm>
#include <cmath>

#include "core/design_fields.hpp"
#include "math/math.hpp"
#include "reader/read_design.hpp"

namespace wafercast {

namespace {

constexpr std::uint32_t kSamples = 128;

}  // namespace

Result<DesignPrediction> DesignPrediction::make(
    const std::string& stem, const std::vector<std::pair<std::string, std::string>>& edits,
    const ValidationInputs& inputs) {
    auto file = read_design(inputs.shipped / "designs" / (stem + ".toml"));
    if (!file) {
        return file.error();
    }
    if (const auto edited = set_fields(file->design, edits); !edited) {
        return edited.error();
    }
    const auto resolved = resolve(file->design, *inputs.catalog, *inputs.models);
    if (!resolved) {
        return resolved.error();
    }
    Context context;
    context.models = inputs.models;
    DesignPrediction prediction;
    prediction.metrics_ = evaluate(*resolved, context);
    if (prediction.metrics_.has_workload) {
        context.mapping = prediction.metrics_.serving.mapping;
    }
    const auto uncertain = uncertain_scalars(*resolved);
    for (std::uint32_t i = 0; i < kSamples; ++i) {
        std::vector<double> quantiles;
        for (std::uint32_t k = 0; k < uncertain.size(); ++k) {
            quantiles.push_back(math::scrambled_sobol(i, k, inputs.seed));
        }
        prediction.samples_.push_back(evaluate(at_quantiles(*resolved, quantiles), context));
    }
    return prediction;
}

PredictedValue DesignPrediction::read(const std::function<double(const Metrics&)>& figure) const {
    std::vector<double> drawn;
    for (const Metrics& sample : samples_) {
        if (const double value = figure(sample); std::isfinite(value)) {
            drawn.push_back(value);
        }
    }
    PredictedValue result{figure(metrics_), 0.0, 0.0};
    if (drawn.empty()) {
        return {result.value, result.value, result.value};
    }
    std::sort(drawn.begin(), drawn.end());
    const auto at = [&](double p) {
        return drawn[static_cast<std::size_t>(p * static_cast<double>(drawn.size() - 1) + 0.5)];
    };
    return {result.value, at(0.1), at(0.9)};
}

}  // namespace wafercast
