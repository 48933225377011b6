#include "yield/yield_models.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "registry/model_set.hpp"
#include "yield/yield_row.hpp"

namespace wafercast {
namespace {

class YieldModels : public ::testing::Test {
protected:
    void SetUp() override { register_yield_models(models); }
    double row(const char* id, double area, double density, double layers = 1.0) const {
        return yield_row({.area_mm2 = area, .defects_per_cm2 = density, .critical_layers = layers},
                         *models.find(id));
    }
    Registry<YieldModel> models;
};

// Rows of the SemiAnalysis calculator (its repository at 48058e7).
TEST_F(YieldModels, MatchReferenceRows) {
    EXPECT_NEAR(row("poisson", 200, 0.09), 0.835270211411272, 1e-12);
    EXPECT_NEAR(row("murphy", 100, 0.05), 0.9514276138126218, 1e-12);
    EXPECT_NEAR(row("murphy", 400, 0.1), 0.6793054502871436, 1e-12);
    EXPECT_NEAR(row("rectangular", 400, 0.5), 0.24542109027781644, 1e-12);
    EXPECT_NEAR(row("moore", 600, 0.5), 0.1769212063177642, 1e-12);
    EXPECT_NEAR(row("seeds", 800, 0.05), 0.7142857142857143, 1e-12);
    EXPECT_NEAR(row("bose-einstein", 600, 0.2, 10), 0.000376507118583527, 1e-12);
}

// docs/models/yield.md, "Example 1": 400 mm2 at 0.1 /cm2, alpha 2.
TEST_F(YieldModels, NegativeBinomialMatchesWorkedExample) {
    FaultProfile profile;
    profile.fatal_faults = 0.4;
    profile.clustering = 2.0;
    EXPECT_NEAR(negative_binomial_yield(profile), 0.694444, 1e-6);  // (1 + 0.4 / 2)^-2
    profile.systematic_yield = 0.9;
    EXPECT_NEAR(negative_binomial_yield(profile), 0.625, 1e-12);
}

TEST_F(YieldModels, NegativeBinomialJoinsItsNeighbours) {
    FaultProfile profile;
    profile.fatal_faults = 0.8;
    profile.clustering = std::numeric_limits<double>::infinity();
    EXPECT_DOUBLE_EQ(negative_binomial_yield(profile), poisson_yield(profile));
    profile.clustering = 1e9;
    EXPECT_NEAR(negative_binomial_yield(profile), poisson_yield(profile), 1e-9);
    profile.clustering = 1.0;
    EXPECT_NEAR(negative_binomial_yield(profile), seeds_yield(profile), 1e-15);
}

}  // namespace
}  // namespace wafercast
