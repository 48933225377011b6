#include "wafer/cost_dies.hpp"

#include <gtest/gtest.h>

#include "layout/place.hpp"
#include "unit/models/silicon_design.hpp"

namespace wafercast {
namespace {

SiliconCost cost(const testing::SiliconDesign& made) {
    const ResolvedDesign design = made.build();
    const Context context;
    return cost_dies(design, place(design, context), context);
}

// docs/models/wafer.md, "Example 3".
TEST(CostDies, MatchesWorkedExample) {
    testing::SiliconDesign made;
    made.add_plain_die(made.add_node(9000, 0.1, 90e6, 25, 1.0), 100.0);
    const DieCost die = cost(made).dies[0];
    EXPECT_EQ(die.gross_dies, 616.0);
    EXPECT_NEAR(die.yield, 1.0 / (1.05 * 1.05), 1e-12);  // (1 + 0.1 / 2)^-2
    EXPECT_NEAR(die.cost, (9000.0 + 200.0) / 616.0 * 1.05 * 1.05, 1e-9);
    EXPECT_DOUBLE_EQ(die.sellable_yield, die.yield);
}

TEST(CostDies, HarvestingMakesAReticleSizeDieAffordable) {
    const SiliconCost silicon = cost(testing::gpu_design());
    EXPECT_GT(silicon.dies[0].sellable_yield, 1.4 * silicon.dies[0].yield);
    EXPECT_TRUE(silicon.violations.empty());
    EXPECT_GT(silicon.dies[0].gross_dies, 60.0);
}

// Spare rows of an SRAM save dies; they do not make a defect of it none.
TEST(CostDies, YieldIsOfADieWithoutADefectAnywhere) {
    const testing::SiliconDesign made = testing::gpu_design();
    const ResolvedDesign design = made.build();
    const Context context;
    const Layout layout = place(design, context);
    FaultProfile all;
    all.clustering = design[design->dies[0].clustering];
    all.fatal_faults = design[design->dies[0].defect_density] * layout.dies[0].area;
    all.systematic_yield = design.get(design->nodes[design->dies[0].node].systematic_yield, 1.0);
    EXPECT_NEAR(cost(made).dies[0].yield, design->dies[0].yield_model->evaluate(all), 1e-12);
}

TEST(CostDies, StaysFiniteWhenNoDieFits) {
    testing::SiliconDesign made;
    const std::uint32_t die = made.add_plain_die(made.add_node(9000, 0.1, 90e6, 25, 1.0), 90000.0);
    made.topology.dies[die].reticle_exempt = true;
    const SiliconCost silicon = cost(made);
    ASSERT_EQ(silicon.violations.size(), 1U);
    EXPECT_EQ(silicon.violations[0].constraint, ConstraintId::kWaferDies);
    EXPECT_TRUE(std::isfinite(silicon.dies[0].cost));
}

TEST(CostDies, AnEmptyDieIsNotCutFromAWafer) {
    testing::SiliconDesign made;
    const std::uint32_t die = made.add_plain_die(made.add_node(9000, 0.1, 90e6, 25, 1.0), 100.0);
    made.scalars[made.topology.blocks[made.topology.dies[die].blocks[0]].count.index] = 0.0;
    const SiliconCost silicon = cost(made);
    ASSERT_EQ(silicon.violations.size(), 1U);
    EXPECT_EQ(silicon.violations[0].constraint, ConstraintId::kWaferDies);
    EXPECT_TRUE(std::isfinite(silicon.dies[0].cost));
}

TEST(CostDies, SharesNreByReuse) {
    testing::SiliconDesign made;
    const std::uint32_t die = made.add_plain_die(made.add_node(9000, 0.1, 90e6, 25, 1.0), 100.0);
    made.topology.dies[die].mask_set_count = made.add(1.5);
    made.topology.dies[die].design_nre = made.add(200e6);
    made.topology.dies[die].software_nre = made.add(40e6);
    made.topology.dies[die].reuse = made.add(4.0);
    const SiliconCost silicon = cost(made);
    EXPECT_DOUBLE_EQ(silicon.dies[0].mask_nre, 1.5 * 18e6 / 4.0);
    EXPECT_DOUBLE_EQ(silicon.dies[0].design_nre, 240e6 / 4.0);
    EXPECT_DOUBLE_EQ(silicon.nre, silicon.dies[0].mask_nre + silicon.dies[0].design_nre);
}

/// Silicon cost of `count` dies of an area over that of one of another, at one defect density.
double ratio(double area, double count, double other, double density, const char* model) {
    testing::SiliconDesign made;
    const std::uint32_t node = made.add_node(3984, density, 28.9e6, 10, 1.3);
    made.scalars[made.topology.nodes[node].clustering.index] = 3.0;
    for (const double die_area : {area, other}) {
        const std::uint32_t die = made.add_plain_die(node, die_area);
        made.topology.dies[die].yield_model = testing::SiliconDesign::models().yield.find(model);
    }
    const SiliconCost silicon = cost(made);
    return count * silicon.dies[0].cost / silicon.dies[1].cost;
}

// V1: AMD states that four 213 mm2 chiplets cost 0.59 of one 777 mm2 die (14 nm); the defect
// density at which each model says so lies in 0.08 to 0.105 /cm2.
TEST(CostDies, FourChipletsCostWhatAmdStates) {
    for (const char* model : {"poisson", "murphy", "negative-binomial"}) {
        double nearest = 1.0;
        for (double density = 0.08; density < 0.1051; density += 0.0025) {
            const double value = ratio(213.0, 4.0, 777.0, density, model);
            nearest =
                std::abs(value / 0.59 - 1.0) < std::abs(nearest / 0.59 - 1.0) ? value : nearest;
        }
        EXPECT_NEAR(nearest, 0.59, 0.05 * 0.59) << model;
    }
}

}  // namespace
}  // namespace wafercast
