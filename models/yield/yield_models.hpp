#pragma once

#include "core/fault_profile.hpp"
#include "registry/registry.hpp"

namespace wafercast {

struct YieldModel;

// Each returns the probability of no killer fault, times the systematic yield, in [0, 1]; m is
// profile.expected_faults() >= 0 [-]. Repairable groups count as fatal here: see yield/harvest.hpp.
// None covers edge loss or parametric yield. Worked numbers: docs/models/yield.md.

/// Poisson: exp(-m). Independent defects, one density everywhere. @cite murphy-1964
double poisson_yield(const FaultProfile& profile);

/// Murphy: ((1 - exp(-m)) / m)^2, triangular density on [0, 2 m]. @cite murphy-1964
double murphy_yield(const FaultProfile& profile);

/// Rectangular: (1 - exp(-2 m)) / (2 m), uniform density on [0, 2 m]. @cite murphy-1964
double rectangular_yield(const FaultProfile& profile);

/// Moore: exp(-sqrt(m)), an early empirical fit. @cite moore-1970
double moore_yield(const FaultProfile& profile);

/// Seeds: 1 / (1 + m), exponential density. @cite seeds-1967
double seeds_yield(const FaultProfile& profile);

/// Bose-Einstein: (1 + m / n)^-n with m spread evenly over n = profile.layers >= 1 critical layers,
/// each with its own exponential density. @cite price-1970
double bose_einstein_yield(const FaultProfile& profile);

/// Negative binomial: (1 + m / a)^-a, gamma density with clustering a > 0; a = infinity is Poisson.
/// @cite stapper-1983
double negative_binomial_yield(const FaultProfile& profile);

/// The seven models.
void register_yield_models(Registry<YieldModel>& yield);

}  // namespace wafercast
