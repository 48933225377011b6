#include "functional/portable_math.hpp"

#include <cmath>
#include <limits>

namespace wafercast::functional::portable {
namespace {

constexpr double kLn2High = 0x1.62e42fee00000p-1;  // 21 trailing zero bits: k * high is exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kLog2E = 0x1.71547652b82fep+0;

/// Rounds to the nearest integer, ties to even, for |x| < 2^51.
double nearest(double x) {
    constexpr double kMagic = 0x1.8p52;
    return (x + kMagic) - kMagic;
}

}  // namespace

double exp(double x) {
    if (std::isnan(x)) return x;
    if (x > 710.0) return std::numeric_limits<double>::infinity();
    if (x < -746.0) return 0.0;
    const double k = nearest(x * kLog2E);
    const double r = (x - k * kLn2High) - k * kLn2Low;
    double sum = 0.0;
    for (int n = 15; n >= 1; --n) sum = (sum + 1.0) * (r / static_cast<double>(n));
    return std::ldexp(1.0 + sum, static_cast<int>(k));
}

double log(double x) {
    if (std::isnan(x) || x < 0.0) return std::numeric_limits<double>::quiet_NaN();
    if (x == 0.0) return -std::numeric_limits<double>::infinity();
    if (std::isinf(x)) return x;
    int exponent = 0;
    double mantissa = std::frexp(x, &exponent);  // [1/2, 1)
    if (mantissa < 0.70710678118654752) {
        mantissa *= 2.0;
        --exponent;
    }
    const double s = (mantissa - 1.0) / (mantissa + 1.0);
    const double s2 = s * s;
    double sum = 0.0;
    for (int n = 21; n >= 3; n -= 2) sum = (sum + 1.0 / static_cast<double>(n)) * s2;
    const double k = static_cast<double>(exponent);
    return k * kLn2High + (2.0 * s + (2.0 * s * sum + k * kLn2Low));
}

}  // namespace wafercast::functional::portable
