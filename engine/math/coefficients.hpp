#pragma once

// Written by fit_coefficients.py; do not edit.
#include <array>

namespace wafercast::math::coefficients {

/// (1 + x) M(x), M = Q / phi, as a Chebyshev series in (x - 4) / (x + 4), x >= 0.
inline constexpr std::array<double, 27> mills{
    0x1.2ac3f476eafc7p+0,  -0x1.49c4a1c00032ep-3,  -0x1.cacc58fbe801ap-6,  0x1.037a49749dcc6p-5,
    -0x1.8c994302546cap-7, 0x1.62a14e7f394b4p-9,   -0x1.39db1fc6ead51p-12, -0x1.20031ff9ba88ep-16,
    0x1.55888e9921460p-17, -0x1.06ca067d80a9fp-21, -0x1.315f7495ba51dp-22, 0x1.0847c5fbcfa36p-25,
    0x1.3b6f76fd1d71ap-27, -0x1.5ea316dee7bddp-30, -0x1.9273b488ed516p-32, 0x1.93f8f7a920439p-35,
    0x1.2e65ca8d870dcp-36, -0x1.663a80692e14fp-40, -0x1.e7f839bba480dp-41, 0x1.3ed3e2cbb0a6ep-50,
    0x1.810f464f3e401p-45, 0x1.112a7518ba66dp-48,  -0x1.0a3d68f8bebdep-49, -0x1.d2001c1001ef4p-52,
    0x1.ec9b5bd301e20p-55, 0x1.0f4dbb38df2a4p-55,  0x1.0be58b5d15dfap-60,
};

/// x / q as a polynomial in q^2, q = p - 1/2, |q| <= 0.3.
inline constexpr std::array<double, 20> quantile_centre{
    0x1.40d931ff62706p+1,   0x1.4ffddeaa22dc8p+1,  0x1.71713082d99e3p+2,   0x1.f55d0d78ff809p+3,
    0x1.78494af0c20fcp+5,   0x1.2ba8db6ec6b1bp+7,  0x1.f045f8596bfc8p+8,   0x1.a678dfce2c6c0p+10,
    0x1.6f08a1dfb63e4p+12,  0x1.453ed9fca2cbdp+14, 0x1.180f8f2395941p+16,  0x1.4a95860ae931cp+18,
    -0x1.08332848981c8p+19, 0x1.b9cc96690b467p+24, -0x1.291228ccca836p+28, 0x1.7bf82f35b1b97p+31,
    -0x1.487c84923f5c7p+34, 0x1.9afad57ce2cd8p+36, -0x1.3ac57fd27ffb2p+38, 0x1.eb8dc14d84a70p+38,
};

/// r - |x| as a Chebyshev series in (r - a) / (b (r + a)), r = sqrt(-2 log p), p <= 0.2.
inline constexpr std::array<double, 16> quantile_tail{
    0x1.c8e1a097fa7ddp-2,  -0x1.90b5c53bbeaafp-2,  0x1.5167043c4b940p-4,  -0x1.81320a2b4637ep-6,
    0x1.a23e3f4273d60p-8,  -0x1.f82348168290dp-10, 0x1.27460f045c256p-11, -0x1.72dac754b12ebp-13,
    0x1.c8dac03e5d794p-15, -0x1.28c0d99c2e0ebp-16, 0x1.7af20b70af3bep-18, -0x1.f82ac09a89a51p-20,
    0x1.49c5f0e339d49p-21, -0x1.bdc18ed824a33p-23, 0x1.287080a0d7668p-24, -0x1.9531789aa9544p-26,
};

inline constexpr double quantile_tail_a = 0x1.0a403653dce88p+3;
inline constexpr double quantile_tail_b = 0x1.4a5c64659b5d7p-1;

/// log Gamma(x) / ((x - 1)(x - 2)) as a Chebyshev series in 2x - 3, x in [1, 2].
inline constexpr std::array<double, 22> log_gamma{
    0x1.f73598c73fb27p-2,  -0x1.37c37bb231109p-4,  0x1.144f77fa9d4e5p-7,  -0x1.1afb9900d693bp-10,
    0x1.387dc81da3774p-13, -0x1.68eb0dd19f30ep-16, 0x1.ad3824063f31fp-19, -0x1.047929385160cp-21,
    0x1.40e5e09ac458ap-24, -0x1.8fe38a574f8d3p-27, 0x1.f6dc9c81f711ap-30, -0x1.3e84fe8ed90fdp-32,
    0x1.96005b0ce149ap-35, -0x1.041c83c9d7061p-37, 0x1.4ecb51ecebff5p-40, -0x1.b09e091ec4a15p-43,
    0x1.187b63115f331p-45, -0x1.6cd0f980284cbp-48, 0x1.dbd1c21b8dfa7p-51, -0x1.3712529314dfdp-53,
    0x1.97a672f510735p-56, -0x1.0ba7e4b7ec423p-58,
};

inline constexpr double ln2 = 0x1.62e42fefa39efp-1;
inline constexpr double ln2_low = 0x1.abc9e3b39803fp-56;
inline constexpr double two_thirds = 0x1.5555555555555p-1;
inline constexpr double two_thirds_low = 0x1.5555555555555p-55;
inline constexpr double half_log_two_pi = 0x1.d67f1c864beb5p-1;
inline constexpr double inverse_sqrt_two_pi = 0x1.9884533d43651p-2;

}  // namespace wafercast::math::coefficients
