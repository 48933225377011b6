#include "yield/fault_profile.hpp"

#include <gtest/gtest.h>

#include "layout/place.hpp"
#include "unit/models/silicon_design.hpp"

namespace wafercast {
namespace {

TEST(FaultProfile, SplitsADieByWhatADefectDoesThere) {
    const ResolvedDesign design = testing::gpu_design().build();
    const Layout layout = place(design, {});
    const FaultInventory inventory = fault_inventory(design, design->dies[0], layout.dies[0]);
    const PlacedDie& die = layout.dies[0];
    const double density = 0.1e4;
    EXPECT_EQ(inventory.profile.group_count, 1);
    EXPECT_DOUBLE_EQ(inventory.profile.groups[0].physical, 144.0);
    EXPECT_DOUBLE_EQ(inventory.profile.groups[0].required, 132.0);
    EXPECT_NEAR(inventory.profile.groups[0].faults_per_unit, density * 3.5e-6 * 0.9, 1e-15);
    const double fatal = 0.1 * die.block_area[0] + 0.2 * die.block_area[1] + die.block_area[2];
    EXPECT_NEAR(inventory.profile.fatal_faults, density * fatal, 1e-12);
    EXPECT_NEAR(inventory.repairable_share,
                (0.9 * die.block_area[0] + 0.8 * die.block_area[1]) / die.area, 1e-12);
}

TEST(FaultProfile, UnitsWithoutSparesAreFatal) {
    testing::SiliconDesign all_sold = testing::gpu_design();
    all_sold.topology.blocks[0].sold_per_count = 1.0;
    const ResolvedDesign design = all_sold.build();
    const Layout layout = place(design, {});
    const FaultProfile profile = fault_profile(design, design->dies[0], layout.dies[0]);
    EXPECT_EQ(profile.group_count, 0);
    EXPECT_NEAR(profile.expected_faults(),
                0.1e4 * (layout.dies[0].area - 0.8 * layout.dies[0].block_area[1]), 1e-12);
}

}  // namespace
}  // namespace wafercast
