#include "math/chebyshev.hpp"
#include "math/elementary.hpp"
#include "math/math.hpp"

namespace wafercast::math {
namespace {

/// For x in [1, 2]; the zeros at both ends are factors, so that it keeps its relative accuracy
/// there.
double near_zeros(double x) {
    return (x - 1.0) * (x - 2.0) * chebyshev_sum(coefficients::log_gamma, 2.0 * x - 3.0);
}

/// Stirling's series, x >= 10: terms B_2k / (2k (2k - 1) x^(2k - 1)). @cite dlmf
double stirling(double x) {
    const double u = 1.0 / (x * x);
    double sum = -3617.0 / 122400.0;
    sum = sum * u + 1.0 / 156.0;
    sum = sum * u - 691.0 / 360360.0;
    sum = sum * u + 1.0 / 1188.0;
    sum = sum * u - 1.0 / 1680.0;
    sum = sum * u + 1.0 / 1260.0;
    sum = sum * u - 1.0 / 360.0;
    sum = sum * u + 1.0 / 12.0;
    return (x - 0.5) * core::log(x) - x + (coefficients::half_log_two_pi + sum / x);
}

}  // namespace

double log_gamma(double x) {
    if (!(x > 0.0)) {
        return x == 0.0 ? core::kInfinity : core::kNaN;
    }
    if (x >= 10.0) {
        return x < 1e300 ? stirling(x) : x * (core::log(x) - 1.0);
    }
    if (x < 0.5) {
        return near_zeros(1.0 + x) - core::log(x);
    }
    if (x < 1.0) {
        // log Gamma(1 + x) - log x with both terms in 1 - x, so that nothing cancels near the zero
        // at 1.
        const double gap = 1.0 - x;
        return -gap * (1.0 - gap) * chebyshev_sum(coefficients::log_gamma, 1.0 - 2.0 * gap) -
               log1p(-gap);
    }
    double product = 1.0;
    double y = x;
    while (y > 2.0) {
        y -= 1.0;
        product *= y;
    }
    return near_zeros(y) + core::log(product);
}

}  // namespace wafercast::math
