#include "package/assembly.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "layout/place.hpp"
#include "unit/models/silicon_design.hpp"
#include "wafer/cost_dies.hpp"

namespace wafercast {
namespace {

TEST(AssemblyLine, ScrapIsWhatFailuresTakeWithThem) {
    AssemblyLine line;
    double part = 0.0;
    line.add(part, 100.0);
    line.lose(0.8);
    line.add(part, 50.0);
    line.lose(0.5);
    EXPECT_DOUBLE_EQ(part, 150.0);
    EXPECT_DOUBLE_EQ(line.value(), (100.0 / 0.8 + 50.0) / 0.5);
    EXPECT_DOUBLE_EQ(line.value(), part + line.scrap());
    EXPECT_DOUBLE_EQ(line.yield(), 0.4);
}

struct Built {
    Layout layout;
    SiliconCost silicon;
    PackageCost cost;
};

Built build(const testing::SiliconDesign& made) {
    const ResolvedDesign design = made.build();
    const Context context;
    Built built;
    built.layout = place(design, context);
    built.silicon = cost_dies(design, built.layout, context);
    built.cost = design->package.flow->assemble(design, built.layout, built.silicon, context);
    return built;
}

// docs/models/package.md, "Example 1": two plain dies on an organic substrate.
TEST(OrganicFlow, MatchesWorkedExample) {
    testing::SiliconDesign made;
    made.add_plain_die(made.add_node(9000, 0.1, 90e6, 25, 1.0), 100.0, 2.0);
    made.set_package("organic");
    const Built built = build(made);
    const double die = built.silicon.dies[0].cost;
    const double area = built.layout.substrate_area * 1e6;
    const double bonded = (0.02 * area + 2.0 * die + 0.01 * 200.0) / (0.99 * 0.99);
    const double total = ((bonded + 40.0) / 0.98 + 30.0) / 0.97;
    EXPECT_NEAR(built.cost.total, total, 1e-9 * total);
    EXPECT_NEAR(built.cost.yield, 0.99 * 0.99 * 0.98 * 0.97, 1e-12);
    EXPECT_NEAR(area, 2.0 * 200.0, 45.0);  // twice the dies, or the floorplan with its margin
}

// docs/models/package.md, "Example 2": a lost bond loses interposer, dies and stacks, not the
// substrate.
TEST(InterposerFlow, MatchesWorkedExample) {
    const Built built = build(testing::gpu_design());
    const PackageCost& cost = built.cost;
    EXPECT_GE(cost.interposers_per_wafer, 28.0);
    EXPECT_LE(cost.interposers_per_wafer, 36.0);
    EXPECT_NEAR(cost.interposer, 12000.0 / cost.interposers_per_wafer, 1e-9);
    EXPECT_NEAR(cost.memory, 6 * 16 * 12.0, 1e-9);
    const double module =
        (cost.interposer + cost.dies + cost.memory + 0.01 * built.layout.dies[0].area * 1e6) /
        (0.99 * std::pow(0.995, 6));
    const double total = ((module + cost.substrate + 40.0) / 0.98 + 30.0) / 0.97;
    EXPECT_NEAR(cost.total, total, 1e-9 * total);
}

TEST(OrganicFlow, BondsStackedDiesTheirOwnWay) {
    testing::SiliconDesign made;
    const std::uint32_t node = made.add_node(9000, 0.1, 90e6, 25, 1.0);
    made.add_plain_die(node, 300.0);
    const std::uint32_t top = made.add_plain_die(node, 50.0, 3.0);
    made.topology.dies[top].on_die = 0;
    made.set_package("organic");
    made.topology.package.stacked_bond_yield = made.add(0.9);
    made.topology.package.stacked_bond_cost = made.add((0.05 * USD / mm2).base());
    const Built built = build(made);
    EXPECT_NEAR(built.cost.yield, 0.99 * 0.9 * 0.9 * 0.9 * 0.98 * 0.97, 1e-12);
    EXPECT_NEAR(built.cost.assembly, 0.01 * 300.0 + 0.05 * 150.0 + 40.0, 1e-9);
}

TEST(Flows, EscapesOfSortAreFoundAtFinalTest) {
    testing::SiliconDesign made = testing::gpu_design();
    const Built clean = build(made);
    made.scalars[made.topology.dies[0].sort_coverage.index] = 0.8;
    const Built leaky = build(made);
    EXPECT_LT(leaky.silicon.dies[0].outgoing_quality, 1.0);
    EXPECT_LT(leaky.silicon.dies[0].cost, clean.silicon.dies[0].cost);
    EXPECT_GT(leaky.cost.total, clean.cost.total);
    EXPECT_NEAR(leaky.cost.yield, clean.cost.yield * leaky.silicon.dies[0].outgoing_quality, 1e-9);
}

}  // namespace
}  // namespace wafercast
