#include "kernels/collective.hpp"

#include <array>
#include <gtest/gtest.h>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

/// Round numbers: docs/models/collectives.md works with them.
KernelConstants constants() {
    KernelConstants k;
    CollectiveConstants& c = k.collective;
    c.launch = 5e-6;
    c.word_hop = 1e-6;
    c.word_ramp = 0.0;
    c.word_once = 1.0;
    c.word_rate = 0.4;
    c.line_start = 1e-6;
    c.line_hop = 2e-6;
    c.line_rate = 0.64;
    c.block_start = 7e-6;
    c.block_hop = 2e-6;
    c.block_rate = 0.8;
    c.block_fill = 1.0;
    c.local_rate = 0.5;
    c.narrow = 1.0;
    c.switch_peer = 2e-6;
    c.switch_fill = 1.0;
    c.switch_rate = 0.65;
    c.pair_word = 1e-6;
    c.pair_word_rate = 0.01;
    c.pair_start = 6e-6;
    c.pair_peer = 0.1e-6;
    c.pair_fill = 1.0;
    c.pair_rate = 0.7;
    c.direct_launch = 3e-6;
    c.direct_peer = 0.1e-6;
    c.direct_two = 4e-6;
    c.direct_rate = 0.6;
    c.direct_limit = 8e6;
    c.direct_pool = 1e15;
    c.eager = 20e-6;
    c.copy_rate = 0.9;
    c.routed_start = 20e-6;
    c.routed_rate = 0.67;
    c.host_hop = 1.5;
    c.host_share = 0.25;
    c.net_hop = 5e-6;
    c.net_rate = 0.8;
    return k;
}

/// 400 GB/s links, 2 TB/s memory, servers of 8 joined at 50 GB/s.
KernelDevice device(const KernelConstants& constants) {
    KernelDevice d;
    d.link_bandwidth = 400e9;
    d.memory_bandwidth = 2e12;
    d.devices_per_server = 8.0;
    d.scale_out_bandwidth = 50e9;
    d.constants = &constants;
    return d;
}

// docs/models/collectives.md, "Example 1".
TEST(Collective, GatherOfBlocksMatchesWorkedExample) {
    const KernelConstants k = constants();
    const KernelTime time =
        collective_time(device(k), {.kind = CollectiveKind::kAllGather, .ranks = 8, .bytes = 80e6});
    // 5 + 7 + 7 x 2 us; 70 MB over 320 GB/s and 2 x 10 MB over 1 TB/s
    EXPECT_NEAR(time.seconds, 26e-6 + 70e6 / 320e9 + 20e6 / 1e12, 1e-10);
    EXPECT_NEAR(time.launch, 26e-6, 1e-12);
    EXPECT_DOUBLE_EQ(time.bytes, 70e6);
    EXPECT_EQ(time.bound(), KernelBound::kMemory);
}

TEST(Collective, ShortTensorsGoAsFlaggedWords) {
    const KernelConstants k = constants();
    const KernelTime time =
        collective_time(device(k), {.kind = CollectiveKind::kAllReduce, .ranks = 4, .bytes = 1e3});
    EXPECT_NEAR(time.seconds, 5e-6 + 6 * 1e-6 + 7.0 / 4.0 * 1e3 / 160e9, 1e-10);
    EXPECT_EQ(time.bound(), KernelBound::kLaunch);
}

TEST(Collective, OnlySwitchesThatAddDoAndOnlyWideElements) {
    const KernelConstants k = constants();
    KernelDevice d = device(k);
    CollectiveShape shape{.kind = CollectiveKind::kAllReduce, .ranks = 8, .bytes = 1e9};
    const double ring = collective_time(d, shape).seconds;
    d.in_network_reduction = true;
    EXPECT_NEAR(collective_time(d, shape).seconds, 21e-6 + 1.125e9 / 260e9, 1e-9);
    EXPECT_LT(collective_time(d, shape).seconds, ring);
    shape.element_bytes = 1.0;
    EXPECT_DOUBLE_EQ(collective_time(d, shape).seconds, ring);
    shape.element_bytes = 2.0;
    shape.ranks = 2.0;  // nothing to add up in a switch that two ranks do not add themselves
    d.in_network_reduction = false;
    const double two = collective_time(d, shape).seconds;
    d.in_network_reduction = true;
    EXPECT_DOUBLE_EQ(collective_time(d, shape).seconds, two);
}

