#include "serving/lengths.hpp"

#include <algorithm>
#include <cmath>

#include "math/math.hpp"

namespace wafercast {
namespace {

/// Points of the normal axis at which a distribution is weighed: trapezoid, exact to 1e-12 for
/// smooth densities.
constexpr int kPoints = 97;
constexpr double kReach = 6.0;  ///< standard deviations

struct Quantile {
    double probability = 0.5;
    double weight = 1.0;
};

std::vector<Quantile> normal_grid() {
    std::vector<Quantile> grid;
    double sum = 0.0;
    for (int i = 0; i < kPoints; ++i) {
        const double z = -kReach + 2.0 * kReach * (i + 0.5) / kPoints;
        const double weight = math::exp(-0.5 * z * z);
        grid.push_back({math::normal_cdf(z), weight});
        sum += weight;
    }
    for (Quantile& point : grid) {
        point.weight /= sum;
    }
    return grid;
}

/// Lengths and weights; neighbours of one length are one point.
std::vector<LengthPoint> points_of(const LengthDistribution& lengths, bool input) {
    std::vector<LengthPoint> points;
    for (const Quantile& at : normal_grid()) {
        const double length = lengths.quantile(at.probability);
        LengthPoint point{.weight = at.weight};
        (input ? point.input : point.output) = length;
        const bool same = !points.empty() && points.back().input == point.input &&
                          points.back().output == point.output;
        if (same) {
            points.back().weight += at.weight;
        } else {
            points.push_back(point);
        }
    }
    return points;
}

void add_moments(LengthMix& mix) {
    for (const LengthPoint& point : mix.answers) {
        const double steps = point.output - 1.0;
        mix.output += point.weight * point.output;
        mix.steps += point.weight * steps;
        mix.steps_squared += point.weight * steps * steps;
        if (steps > 0.0) {
            mix.decoding_share += point.weight;
            mix.inverse_steps += point.weight / steps;
        }
    }
    for (const LengthPoint& point : mix.prompts) {
        mix.input += point.weight * point.input;
    }
    if (mix.decoding_share > 0.0) {
        mix.inverse_steps /= mix.decoding_share;
    }
}

}  // namespace

double LengthDistribution::quantile(double p) const {
    double length = mean;
    if (kind == Kind::kUniform) {
        length = mean * (1.0 + spread * (2.0 * p - 1.0));
    } else if (kind == Kind::kLognormal && spread > 0.0) {
        const double variance = math::log1p(spread * spread);
        length = mean * math::exp(std::sqrt(variance) * math::normal_quantile(p) - 0.5 * variance);
    }
    return std::clamp(std::floor(length + 0.5), 1.0, longest);
}

LengthMix length_mix(const LengthDistribution& input, const LengthDistribution& output) {
    LengthMix mix;
    mix.input = mix.output = 0.0;
    mix.prompts = points_of(input, true);
    mix.answers = points_of(output, false);
    add_moments(mix);
    mix.input_steps = mix.input * mix.steps;
    return mix;
}

LengthMix length_mix(const std::vector<TraceRequest>& trace) {
    LengthMix mix;
    mix.input = mix.output = 0.0;
    const double weight = 1.0 / static_cast<double>(std::max<std::size_t>(trace.size(), 1));
    for (const TraceRequest& request : trace) {
        mix.prompts.push_back({.input = request.input, .weight = weight});
        mix.answers.push_back({.output = request.output, .weight = weight});
        mix.input_steps += weight * request.input * (request.output - 1.0);
    }
    add_moments(mix);
    return mix;
}

}  // namespace wafercast
