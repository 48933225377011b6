#pragma once

#include <cstddef>
#include <cstdint>

/// Elementary functions of our own, so that results do not depend on the C library, the CPU or the
/// vector width: the array forms return the same bits as the scalar ones.
namespace wafercast::math {

double exp(double x);               ///< max error < 1 ulp over [-745, 709]
double log(double x);               ///< max error < 1 ulp for x > 0; -inf at 0, NaN below
double pow(double base, double e);  ///< base > 0; 0^e = 0 for e > 0; base^0 = 1
double expm1(double x);
double log1p(double x);

void exp(const double* x, double* out, std::size_t n);
void log(const double* x, double* out, std::size_t n);

/// Inverse of the standard normal distribution, for p in (0, 1). Relative error < 1e-15 after one
/// refinement.
double normal_quantile(double p);
/// Cumulative standard normal.
double normal_cdf(double x);

/// log Gamma(x), x > 0.
double log_gamma(double x);

/// Counter-based random bits (Philox 4x32-10): the value depends on key and counter alone.
std::uint64_t random_bits(std::uint64_t key, std::uint64_t counter);
/// Uniform in (0, 1).
double uniform(std::uint64_t key, std::uint64_t counter);

/// Point `i` (0-based) of dimension `d` of a Sobol sequence with Owen-type hash scrambling, in (0,
/// 1).
/// @param d < 1024
double scrambled_sobol(std::uint32_t i, std::uint32_t d, std::uint64_t seed);

}  // namespace wafercast::math
