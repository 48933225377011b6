#include "performance/collectives.hpp"

#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

/// Servers of 8 at 5 pJ a byte inside and 50 between them.
Network network() {
    Network n;
    n.inside = {.bytes_per_s = 100e9, .joules_per_byte = 5e-12};
    n.outside = {.bytes_per_s = 10e9, .joules_per_byte = 50e-12};
    n.per_server = 8.0;
    return n;
}

WireTraffic traffic(CollectiveKind kind, double ranks, double bytes, const Network& n = network()) {
    return wire_traffic(n, {.kind = kind, .ranks = ranks, .bytes = bytes});
}

// docs/models/collectives.md, "Its example".
TEST(WireTraffic, RingMatchesWorkedExample) {
    const WireTraffic t = traffic(CollectiveKind::kAllReduce, 8.0, 80e6);
    EXPECT_NEAR(t.inside, 140e6, 1e-3);
    EXPECT_EQ(t.outside, 0.0);
    EXPECT_NEAR(t.joules, 140e6 * 5e-12, 1e-15);
}

TEST(WireTraffic, SwitchesThatAddUpHalveIt) {
    Network n = network();
    n.inside.in_network_reduction = true;
    EXPECT_DOUBLE_EQ(traffic(CollectiveKind::kAllReduce, 8.0, 80e6, n).inside, 80e6);
}

TEST(WireTraffic, ShardsCrossServers) {
    const WireTraffic t = traffic(CollectiveKind::kAllReduce, 16.0, 80e6);
    EXPECT_NEAR(t.inside, 140e6, 1e-3);
    EXPECT_NEAR(t.outside, 2.0 * 0.5 * 10e6, 1e-3);
    EXPECT_NEAR(t.joules, 140e6 * 5e-12 + 10e6 * 50e-12, 1e-15);
}

TEST(WireTraffic, GatherAndScatterAreHalvesOfAReduction) {
    for (const double ranks : {2.0, 8.0, 32.0}) {
        const WireTraffic both = traffic(CollectiveKind::kAllReduce, ranks, 1e6);
        for (const auto kind : {CollectiveKind::kAllGather, CollectiveKind::kReduceScatter}) {
            EXPECT_NEAR(2.0 * traffic(kind, ranks, 1e6).inside, both.inside, 1e-6);
            EXPECT_NEAR(2.0 * traffic(kind, ranks, 1e6).outside, both.outside, 1e-6);
        }
    }
}

TEST(WireTraffic, ExchangesKeepTheirOwnShare) {
    EXPECT_NEAR(traffic(CollectiveKind::kAllToAll, 8.0, 8e6).inside, 7e6, 1e-3);
    const WireTraffic wide = traffic(CollectiveKind::kAllToAll, 16.0, 16e6);
    EXPECT_NEAR(wide.inside, 7e6, 1e-3);
    EXPECT_NEAR(wide.outside, 8e6, 1e-3);
}

TEST(WireTraffic, LoneRankSendsNothing) {
    for (const auto kind : {CollectiveKind::kAllReduce, CollectiveKind::kAllGather,
                            CollectiveKind::kReduceScatter, CollectiveKind::kAllToAll}) {
        EXPECT_EQ(traffic(kind, 1.0, 1e9).joules, 0.0);
    }
}

TEST(WireTraffic, MessagesStayInsideOrCross) {
    const Network n = network();
    EXPECT_EQ(wire_traffic(n, message_shape(1e6, false)).inside, 1e6);
    EXPECT_EQ(wire_traffic(n, message_shape(1e6, true)).outside, 1e6);
}

TEST(NetworkOf, TakesLinksFromTheSystem) {
    testing::ServingDesign design;
    design.set(design.topology.system.scale_up.latency, 0.9e-6);
    design.topology.system.scale_up.topology = LinkTopology::kTorus;
    const Network n = network_of(design.resolved(), design.rating());
    EXPECT_DOUBLE_EQ(n.inside.hop_seconds, 0.9e-6);
    EXPECT_DOUBLE_EQ(n.inside.bytes_per_s, 400e9);
    EXPECT_DOUBLE_EQ(n.inside.joules_per_byte, 40e-12);
    EXPECT_EQ(n.inside.topology, ScaleUp::kRing);
    EXPECT_DOUBLE_EQ(n.outside.bytes_per_s, 50e9);
    EXPECT_DOUBLE_EQ(n.per_server, 8.0);
    design.topology.system.present = false;
    EXPECT_EQ(network_of(design.resolved(), design.rating()).inside.bytes_per_s, 0.0);
}

}  // namespace
}  // namespace wafercast
