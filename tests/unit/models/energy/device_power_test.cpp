#include "energy/device_power.hpp"

#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

// docs/models/energy.md, "Example 1": half the node's scale at three quarters of the voltage.
TEST(SwitchingScale, MatchesWorkedExample) {
    ServingDesign design;
    ResolvedNode node = design.topology.nodes[0];
    node.energy_scale = design.add(0.5);
    design.topology.nodes.push_back(node);
    design.topology.device.vdd = design.add(0.6);
    EXPECT_NEAR(switching_scale(design.resolved(), 1), 0.5 * 0.75 * 0.75, 1e-15);
    EXPECT_NEAR(switching_scale(design.resolved(), 0), 0.75 * 0.75, 1e-15);
}

TEST(StaticPower, SumsLeakageBlocksAndMemories) {
    ServingDesign design;
    EXPECT_DOUBLE_EQ(static_power(design.resolved(), ServingDesign::layout()), 40.0 + 10.0);
    design.topology.blocks[0].power = design.add(12.0);
    EXPECT_DOUBLE_EQ(static_power(design.resolved(), ServingDesign::layout()), 62.0);
    design.set(design.topology.blocks[0].count, 60.0);  // half the content, half its fixed power
    EXPECT_DOUBLE_EQ(static_power(design.resolved(), ServingDesign::layout()), 56.0);
    design.topology.blocks[1].shares.analog = design.add(1.0);  // 300 mm2 stop leaking
    EXPECT_DOUBLE_EQ(static_power(design.resolved(), ServingDesign::layout()), 56.0 - 15.0);
}

TEST(StaticPower, IsFiniteForABlockThatStartsWithNothing) {
    ServingDesign design;
    design.topology.blocks[0].calibration_count = 0.0;
    design.topology.blocks[0].power = design.add(12.0);
    design.set(design.topology.blocks[0].count, 0.0);
    EXPECT_DOUBLE_EQ(static_power(design.resolved(), ServingDesign::layout()), 50.0);
}

TEST(StaticPower, FollowsTheSupply) {
    ServingDesign design;
    design.topology.device.vdd = design.add(0.4);
    EXPECT_DOUBLE_EQ(static_power(design.resolved(), ServingDesign::layout()), 20.0 + 10.0);
}

TEST(OnDieEnergy, GrowsWithDistance) {
    const ServingDesign design;
    EXPECT_NEAR(on_die_energy(design.resolved(), 0, 0.0), 0.8e-12, 1e-20);
    EXPECT_NEAR(on_die_energy(design.resolved(), 0, 10e-3), 8.8e-12, 1e-20);
}

}  // namespace
}  // namespace wafercast
