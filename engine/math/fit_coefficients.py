#!/usr/bin/env python3
"""Fits the coefficients in coefficients.hpp; needs mpmath. Run: python3 fit_coefficients.py > coefficients.hpp

Chebyshev interpolation at 60 digits; docs/models/math.md says what each table is for and how large its error is.
"""
from mpmath import mp, mpf, cos, pi, sqrt, exp, log, erfc, erf, loggamma, chop, zeta

mp.dps = 60


def chebyshev(f, degree):
    """Coefficients c_k of sum' c_k T_k(t) (c_0 already halved) through the Chebyshev points of [-1, 1]."""
    n = 64
    nodes = [cos(pi * (mpf(j) + mpf(1) / 2) / n) for j in range(n)]
    values = [f(t) for t in nodes]
    coefficients = []
    for k in range(degree + 1):
        c = 2 * sum(v * cos(pi * k * (mpf(j) + mpf(1) / 2) / n) for j, v in enumerate(values)) / n
        coefficients.append(c if k else c / 2)
    return coefficients


def monomial(coefficients, low, high):
    """Chebyshev coefficients on [low, high] as a polynomial in the original variable."""
    n = len(coefficients)
    scale, offset = 2 / (high - low), -(high + low) / (high - low)

    def times_t(p):
        out = [mpf(0)] * (len(p) + 1)
        for i, a in enumerate(p):
            out[i] += offset * a
            out[i + 1] += scale * a
        return out

    def add(p, q, factor):
        out = [mpf(0)] * max(len(p), len(q))
        for i, a in enumerate(p):
            out[i] += a
        for i, a in enumerate(q):
            out[i] += factor * a
        return out

    before, now = [mpf(1)], times_t([mpf(1)])
    total = add([coefficients[0]], now, coefficients[1])
    for k in range(2, n):
        before, now = now, add([2 * a for a in times_t(now)], before, -1)
        total = add(total, now, coefficients[k])
    return total


def mills(x):
    return exp(x * x / 2) * sqrt(pi / 2) * erfc(x / sqrt(mpf(2)))


def mills_of_t(t):
    # t = (x - 4) / (x + 4) takes [0, inf) to [-1, 1); (1 + x) M(x) stays near 1.
    if t == 1:
        return mpf(1)
    x = 4 * (1 + t) / (1 - t)
    if x > 60:
        s, term, k = mpf(0), mpf(1), 0
        while k < 40:
            s += term
            term *= -(2 * k + 1) / (x * x)
            k += 1
        return (1 + x) * s / x
    return (1 + x) * mills(x)


def quantile(p):
    """Standard normal quantile, p < 1/2, by Newton on log Phi."""
    r = sqrt(-2 * log(p))
    x = -(r - log(r + 1) / r) if p < mpf("0.1") else sqrt(2 * pi) * (p - mpf(1) / 2)
    for _ in range(60):
        phi = exp(-x * x / 2) / sqrt(2 * pi)
        cdf = erfc(-x / sqrt(mpf(2))) / 2
        step = cdf * (log(cdf) - log(p)) / phi
        x -= step
        if abs(step) < mpf(10) ** -55 * (1 + abs(x)):
            break
    return x


def central(u):
    # x / q as a function of u = q^2, q = p - 1/2.
    if u < mpf(10) ** -30:
        return sqrt(2 * pi)
    q = sqrt(u)
    return -quantile(mpf(1) / 2 - q) / q


def tail(t, low, high):
    # r - |x| over r = sqrt(-2 log p); r = a (1 + b t) / (1 - b t) spreads [low, high].
    a = sqrt(low * high)
    b = (high - a) / (high + a)
    r = a * (1 + b * t) / (1 - b * t)
    return r + quantile(exp(-r * r / 2))


def log_gamma_shape(t):
    x = (3 + t) / 2
    return loggamma(x).real / ((x - 1) * (x - 2))


def table(name, comment, values):
    print(f"/// {comment}")
    print(f"inline constexpr std::array<double, {len(values)}> {name}{{")
    for v in values:
        print(f"    {float(v).hex()},")
    print("};\n")


def two_doubles(name, value):
    high = float(value)
    print(f"inline constexpr double {name} = {high.hex()};")
    print(f"inline constexpr double {name}_low = {float(value - mpf(high)).hex()};")


def main():
    print("#pragma once\n\n// Written by fit_coefficients.py; do not edit.\n#include <array>\n")
    print("namespace wafercast::math::coefficients {\n")
    low, high = sqrt(-2 * log(mpf("0.2"))), sqrt(-2 * log(mpf(2) ** -1074))
    a = sqrt(low * high)
    table("mills", "(1 + x) M(x), M = Q / phi, as a Chebyshev series in (x - 4) / (x + 4), x >= 0.", chebyshev(mills_of_t, 26))
    table("quantile_centre", "x / q as a polynomial in q^2, q = p - 1/2, |q| <= 0.3.",
          monomial(chebyshev(lambda t: central(mpf("0.045") * (1 + t)), 19), mpf(0), mpf("0.09")))
    table("quantile_tail", "r - |x| as a Chebyshev series in (r - a) / (b (r + a)), r = sqrt(-2 log p), p <= 0.2.",
          chebyshev(lambda t: tail(t, low, high), 15))
    print(f"inline constexpr double quantile_tail_a = {float(a).hex()};")
    print(f"inline constexpr double quantile_tail_b = {float((high - a) / (high + a)).hex()};\n")
    table("log_gamma", "log Gamma(x) / ((x - 1)(x - 2)) as a Chebyshev series in 2x - 3, x in [1, 2].",
          chebyshev(log_gamma_shape, 21))
    two_doubles("ln2", log(mpf(2)))
    two_doubles("two_thirds", mpf(2) / 3)
    print(f"inline constexpr double half_log_two_pi = {float(log(2 * pi) / 2).hex()};")
    print(f"inline constexpr double inverse_sqrt_two_pi = {float(1 / sqrt(2 * pi)).hex()};\n")
    print("}  // namespace wafercast::math::coefficients")


if __name__ == "__main__":
    main()