TEST(Collective, CustomAllReduceTakesOneShotThenTwoThenTheLibrary) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    CollectiveShape shape{.ranks = 8, .bytes = 16e3, .code = CollectiveCode::kCustomGraph};
    EXPECT_NEAR(collective_time(d, shape).seconds, 3.7e-6 + 7 * 16e3 / 240e9, 1e-12);
    shape.bytes = 4e6;
    EXPECT_NEAR(collective_time(d, shape).seconds, 7.7e-6 + 1.75 * 4e6 / 240e9, 1e-12);
    shape.bytes = 8e6;
    const double library = collective_time(d, shape).seconds;
    shape.code = CollectiveCode::kNccl;
    EXPECT_DOUBLE_EQ(library, collective_time(d, shape).seconds);
}

TEST(Collective, EagerCallsShowTheLongerOfHostAndKernelAndACopy) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    CollectiveShape shape{.ranks = 2, .bytes = 16e3, .code = CollectiveCode::kCustomEager};
    EXPECT_NEAR(collective_time(d, shape).seconds, 20e-6 + 32e3 / 1.8e12, 1e-12);
    shape.bytes = 1e9;
    CollectiveShape graph = shape;
    graph.code = CollectiveCode::kCustomGraph;
    EXPECT_NEAR(collective_time(d, shape).seconds, collective_time(d, graph).seconds + 2e9 / 1.8e12,
                1e-9);
}

TEST(Collective, TopologyIsAnInput) {
    const KernelConstants k = constants();
    KernelDevice d = device(k);
    EXPECT_DOUBLE_EQ(wire_bandwidth(d, 2), 400e9);
    d.scale_up = ScaleUp::kFullyConnected;  // a seventh of the links lead to each peer
    EXPECT_DOUBLE_EQ(wire_bandwidth(d, 2), 400e9 / 7);
    EXPECT_DOUBLE_EQ(wire_bandwidth(d, 8), 400e9);
    d.scale_up = ScaleUp::kHost;
    d.devices_per_root = 2;
    EXPECT_DOUBLE_EQ(wire_bandwidth(d, 2), 400e9);
    EXPECT_DOUBLE_EQ(wire_bandwidth(d, 4), 100e9);
    d.devices_per_root = 4;
    EXPECT_DOUBLE_EQ(wire_bandwidth(d, 4), 400e9);
}

// Over two servers of 8: 1/8 of the tensor crosses the network, there and back.
TEST(Collective, ServersAddTheirSharesOfTheNetwork) {
    const KernelConstants k = constants();
    const KernelDevice d = device(k);
    CollectiveShape shape{.kind = CollectiveKind::kAllReduce, .ranks = 8, .bytes = 80e6};
    const double inside = collective_time(d, shape).seconds;
    shape.ranks = 16;
    EXPECT_NEAR(collective_time(d, shape).seconds, inside + 2 * 5e-6 + 2.0 * 0.5 * 10e6 / 40e9,
                1e-9);
    const CollectiveShape hop{.kind = CollectiveKind::kPointToPoint, .bytes = 1e6, .across = true};
    EXPECT_NEAR(collective_time(d, hop).seconds, 10e-6 + 1e6 / 40e9, 1e-12);
}

// Published times of the low-latency kernels of DeepEP: H800 (200 GB/s links) in servers of 8 with
// 400 Gb/s InfiniBand; 128 tokens of 7168 for 8 experts each, fp8 there and bf16 back.
// @cite deepseek-2025-deepep
TEST(Collective, RoutedExchangeMatchesPublishedTimes) {
    const KernelConstants k = constants();
    KernelDevice d = device(k);
    d.link_bandwidth = 200e9;
    struct Row {
        double ranks, dispatch_us, combine_us;
    };
    constexpr std::array<Row, 6> rows{{{8, 77, 114},
                                       {16, 118, 195},
                                       {32, 155, 273},
                                       {64, 173, 314},
                                       {128, 192, 369},
                                       {256, 194, 360}}};
    for (const Row& row : rows) {
        CollectiveShape shape{.kind = CollectiveKind::kAllToAll,
                              .ranks = row.ranks,
                              .bytes = 128.0 * 8.0 * 7168.0,
                              .code = CollectiveCode::kRouted};
        EXPECT_NEAR(collective_time(d, shape).seconds * 1e6 / row.dispatch_us, 1.0, 0.12);
        shape.bytes *= 2.0;
        EXPECT_NEAR(collective_time(d, shape).seconds * 1e6 / row.combine_us, 1.0, 0.12);
    }
}

TEST(Collective, OneRankTakesNoTime) {
    const KernelConstants k = constants();
    EXPECT_EQ(collective_time(device(k), {.ranks = 1, .bytes = 1e9}).seconds, 0.0);
}

}  // namespace
}  // namespace wafercast
