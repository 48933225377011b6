#include <cmath>

#include "math/chebyshev.hpp"
#include "math/elementary.hpp"
#include "math/math.hpp"

namespace wafercast::math {
namespace {

/// exp(-x^2 / 2); the square's rounding error, which the exponential would magnify, is carried
/// along.
double bell(double x) {
    constexpr double splitter = 134217729.0;
    const double c = splitter * x;
    const double high = c - (c - x);
    const double low = x - high;
    const double square = x * x;
    const double error = ((high * high - square) + 2.0 * high * low) + low * low;
    return core::exp_of_sum(-0.5 * square, -0.5 * error);
}

/// Q(x) / phi(x) for x >= 0. @cite shepherd1981
double mills_ratio(double x) {
    return chebyshev_sum(coefficients::mills, (x - 4.0) / (x + 4.0)) / (1.0 + x);
}

/// Phi(-x) for x >= 0.
double upper_tail(double x) {
    if (x > 40.0) {
        return 0.0;
    }
    return coefficients::inverse_sqrt_two_pi * bell(x) * mills_ratio(x);
}

/// Phi(x) - 1/2 = phi(x) (x + x^3/3 + x^5/15 + ...), |x| <= 1/2: every term has the sign of x.
/// @cite marsaglia2004
double central_cdf(double x) {
    double term = x;
    double sum = x;
    for (int n = 3; n <= 25; n += 2) {
        term *= x * x / n;
        sum += term;
    }
    return coefficients::inverse_sqrt_two_pi * bell(x) * sum;
}

/// The quantile for |q| <= 0.3, q = p - 1/2.
double central_quantile(double q) {
    const double u = q * q;
    double sum = 0.0;
    for (std::size_t k = coefficients::quantile_centre.size(); k > 0; --k) {
        sum = sum * u + coefficients::quantile_centre[k - 1];
    }
    return q * sum;
}

/// x > 0 with Phi(-x) = p, p <= 0.2: a fit good to 1e-6 and one step of Halley's method on log
/// Phi(-x).
double tail_quantile(double p) {
    const double r = std::sqrt(-2.0 * core::log(p));
    const double a = coefficients::quantile_tail_a;
    const double t = (r - a) / (coefficients::quantile_tail_b * (r + a));
    const double x = r - chebyshev_sum(coefficients::quantile_tail, t);
    // With g = log Phi(-x) - log p: g' = -1/M and g'' = -g' (x + g'); log p is -r^2/2 but for
    // rounding.
    const double m = mills_ratio(x);
    double g = 0.0;
    if (p < 0x1p-800) {
        g = -0.5 * x * x + core::log(coefficients::inverse_sqrt_two_pi * m) - core::log(p);
    } else {
        const double tail = coefficients::inverse_sqrt_two_pi * bell(x) * m;
        const double gap = (tail - p) / tail;
        g = gap + 0.5 * gap * gap;
    }
    const double step = g * m;  // Newton's
    return x + step / (1.0 - 0.5 * step * (x - 1.0 / m));
}

}  // namespace

double normal_cdf(double x) {
    if (std::isnan(x)) {
        return x;
    }
    if (std::abs(x) <= 0.5) {
        return 0.5 + central_cdf(x);
    }
    return x < 0.0 ? upper_tail(-x) : 1.0 - upper_tail(x);
}

double normal_quantile(double p) {
    if (!(p > 0.0 && p < 1.0)) {
        return p == 0.0 ? -core::kInfinity : (p == 1.0 ? core::kInfinity : core::kNaN);
    }
    const double q = p - 0.5;
    if (std::abs(q) <= 0.3) {
        return central_quantile(q);
    }
    return q < 0.0 ? -tail_quantile(p) : tail_quantile(1.0 - p);
}

}  // namespace wafercast::math
