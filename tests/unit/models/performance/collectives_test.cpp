#include "performance/collectives.hpp"

#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

/// 100 GB/s, 5 us launch, 1 us steps, one-shot 3 us; servers of 8 joined at 10 GB/s.
Network network() {
    Network n;
    n.inside = {.bytes_per_s = 100e9,
                .launch_seconds = 5e-6,
                .step_seconds = 1e-6,
                .one_shot_seconds = 3e-6,
                .joules_per_byte = 40e-12,
                .topology = LinkTopology::kRing};
    n.outside = n.inside;
    n.outside.bytes_per_s = 10e9;
    n.per_server = 8.0;
    return n;
}

// docs/models/collectives.md, "Its example".
TEST(AllReduce, RingMatchesWorkedExample) {
    const CollectiveCost cost = all_reduce(network(), 8.0, 80e6);
    EXPECT_NEAR(cost.seconds, 5e-6 + 14e-6 + 1.4e-3, 1e-12);
    EXPECT_NEAR(cost.bytes, 140e6, 1e-3);
    EXPECT_NEAR(cost.joules, 140e6 * 40e-12, 1e-12);
    EXPECT_NEAR(cost.transfer_seconds, 1.4e-3, 1e-12);
}

TEST(AllReduce, SwitchTakesTheFasterProtocol) {
    Network n = network();
    n.inside.topology = LinkTopology::kSwitched;
    EXPECT_NEAR(all_reduce(n, 8.0, 8e3).seconds, 3e-6 + 7.0 * 8e3 / 100e9, 1e-12);  // one-shot
    EXPECT_NEAR(all_reduce(n, 8.0, 80e6).seconds, 5e-6 + 2e-6 + 1.4e-3, 1e-12);     // two-shot
    n.inside.in_network_reduction = true;
    EXPECT_NEAR(all_reduce(n, 8.0, 80e6).seconds, 5e-6 + 2e-6 + 0.8e-3, 1e-12);  // switch adds
}

TEST(AllReduce, AcrossServersReducesShards) {
    const CollectiveCost cost = all_reduce(network(), 16.0, 80e6);
    const double inside = 19e-6 + 1.4e-3;
    const double outside = 5e-6 + 2e-6 + 2.0 * 0.5 * 10e6 / 10e9;
    EXPECT_NEAR(cost.seconds, inside + outside, 1e-12);
}

TEST(AllReduce, LoneRankPaysNothing) {
    EXPECT_EQ(all_reduce(network(), 1.0, 1e9).seconds, 0.0);
    EXPECT_EQ(all_to_all(network(), 1.0, 1e9).seconds, 0.0);
}

TEST(AllToAll, KeepsItsOwnShare) {
    Network n = network();
    EXPECT_NEAR(all_to_all(n, 8.0, 8e6).seconds, 5e-6 + 7e-6 + 7e6 / 100e9, 1e-12);
    n.inside.topology = LinkTopology::kFullyConnected;
    EXPECT_NEAR(all_to_all(n, 8.0, 8e6).seconds, 5e-6 + 1e-6 + 7e6 / 100e9, 1e-12);
    // Sixteen ranks: half of the payload leaves the server, over the slower network.
    EXPECT_NEAR(all_to_all(n, 16.0, 16e6).transfer_seconds, 8e6 / 10e9, 1e-12);
}

TEST(PointToPoint, OneStepAndTheMessage) {
    EXPECT_NEAR(point_to_point(network(), 1e6, false).seconds, 1e-6 + 1e-5, 1e-15);
    EXPECT_NEAR(point_to_point(network(), 1e6, true).seconds, 1e-6 + 1e-4, 1e-15);
}

TEST(NetworkOf, MeasuredStepHoldsTheHop) {
    testing::ServingDesign design;
    design.set(design.topology.system.scale_up.latency, 0.9e-6);
    design.set(design.topology.device.collective_latency, 0.7e-6);
    const Network n = network_of(design.resolved(), design.rating());
    EXPECT_DOUBLE_EQ(n.inside.step_seconds, 0.9e-6);
    EXPECT_DOUBLE_EQ(n.inside.bytes_per_s, 400e9);
    EXPECT_DOUBLE_EQ(n.inside.joules_per_byte, 40e-12);
    EXPECT_DOUBLE_EQ(n.per_server, 8.0);
}

}  // namespace
}  // namespace wafercast
