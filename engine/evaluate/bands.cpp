#include <algorithm>
#include <cmath>

#include "core/assert.hpp"
#include "evaluate/evaluate.hpp"
#include "math/math.hpp"

namespace wafercast {

namespace {

/// Standard normal quantile of P90: ranges are P10 to P90.
constexpr double kNormalP90 = 1.2815515655446004;

/// A draw at standard normal `z`: split-lognormal about the value, split-normal where the range
/// touches zero or changes sign.
double draw(const ScalarOrigin& origin, double value, double z) {
    const double scale = z / kNormalP90;
    double drawn = value;
    if (origin.value > 0.0 && origin.low > 0.0) {
        const double ratio = z < 0.0 ? origin.value / origin.low : origin.high / origin.value;
        drawn = value * math::exp(scale * math::log(ratio));
    } else {
        drawn = value + scale * (z < 0.0 ? origin.value - origin.low : origin.high - origin.value);
    }
    return std::clamp(drawn, origin.lower, origin.upper);
}

/// Quantile with linear interpolation between order statistics (Hyndman and Fan's type 7).
double quantile(const std::vector<double>& sorted, double p) {
    const double at = p * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// None where a sample has no finite value: a band over the others would hide the worst of them.
std::optional<Band> band_of(std::vector<double>& values) {
    const bool finite = std::all_of(values.begin(), values.end(),
                                    [](double value) { return std::isfinite(value); });
    if (values.empty() || !finite) {
        return std::nullopt;
    }
    std::sort(values.begin(), values.end());
    return Band{quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9)};
}

}  // namespace

std::vector<std::uint32_t> uncertain_scalars(const ResolvedDesign& design) {
    std::vector<std::uint32_t> indices;
    for (std::size_t i = 0; i < design->origins.size(); ++i) {
        if (design->origins[i].uncertain()) {
            indices.push_back(static_cast<std::uint32_t>(i));
        }
    }
    return indices;
}

ResolvedDesign at_quantiles(const ResolvedDesign& design, const std::vector<double>& quantiles) {
    const auto uncertain = uncertain_scalars(design);
    WAFERCAST_ASSERT(quantiles.size() == uncertain.size());
    ResolvedDesign sample = design;
    for (std::size_t i = 0; i < uncertain.size(); ++i) {
        sample.scalars[uncertain[i]] =
            draw(design->origins[uncertain[i]], design.scalars[uncertain[i]],
                 math::normal_quantile(quantiles[i]));
    }
    return sample;
}

void estimate_bands(Evaluation& evaluation, const ResolvedDesign& design, const Context& context,
                    int samples, std::uint64_t seed) {
    const auto uncertain = uncertain_scalars(design);
    Context fixed = context;
    if (evaluation.metrics.has_workload) {
        fixed.mapping = evaluation.metrics.serving.mapping;
    }
    std::vector<double> usd;
    std::vector<double> rate;
    std::vector<double> accelerator;
    ResolvedDesign sample = design;
    for (int i = 0; i < samples; ++i) {
        for (std::size_t k = 0; k < uncertain.size(); ++k) {
            const double p = math::scrambled_sobol(static_cast<std::uint32_t>(i),
                                                   static_cast<std::uint32_t>(k), seed);
            sample.scalars[uncertain[k]] =
                draw(design->origins[uncertain[k]], design.scalars[uncertain[k]],
                     math::normal_quantile(p));
        }
        const Metrics metrics = evaluate(sample, fixed);
        accelerator.push_back(metrics.economics.accelerator_cost);
        if (metrics.has_workload) {
            usd.push_back(metrics.economics.tokens.usd_per_mtok);
            rate.push_back(metrics.economics.tokens.tokens_per_second);
        }
    }
    evaluation.usd_per_mtok_band = band_of(usd);
    evaluation.tokens_per_second_band = band_of(rate);
    evaluation.accelerator_cost_band = band_of(accelerator);
}

void rank_influences(Evaluation& evaluation, const ResolvedDesign& design, const Context& context) {
    Context fixed = context;
    if (evaluation.metrics.has_workload) {
        fixed.mapping = evaluation.metrics.serving.mapping;
    }
    const auto headline = [&](const ResolvedDesign& at) {
        const Economics economics = evaluate(at, fixed).economics;
        return evaluation.metrics.has_workload ? economics.tokens.usd_per_mtok
                                               : economics.accelerator_cost;
    };
    evaluation.influences.clear();
    ResolvedDesign moved = design;
    for (const std::uint32_t index : uncertain_scalars(design)) {
        const ScalarOrigin& origin = design->origins[index];
        const double value = design.scalars[index];
        moved.scalars[index] = draw(origin, value, -kNormalP90);
        const double low = headline(moved);
        moved.scalars[index] = draw(origin, value, kNormalP90);
        const double high = headline(moved);
        moved.scalars[index] = value;
        if (low != high && std::isfinite(low) && std::isfinite(high)) {
            evaluation.influences.push_back({origin.path, low, high});
        }
    }
    std::stable_sort(evaluation.influences.begin(), evaluation.influences.end(),
                     [](const Influence& a, const Influence& b) {
                         return std::abs(a.at_high - a.at_low) > std::abs(b.at_high - b.at_low);
                     });
}

}  // namespace wafercast
