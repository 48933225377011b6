#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "math/math.hpp"

namespace wafercast {

/// Nodes of the substitution g = exp(x - exp(-x)), x on a uniform grid: a trapezoid sum over them
/// converges exponentially for integrands on (0, inf) that decay at both ends.
struct HalfLineNodes {
    static constexpr int kCount = 209;
    static constexpr double kStep = 0.0625;
    static constexpr double kFirst = -6.0;
    std::array<double, kCount> log_g, g, log_slope_g;  ///< log(g), g, log(dg/dx)

    static const HalfLineNodes& get();
};

namespace detail {

inline constexpr double kNegligible = -42.0;  ///< log of a weight that no longer counts

/// E[exp(-rate g) F(g)], g ~ gamma(shape a, mean 1), for a <= 30, with every `stride`-th node;
/// `other` receives the sum with twice the step. F takes arrays of ascending g here.
template <class F>
double half_line_mean(const F& f, double rate, double a, int stride, double& other) {
    const HalfLineNodes& nodes = HalfLineNodes::get();
    std::array<double, HalfLineNodes::kCount> g, weight, damped;
    std::size_t count = 0;
    for (std::size_t i = 0; i < nodes.g.size(); i += static_cast<std::size_t>(stride)) {
        // a^a/Gamma(a) is left out: the sum of weights takes its place.
        const double exponent =
            (a - 1.0) * nodes.log_g[i] - a * (nodes.g[i] - 1.0) + nodes.log_slope_g[i];
        g[count] = nodes.g[i];
        weight[count] = std::max(exponent, kNegligible);
        damped[count] = std::max(exponent - rate * nodes.g[i], -700.0);
        ++count;
    }
    math::exp(weight.data(), weight.data(), count);
    math::exp(damped.data(), damped.data(), count);
    const double least = 1.01 * 5.7495222642935598e-19;  // exp(kNegligible)
    double sums[2] = {0.0, 0.0};
    double weights[2] = {0.0, 0.0};
    // The nodes that count are a run: density and damping have one maximum each.
    const auto counts = [&](std::size_t i) { return weight[i] > least && damped[i] > 1e-15; };
    std::size_t first = 0;
    std::size_t last = count;
    for (; first < last && !counts(first); ++first) {
    }
    for (; last > first && !counts(last - 1); --last) {
    }
    std::array<double, HalfLineNodes::kCount> value;
    f(g.data() + first, value.data() + first, last - first);
    for (std::size_t i = 0; i < count; ++i) {
        if (weight[i] > least) {
            weights[i & 1] += weight[i];
            sums[i & 1] += damped[i] > 1e-15 ? damped[i] * value[i] : 0.0;
        }
    }
    other = sums[0] / weights[0];
    return (sums[0] + sums[1]) / (weights[0] + weights[1]);
}

/// The same for any a: t = log g on a grid of `cells` equal cells, some widths 1/sqrt(a) to each
/// side.
template <class F>
double log_line_mean(const F& f, double rate, double a, int cells, double& other) {
    const double width = 1.0 / std::sqrt(a);
    const double left = a < 30.0 ? std::max(-14.0 * width, kNegligible / a - 3.0) : -12.0 * width;
    const double right = a < 30.0 ? math::log(1.0 + 60.0 / a) : 10.0 * width;
    double sums[2] = {0.0, 0.0};
    double weights[2] = {0.0, 0.0};
    for (int i = 0; i <= cells; ++i) {
        const double t = left + (right - left) * i / cells;
        const double excess =
            std::abs(t) < 1e-2
                ? t * t * (0.5 + t * (1.0 / 6 + t * (1.0 / 24 + t * (1.0 / 120 + t / 720))))
                : math::expm1(t) - t;  // g - 1 - log g
        if (-a * excess < kNegligible) {
            continue;
        }
        const double w = math::exp(-a * excess);
        const double g = math::exp(t);
        weights[i & 1] += w;
        sums[i & 1] += w * math::exp(-rate * g) * f(g);
    }
    other = sums[0] / weights[0];
    return (sums[0] + sums[1]) / (weights[0] + weights[1]);
}

}  // namespace detail

/// E[exp(-rate g) F(g)] for g ~ gamma with shape a >= 0.05 and mean 1; rate >= 0, F bounded and
/// smooth. The step is halved until two sums agree so well that the finer one's error is below
/// 1e-10 (it is about the square of their difference). @cite takahasi-1974
template <class F>
double gamma_mean(const F& f, double rate, double a) {
    constexpr double kAgree = 1e-7;
    double coarse = 0.0;
    if (a <= 30.0) {
        // Shapes up to 6 need no finer steps for the density's own sake.
        for (int stride = a <= 6.0 ? 2 : 1; stride >= 1; --stride) {
            const double fine = detail::half_line_mean(f, rate, a, stride, coarse);
            if (std::abs(fine - coarse) < kAgree) {
                return fine;
            }
        }
    }
    double fine = 0.0;
    for (int cells = a <= 30.0 ? 512 : 64; cells <= (1 << 17); cells *= 2) {
        fine = detail::log_line_mean(f, rate, a, cells, coarse);
        if (std::abs(fine - coarse) < kAgree) {
            break;
        }
    }
    return fine;
}

/// Integral over [a, b] by tanh-sinh quadrature, halved until two sums agree to 1e-6 (the finer one
/// is then good to about 1e-11). @cite takahasi-1974
template <class F>
double integrate(const F& f, double a, double b) {
    const double half = (b - a) / 2.0;
    const double middle = (a + b) / 2.0;
    double before = 0.0;
    double sum = 0.0;
    for (int level = 0, cells = 16; level < 12; ++level, cells *= 2) {
        constexpr double kReach = 3.2;
        const double step = 2.0 * kReach / cells;
        for (int i = level == 0 ? 0 : 1; i <= cells; i += level == 0 ? 1 : 2) {
            const double t = -kReach + step * i;
            const double s = (math::exp(t) - math::exp(-t)) * 0.78539816339744831;  // pi/2 sinh t
            const double e = math::exp(-2.0 * std::abs(s));
            const double tanh = (1.0 - e) / (1.0 + e) * (s < 0.0 ? -1.0 : 1.0);
            const double cosh_t = (math::exp(t) + math::exp(-t)) / 2.0;
            const double slope = 1.5707963267948966 * cosh_t * 4.0 * e / ((1.0 + e) * (1.0 + e));
            sum += slope * f(middle + half * tanh);
        }
        const double now = sum * step * half;
        if (level > 0 && std::abs(now - before) < 1e-7) {
            return now;
        }
        before = now;
    }
    return before;
}

}  // namespace wafercast
