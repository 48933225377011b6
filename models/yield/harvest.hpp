#pragma once

#include "core/fault_profile.hpp"

namespace wafercast {

struct YieldModel;

/// Probability that at most n - k of n units fail when each works with probability exp(-x): the
/// upper tail of a binomial. Exact summation for few spares, a continued fraction of the
/// regularised incomplete beta function otherwise; Chernoff's bound decides what is certain to
/// 1e-15.
/// @param n units, >= 0; k needed, <= n (both rounded to whole units) @param x faults per unit >= 0
/// [-]
double enough_units(double n, double k, double x);

// Share of dies that can be sold after harvesting and repair:
//
//   Y_s * E_g[ exp(-f g) * prod over groups P(Binomial(n_i, exp(-u_i g)) >= k_i) ]
//
// with f fatal faults, u_i faults per unit and one density factor g (mean 1) shared by the whole
// die, so that clustered defects strike its units together. What g follows is what makes the models
// differ. Absolute error < 1e-9. @cite koren-1998 @cite stapper-1983

/// g = 1 always. @cite murphy-1964
double poisson_sellable_yield(const FaultProfile& profile);
/// g triangular on [0, 2]. @cite murphy-1964
double murphy_sellable_yield(const FaultProfile& profile);
/// g uniform on [0, 2]. @cite murphy-1964
double rectangular_sellable_yield(const FaultProfile& profile);
/// g exponential. @cite seeds-1967
double seeds_sellable_yield(const FaultProfile& profile);
/// g the mean of `layers` exponentials (a gamma of that shape). @cite price-1970
double bose_einstein_sellable_yield(const FaultProfile& profile);
/// g gamma of shape `clustering`. @cite stapper-1983
double negative_binomial_sellable_yield(const FaultProfile& profile);

/// The model's own harvesting; for a model that has none, units fail independently with the
/// probability the model gives a single unit: Y(fatal) * prod P(Binomial(n_i, Y(u_i) / Y_s) >=
/// k_i).
double sellable_yield(const YieldModel& model, const FaultProfile& profile);

}  // namespace wafercast
