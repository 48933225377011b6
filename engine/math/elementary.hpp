#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "math/coefficients.hpp"

/// The cores of exp and log: straight-line code without branches or tables, so that a loop over
/// them becomes vector instructions that give each element the scalar result, bit for bit.
namespace wafercast::math::core {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// ln 2 in two parts; the first has 20 zero bits at its end, so that k ln 2 is exact for |k| <
/// 2^20.
inline constexpr double kLn2Head = std::bit_cast<double>(
    std::bit_cast<std::uint64_t>(coefficients::ln2) & ~((std::uint64_t{1} << 20) - 1));
inline constexpr double kLn2Tail = (coefficients::ln2 - kLn2Head) + coefficients::ln2_low;

/// e^r = 1 + r + r^2 P(r) for |r| <= ln(2)/2; the Taylor polynomial to r^14/14! is within 2^-60.
[[gnu::always_inline]] inline double exp_tail(double r) {
    double p = 1.0 / 87178291200.0;
    p = p * r + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    return p;
}

/// x = k ln 2 + r + rest, as 2^k = first_half * second_half.
struct ExpReduction {
    double r;
    double rest;
    double k;
    double first_half;
    double second_half;
};

/// @param x in [-746, 710] or NaN
[[gnu::always_inline]] inline ExpReduction reduce_exp(double x) {
    // Adding 1.5 x 2^52 rounds to an integer and leaves it, plus 2048, in the low bits.
    constexpr double shift = 0x1.8p52 + 2048.0;
    const double shifted = x * (1.0 / coefficients::ln2) + shift;
    const std::uint64_t biased = std::bit_cast<std::uint64_t>(shifted) & 0xfff;
    const double k = shifted - shift;
    const double head = x - k * kLn2Head;
    const double tail = k * kLn2Tail;
    const double r = head - tail;
    const double rest = (head - r) - tail;
    // Two factors, because 2^k itself may lie outside the range of normal numbers.
    const std::uint64_t half = biased >> 1;
    return {r, rest, k, std::bit_cast<double>((half - 1) << 52),
            std::bit_cast<double>((biased - half - 1) << 52)};
}

/// e^(x + low), |low| at most a few ulp of x.
[[gnu::always_inline]] inline double exp_of_sum(double x, double low) {
    double clamped = x > 710.0 ? 710.0 : x;
    clamped = clamped < -746.0 ? -746.0 : clamped;
    const ExpReduction e = reduce_exp(clamped);
    const double rest = e.rest + low;
    const double curve = e.r * e.r * exp_tail(e.r);
    const double grown = e.r + (curve + (rest + rest * (e.r + curve)));
    return ((1.0 + grown) * e.first_half) * e.second_half;
}

/// x = 2^k m with m in [sqrt(1/2), sqrt(2)), x > 0; subnormals included.
struct LogReduction {
    double m;
    double k;
};

[[gnu::always_inline]] inline LogReduction reduce_log(double x) {
    const bool small = x < std::numeric_limits<double>::min();
    const double scaled = small ? x * 0x1p54 : x;
    constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdULL;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(scaled) - root_half;
    const std::uint64_t biased = (bits + (std::uint64_t{1024} << 52)) >> 52;
    const double k = std::bit_cast<double>(biased | 0x4330000000000000ULL) - (0x1p52 + 1024.0);
    const double m = std::bit_cast<double>((bits & 0x000fffffffffffffULL) + root_half);
    return {m, small ? k - 54.0 : k};
}

/// 2/3 + 2/5 z + ... of log((1 + s)/(1 - s)) = 2s + s z (...), z = s^2 <= 0.0295; within 2^-61 of
/// s.
[[gnu::always_inline]] inline double log_series(double z) {
    double p = 2.0 / 23.0;
    p = p * z + 2.0 / 21.0;
    p = p * z + 2.0 / 19.0;
    p = p * z + 2.0 / 17.0;
    p = p * z + 2.0 / 15.0;
    p = p * z + 2.0 / 13.0;
    p = p * z + 2.0 / 11.0;
    p = p * z + 2.0 / 9.0;
    p = p * z + 2.0 / 7.0;
    p = p * z + 2.0 / 5.0;
    return p;
}

[[gnu::always_inline]] inline double exp(double x) { return exp_of_sum(x, 0.0); }

[[gnu::always_inline]] inline double log(double x) {
    const LogReduction e = reduce_log(x);
    const double f = e.m - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double half_square = 0.5 * f * f;
    // log(1 + f) = f - f^2/2 + s (f^2/2 + series): the leading terms are exact or small. @cite
    // fdlibm
    const double small = s * (half_square + z * (log_series(z) * z + 2.0 / 3.0)) + e.k * kLn2Tail;
    double result = e.k * kLn2Head - ((half_square - small) - f);
    result = x == kInfinity ? kInfinity : result;
    result = x == 0.0 ? -kInfinity : result;
    return x >= 0.0 ? result : kNaN;
}

}  // namespace wafercast::math::core
