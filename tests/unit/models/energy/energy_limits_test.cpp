#include "energy/energy_limits.hpp"

#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

// The reference's own figures: k T ln 2 at 77 K, 300 K and 358 K, in pJ/bit.
TEST(LandauerEnergy, MatchesPublishedFigures) {
    EXPECT_NEAR(landauer_energy(77.0), 7.36884580503539e-22, 1e-34);
    EXPECT_NEAR(landauer_energy(300.0), 2.870978885078724e-21, 1e-33);
    EXPECT_NEAR(landauer_energy(358.0), 3.42603480286061e-21, 1e-33);
}

TEST(LeastSupply, IsThirtySixMillivoltsInARoom) {
    EXPECT_NEAR(least_supply(300.0), 35.84e-3, 0.01e-3);
}

// docs/models/energy.md, "Example 3".
TEST(EnergyLimits, MatchesWorkedExample) {
    ServingDesign design;
    design.topology.device.vdd = design.add(0.75);
    Metrics metrics;
    metrics.serving.operations_per_token = 2e11;
    metrics.serving.energy = {.compute = 0.06,
                              .on_chip = 0.01,
                              .memory = 0.02,
                              .network = 0.0,
                              .leakage = 0.01,
                              .host = 5.0};
    const EnergyLimits limits = energy_limits(design.resolved(), metrics, 300.0);
    EXPECT_NEAR(limits.achieved, 0.5e-12, 1e-24);
    EXPECT_NEAR(limits.datapath, 0.3e-12, 1e-24);
    EXPECT_NEAR(limits.ideal_cmos, 0.3e-12 * std::pow(least_supply(300.0) / 0.75, 2.0), 1e-26);
    EXPECT_NEAR(limits.above_landauer(), 1.7416e8, 1e4);
    EXPECT_NEAR(limits.above_ideal_cmos(), 729.8, 0.5);
    EXPECT_NEAR(movement_share(metrics.serving.energy), 1.0 / 3.0, 1e-15);
}

TEST(EnergyLimits, AreZeroWithoutOperations) {
    const ServingDesign design;
    const EnergyLimits limits = energy_limits(design.resolved(), Metrics{}, 300.0);
    EXPECT_EQ(limits.achieved, 0.0);
    EXPECT_GT(limits.landauer, 0.0);
    EXPECT_EQ(movement_share(EnergySplit{}), 0.0);
}

}  // namespace
}  // namespace wafercast
