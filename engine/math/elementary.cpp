#include "math/elementary.hpp"

#include <cmath>
#include <utility>

#include "math/math.hpp"

namespace wafercast::math {
namespace {

/// A sum of two doubles that do not overlap.
struct TwoDoubles {
    double high;
    double low;
};

/// a + b exactly, |a| >= |b|. @cite dekker1971
TwoDoubles fast_sum(double a, double b) {
    const double sum = a + b;
    return {sum, b - (sum - a)};
}

/// a + b exactly.
TwoDoubles exact_sum(double a, double b) {
    const double sum = a + b;
    const double virtual_b = sum - a;
    return {sum, (a - (sum - virtual_b)) + (b - virtual_b)};
}

/// a b exactly, |a|, |b| < 2^995.
TwoDoubles exact_product(double a, double b) {
    const auto split = [](double x) {
        const double c = 134217729.0 * x;
        const double high = c - (c - x);
        return TwoDoubles{high, x - high};
    };
    const auto [ah, al] = split(a);
    const auto [bh, bl] = split(b);
    const double product = a * b;
    return {product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

TwoDoubles product(TwoDoubles a, TwoDoubles b) {
    const auto [high, low] = exact_product(a.high, b.high);
    return fast_sum(high, low + (a.high * b.low + a.low * b.high));
}

/// log(x) to about 2^-65, for finite x > 0.
TwoDoubles log_two_doubles(double x) {
    const auto [m, k] = core::reduce_log(x);
    const double f = m - 1.0;  // exact
    // s = f / (2 + f) with its remainder.
    const TwoDoubles below = exact_sum(2.0, f);
    const double s_high = f / below.high;
    const TwoDoubles back = exact_product(s_high, below.high);
    const double s_low = ((f - back.high) - back.low - s_high * below.low) / below.high;
    const TwoDoubles s = fast_sum(s_high, s_low);
    // 2s + (2/3) s^3 in two doubles; the rest is below 2^-11 of s.
    const TwoDoubles z = product(s, s);
    const TwoDoubles cube =
        product(product(z, s), {coefficients::two_thirds, coefficients::two_thirds_low});
    const double rest = s.high * z.high * z.high * core::log_series(z.high);
    TwoDoubles sum = fast_sum(2.0 * s.high, cube.high);
    sum.low += 2.0 * s.low + cube.low + rest;
    const TwoDoubles whole = exact_sum(k * core::kLn2Head, sum.high);
    return fast_sum(whole.high, whole.low + (sum.low + k * core::kLn2Tail));
}

double power_of_special(double base, double e) {
    if (std::isnan(base) || std::isnan(e) || base < 0.0) {
        return core::kNaN;
    }
    if (base == 0.0 || base == core::kInfinity) {
        return (base == 0.0) == (e > 0.0) ? 0.0 : core::kInfinity;
    }
    return (base > 1.0) == (e > 0.0) ? core::kInfinity : 0.0;  // e is infinite
}

}  // namespace

double exp(double x) { return core::exp(x); }

double log(double x) { return core::log(x); }

double pow(double base, double e) {
    if (e == 0.0 || base == 1.0) {
        return 1.0;
    }
    if (e == 1.0) {
        return base;
    }
    if (!(base > 0.0) || base == core::kInfinity || !std::isfinite(e)) {
        return power_of_special(base, e);
    }
    const auto [high, low] = log_two_doubles(base);
    const double rough = e * high;
    if (rough > 710.0 || rough < -746.0) {
        return rough > 0.0 ? core::kInfinity : 0.0;
    }
    const TwoDoubles exponent = exact_product(e, high);
    return core::exp_of_sum(exponent.high, exponent.low + e * low);
}

double expm1(double x) {
    if (std::abs(x) < 0x1p-54 || std::isnan(x)) {
        return x;
    }
    if (x > 40.0) {
        return core::exp(x) - 1.0;
    }
    if (x < -40.0) {
        return -1.0;
    }
    const auto e = core::reduce_exp(x);
    const double scale = e.first_half * e.second_half;
    const double small = e.r * e.r * core::exp_tail(e.r) + (e.rest + e.rest * e.r);
    if (e.k == 0.0) {
        return e.r + small;
    }
    // (2^k - 1) + 2^k r is taken exactly where the two cancel.
    const TwoDoubles sum = exact_sum(scale - 1.0, scale * e.r);
    return sum.high + (sum.low + scale * small);
}

double log1p(double x) {
    if (std::abs(x) < 0x1p-54 || x == core::kInfinity) {
        return x;
    }
    if (!(x > -1.0)) {
        return x == -1.0 ? -core::kInfinity : core::kNaN;
    }
    const TwoDoubles sum = exact_sum(1.0, x);
    return core::log(sum.high) + sum.low / sum.high;
}

}  // namespace wafercast::math
