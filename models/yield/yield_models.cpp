#include "yield/yield_models.hpp"

#include <cmath>

#include "math/math.hpp"
#include "registry/model_set.hpp"
#include "yield/harvest.hpp"

namespace wafercast {

namespace {

/// (1 - exp(-x)) / x, 1 at 0.
double decay_mean(double x) { return x < 1e-300 ? 1.0 : -math::expm1(-x) / x; }

/// (1 + m / a)^-a without loss for small m / a.
double clustered(double m, double a) {
    return std::isinf(a) ? math::exp(-m) : math::exp(-a * math::log1p(m / a));
}

}  // namespace

double poisson_yield(const FaultProfile& profile) {
    return profile.systematic_yield * math::exp(-profile.expected_faults());
}

double murphy_yield(const FaultProfile& profile) {
    const double mean = decay_mean(profile.expected_faults());
    return profile.systematic_yield * mean * mean;
}

double rectangular_yield(const FaultProfile& profile) {
    return profile.systematic_yield * decay_mean(2.0 * profile.expected_faults());
}

double moore_yield(const FaultProfile& profile) {
    return profile.systematic_yield * math::exp(-std::sqrt(profile.expected_faults()));
}

double seeds_yield(const FaultProfile& profile) {
    return profile.systematic_yield / (1.0 + profile.expected_faults());
}

double bose_einstein_yield(const FaultProfile& profile) {
    return profile.systematic_yield * clustered(profile.expected_faults(), profile.layers);
}

double negative_binomial_yield(const FaultProfile& profile) {
    return profile.systematic_yield * clustered(profile.expected_faults(), profile.clustering);
}

void register_yield_models(Registry<YieldModel>& yield) {
    yield.add({.id = "poisson",
               .title = "Poisson",
               .citation = "murphy-1964",
               .formula = "exp(-m)",
               .evaluate = poisson_yield,
               .sellable = poisson_sellable_yield});
    yield.add({.id = "murphy",
               .title = "Murphy",
               .citation = "murphy-1964",
               .formula = "((1 - exp(-m)) / m)^2",
               .evaluate = murphy_yield,
               .sellable = murphy_sellable_yield});
    yield.add({.id = "rectangular",
               .title = "Rectangular",
               .citation = "murphy-1964",
               .formula = "(1 - exp(-2 m)) / (2 m)",
               .evaluate = rectangular_yield,
               .sellable = rectangular_sellable_yield});
    yield.add({.id = "moore",
               .title = "Moore",
               .citation = "moore-1970",
               .formula = "exp(-sqrt(m))",
               .evaluate = moore_yield});
    yield.add({.id = "seeds",
               .title = "Seeds",
               .citation = "seeds-1967",
               .formula = "1 / (1 + m)",
               .evaluate = seeds_yield,
               .sellable = seeds_sellable_yield});
    yield.add({.id = "bose-einstein",
               .title = "Bose-Einstein",
               .citation = "price-1970",
               .formula = "(1 + m / layers)^-layers",
               .evaluate = bose_einstein_yield,
               .sellable = bose_einstein_sellable_yield,
               .needs_layers = true});
    yield.add({.id = "negative-binomial",
               .title = "Negative binomial",
               .citation = "stapper-1983",
               .formula = "(1 + m / alpha)^-alpha",
               .evaluate = negative_binomial_yield,
               .sellable = negative_binomial_sellable_yield,
               .needs_clustering = true});
}

}  // namespace wafercast
