#include "yield/harvest.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "math/math.hpp"
#include "registry/model_set.hpp"
#include "yield/yield_models.hpp"

namespace wafercast {
namespace {

/// Direct sum of the binomial's upper tail.
double summed(int n, int k, double x) {
    long double sum = 0.0L;
    for (int j = 0; j <= n - k; ++j) {
        const long double ways =
            std::lgamma(n + 1.0L) - std::lgamma(j + 1.0L) - std::lgamma(n - j + 1.0L);
        sum += std::exp(ways + j * std::log(-std::expm1(static_cast<long double>(-x))) -
                        (n - j) * static_cast<long double>(x));
    }
    return static_cast<double>(sum);
}

TEST(EnoughUnits, MatchesADirectSum) {
    for (const int n : {1, 2, 8, 60, 144, 500, 4000}) {
        for (const double kept : {0.5, 0.75, 0.92, 0.99, 1.0}) {
            const int k = static_cast<int>(n * kept);
            for (const double x : {1e-6, 1e-3, 0.01, 0.05, 0.1, 0.3, 0.7, 2.0}) {
                EXPECT_NEAR(enough_units(n, k, x), summed(n, k, x), 1e-11)
                    << n << ' ' << k << ' ' << x;
            }
        }
    }
}

TEST(EnoughUnits, HandlesAWaferOfCores) {
    // 970,000 cores, 900,000 needed. The mean of failures crosses 70,000 at x = -log(0.927835...).
    const double edge = -std::log(900000.0 / 970000.0);
    EXPECT_DOUBLE_EQ(enough_units(970000, 900000, 0.9 * edge), 1.0);
    EXPECT_LT(enough_units(970000, 900000, 1.1 * edge), 1e-100);
    EXPECT_NEAR(enough_units(970000, 900000, edge), 0.5, 0.002);
    // One standard deviation of failures below the limit: sqrt(n p q) = 254.8 of 70,000.
    const double q = (70000.0 - 254.8) / 970000.0;
    EXPECT_NEAR(enough_units(970000, 900000, -std::log1p(-q)), 0.8413, 0.001);
}

FaultProfile gpu(double area_cm2, double density, double repairable, double clustering) {
    FaultProfile profile;
    profile.clustering = clustering;
    profile.fatal_faults = density * area_cm2 * (1.0 - repairable);
    profile.groups[0] = {.faults_per_unit = density * area_cm2 * repairable / 144.0,
                         .physical = 144.0,
                         .required = 132.0};
    profile.group_count = 1;
    return profile;
}

// V3b: 814 mm2 at 0.1 /cm2, 132 of 144 units, alpha 2; docs/models/yield.md, "Example 2".
TEST(Harvest, KeepsAReticleSizeDieSellable) {
    const FaultProfile profile = gpu(8.14, 0.1, 0.8, 2.0);
    EXPECT_NEAR(poisson_yield(profile), 0.443, 0.001);
    EXPECT_NEAR(negative_binomial_yield(profile), 0.505, 0.001);
    EXPECT_NEAR(negative_binomial_sellable_yield(profile), 0.8551, 1e-4);
    EXPECT_NEAR(negative_binomial_sellable_yield(gpu(8.14, 0.1, 0.6, 2.0)), 0.74, 0.01);
    EXPECT_NEAR(negative_binomial_sellable_yield(gpu(8.14, 0.1, 0.9, 2.0)), 0.923, 0.005);
    EXPECT_NEAR(poisson_sellable_yield(gpu(8.14, 0.1, 0.6, 2.0)), 0.722, 0.001);
}

// V3a: 46,225 mm2 at 0.1 /cm2, 900,000 of 970,000 cores.
TEST(Harvest, AnswersForAWaferScalePart) {
    FaultProfile profile;
    profile.clustering = 2.0;
    profile.groups[0] = {
        .faults_per_unit = 46.225 / 970000.0, .physical = 970000.0, .required = 900000.0};
    profile.group_count = 1;
    EXPECT_NEAR(profile.expected_faults(), 46.2, 0.05);
    EXPECT_GT(negative_binomial_sellable_yield(profile), 0.999);
    EXPECT_LT(negative_binomial_yield(profile), 0.002);
}

// With no spares a group is as fatal as the rest, so the closed form holds: a check of the
// quadrature.
TEST(Harvest, IsTheClosedFormWithoutSpares) {
    for (const double alpha : {0.2, 0.5, 1.0, 1.7, 2.0, 3.0, 10.0, 29.0, 40.0, 1e3, 1e7}) {
        for (const double faults : {0.01, 0.5, 3.0, 20.0}) {
            FaultProfile profile;
            profile.clustering = alpha;
            profile.fatal_faults = 0.3 * faults;
            profile.groups[0] = {
                .faults_per_unit = 0.07 * faults, .physical = 10.0, .required = 10.0};
            profile.group_count = 1;
            EXPECT_NEAR(negative_binomial_sellable_yield(profile), negative_binomial_yield(profile),
                        1e-9)
                << alpha;
            EXPECT_NEAR(murphy_sellable_yield(profile), murphy_yield(profile), 1e-9);
            EXPECT_NEAR(rectangular_sellable_yield(profile), rectangular_yield(profile), 1e-9);
            EXPECT_NEAR(seeds_sellable_yield(profile), seeds_yield(profile), 1e-9);
        }
    }
}

/// A gamma variate of whole shape: minus the log of a product of uniforms.
double gamma_draw(int shape, std::uint64_t& counter) {
    double sum = 0.0;
    for (int i = 0; i < shape; ++i) {
        sum -= std::log(math::uniform(11, counter++));
    }
    return sum / shape;
}

// Dies thrown one by one: a gamma density for the die, then every unit by itself.
TEST(Harvest, AgreesWithMonteCarlo) {
    FaultProfile profile = gpu(8.14, 0.9, 0.8, 2.0);
    std::uint64_t counter = 0;
    constexpr int kDies = 20000;
    int sellable = 0;
    for (int die = 0; die < kDies; ++die) {
        const double g = gamma_draw(2, counter);
        int failed = 0;
        const double unit = std::exp(-profile.groups[0].faults_per_unit * g);
        for (int i = 0; i < 144; ++i) {
            failed += math::uniform(13, counter++) > unit ? 1 : 0;
        }
        const bool alive = math::uniform(17, counter++) < std::exp(-profile.fatal_faults * g);
        sellable += alive && failed <= 12 ? 1 : 0;
    }
    const double expected = negative_binomial_sellable_yield(profile);
    const double deviation = std::sqrt(expected * (1.0 - expected) / kDies);
    EXPECT_GT(expected, 0.2);
    EXPECT_LT(expected, 0.8);
    EXPECT_NEAR(sellable / static_cast<double>(kDies), expected, 4.0 * deviation);
}

// Clustering lets defects strike together: more dies without any, fewer saved by spares.
TEST(Harvest, ClusteringHelpsRawYieldMoreThanHarvest) {
    const FaultProfile clustered = gpu(8.14, 0.5, 0.8, 2.0);
    FaultProfile even = clustered;
    even.clustering = std::numeric_limits<double>::infinity();
    EXPECT_GT(negative_binomial_yield(clustered) / negative_binomial_yield(even),
              negative_binomial_sellable_yield(clustered) / negative_binomial_sellable_yield(even));
}

TEST(Harvest, ModelWithoutItsOwnRuleTakesUnitsAsIndependent) {
    Registry<YieldModel> models;
    register_yield_models(models);
    FaultProfile profile;
    profile.fatal_faults = 0.25;
    profile.groups[0] = {.faults_per_unit = 0.01, .physical = 2.0, .required = 1.0};
    profile.group_count = 1;
    const double unit = std::exp(-0.1);  // Moore: exp(-sqrt(0.01))
    const double either = 1.0 - (1.0 - unit) * (1.0 - unit);
    EXPECT_NEAR(sellable_yield(*models.find("moore"), profile), std::exp(-0.5) * either, 1e-12);
}

}  // namespace
}  // namespace wafercast
