#include "layout/place.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "layout/block_area.hpp"
#include "layout/floorplan.hpp"
#include "unit/models/silicon_design.hpp"

namespace wafercast {
namespace {

bool violates(const Layout& layout, ConstraintId constraint) {
    return std::any_of(
        layout.violations.begin(), layout.violations.end(),
        [&](const FlatViolation& violation) { return violation.constraint == constraint; });
}

// docs/models/layout.md, "Example 1": N7 -> N4 with shares 0.7, 0.2, 0.1.
TEST(BlockArea, ScalesEachShareByItsOwnDensity) {
    const testing::SiliconDesign made = testing::gpu_design();
    const ResolvedDesign design = made.build();
    const double scale =
        area_scale(design, design->blocks[0].shares, design->nodes[1], design->nodes[0]);
    EXPECT_NEAR(scale, 0.7 * 91.2 / 146.0 + 0.2 * 25.0 / 33.3 + 0.1 * 0.83, 1e-12);
    EXPECT_DOUBLE_EQ(
        area_scale(design, design->blocks[0].shares, design->nodes[0], design->nodes[0]), 1.0);
}

TEST(Place, KeepsThePublishedOutlineWhateverTheUnitArea) {
    for (const double unit_area : {2e-6, 3.5e-6, 5e-6, 9e-6}) {
        testing::SiliconDesign made = testing::gpu_design();
        made.scalars[made.topology.blocks[0].unit_area.index] = unit_area;
        const Layout layout = place(made.build(), {});
        EXPECT_NEAR(layout.dies[0].area, 25.9e-3 * 31.0e-3, 1e-15);
        EXPECT_NEAR(layout.dies[0].width, 25.9e-3, 1e-12);
        EXPECT_NEAR(layout.dies[0].height, 31.0e-3, 1e-12);
        EXPECT_TRUE(layout.violations.empty());
    }
}

TEST(Place, HalvingTheUnitsTakesTheirAreaAway) {
    testing::SiliconDesign made = testing::gpu_design();
    const double before = place(made.build(), {}).dies[0].area;
    made.scalars[made.topology.blocks[0].count.index] = 72.0;
    const Layout after = place(made.build(), {});
    EXPECT_NEAR(before - after.dies[0].area, 72.0 * 3.5e-6, 1e-15);
    EXPECT_NEAR(after.dies[0].width / after.dies[0].height, 25.9 / 31.0, 1e-12);
}

// docs/models/layout.md: rates and memory of a unit are not free.
TEST(Place, AUnitGrowsWithItsRatesAndItsMemory) {
    testing::SiliconDesign made = testing::gpu_design();
    ResolvedBlock& units = made.topology.blocks[0];
    units.datapath_share = made.add(0.3);
    const Scalar fp8 = made.add(20e12);
    const Scalar bf16 = made.add(10e12);
    units.rate[index(NumberFormat::kFp8)] = fp8;
    units.rate[index(NumberFormat::kBf16)] = bf16;
    units.calibration_rate[index(NumberFormat::kFp8)] = 20e12;
    units.calibration_rate[index(NumberFormat::kBf16)] = 10e12;
    units.sram = made.add(256.0 * 1024.0);
    units.calibration_sram = 256.0 * 1024.0;
    const auto area = [&] { return place(made.build(), {}).dies[0].area; };
    const double published = 25.9e-3 * 31.0e-3;
    EXPECT_NEAR(area(), published, 1e-15) << "at calibration content nothing changes";
    made.scalars[fp8.index] = 40e12;
    EXPECT_NEAR(area() - published, 144.0 * 3.5e-6 * 0.3, 1e-12);
    made.scalars[bf16.index] = 20e12;
    EXPECT_NEAR(area() - published, 144.0 * 3.5e-6 * 0.3, 1e-12) << "the largest ratio counts";
    made.scalars[fp8.index] = 10e12;
    made.scalars[bf16.index] = 5e12;
    EXPECT_NEAR(area() - published, -144.0 * 3.5e-6 * 0.15, 1e-12);
    made.scalars[fp8.index] = 20e12;
    made.scalars[made.topology.blocks[0].sram.index] = 512.0 * 1024.0;
    EXPECT_NEAR(area() - published, 144.0 * 256.0 * 1024.0 * 8.0 / 33.3e12, 1e-12);
    made.topology.blocks[0].rate[index(NumberFormat::kFp4)] = made.add(40e12);
    EXPECT_NEAR(area() - published, 144.0 * (256.0 * 1024.0 * 8.0 / 33.3e12 + 3.5e-6 * 0.3), 1e-12)
        << "a format that was not there is held against the fastest";
}

TEST(Place, CacheAreaIsCapacityOverDensity) {
    const Layout layout = place(testing::gpu_design().build(), {});
    EXPECT_NEAR(layout.dies[0].block_area[1], 60e6 * 8.0 / 33.3e12,
                1e-12);  // 480 Mb at 33.3 Mb/mm2
}

TEST(Place, CacheAreaFollowsItsCapacityAlone) {
    testing::SiliconDesign made = testing::gpu_design();
    made.scalars[made.topology.blocks[1].count.index] = 2.0;  // the capacity is the whole block's
    EXPECT_NEAR(place(made.build(), {}).dies[0].block_area[1], 60e6 * 8.0 / 33.3e12, 1e-12);
}

TEST(Place, TwiceTheRestHasTwiceItsArea) {
    testing::SiliconDesign made = testing::gpu_design();
    const double rest = place(made.build(), {}).dies[0].block_area[2];
    made.scalars[made.topology.blocks[2].count.index] = 2.0;
    const Layout layout = place(made.build(), {});
    EXPECT_NEAR(layout.dies[0].block_area[2], 2.0 * rest, 1e-15);
    EXPECT_NEAR(layout.dies[0].area, 25.9e-3 * 31.0e-3 + rest, 1e-15);
}

TEST(Place, WithoutContentADieHasNoSides) {
    testing::SiliconDesign made;
    const std::uint32_t die = made.add_plain_die(made.add_node(9000, 0.1, 90e6, 25, 1.0), 600.0);
    made.set_package("organic");
    made.scalars[made.topology.blocks[die].count.index] = 0.0;
    const Layout layout = place(made.build(), {});
    EXPECT_EQ(layout.dies[die].width, 0.0);
    EXPECT_EQ(layout.dies[die].height, 0.0);
}

TEST(Place, RejectsByShapeNotByArea) {
    testing::SiliconDesign made;
    const std::uint32_t die = made.add_plain_die(made.add_node(9000, 0.1, 90e6, 25, 1.0), 600.0);
    made.topology.dies[die].width = made.add(40e-3);
    made.set_package("organic");
    const Layout layout = place(made.build(), {});
    EXPECT_NEAR(layout.dies[0].height, 15e-3, 1e-12);
    ASSERT_TRUE(violates(layout, ConstraintId::kReticle));
    EXPECT_NEAR(layout.violations[0].value, 40.1e-3, 1e-12);
    EXPECT_NEAR(layout.violations[0].limit, 33e-3, 1e-12);
    made.topology.dies[die].reticle_exempt = true;
    EXPECT_FALSE(violates(place(made.build(), {}), ConstraintId::kReticle));
}

TEST(Place, PaysForDieToDieTraffic) {
    testing::SiliconDesign made;
    const std::uint32_t node = made.add_node(9000, 0.1, 90e6, 25, 1.0);
    const std::uint32_t centre = made.add_plain_die(node, 100.0);
    const std::uint32_t side = made.add_plain_die(node, 50.0, 4.0);
    made.set_package("organic");
    ResolvedLink& link = made.topology.package.d2d;
    link.present = true;
    link.bandwidth = made.add(128e9);
    link.phy_area = made.add(0.4e-6);
    link.phy_shoreline = made.add(0.4e-3);
    made.topology.nets.push_back({centre, side, made.add(256e9)});
    const Layout layout = place(made.build(), {});
    EXPECT_NEAR(layout.dies[side].area, 50e-6 + 2 * 0.4e-6, 1e-15);     // 256 GB/s is two links
    EXPECT_NEAR(layout.dies[centre].area, 100e-6 + 8 * 0.4e-6, 1e-15);  // four neighbours
    EXPECT_FALSE(violates(layout, ConstraintId::kShoreline));
    made.scalars[made.topology.nets[0].bandwidth.index] = 256e9 * 60;
    EXPECT_TRUE(violates(place(made.build(), {}), ConstraintId::kShoreline));
}

bool overlap(const PackageRect& a, const PackageRect& b, double spacing) {
    const double slack = 1e-12;
    return a.x + a.width + spacing > b.x + slack && b.x + b.width + spacing > a.x + slack &&
           a.y + a.height + spacing > b.y + slack && b.y + b.height + spacing > a.y + slack;
}

TEST(Floorplan, PacksManyDiesNearlySquare) {
    const Floorplan plan = floorplan({{PackageRect::Kind::kDie, 0, 10000, 2e-3, 1e-3}}, 0.0);
    EXPECT_EQ(plan.rects.size(), 10000U);
    EXPECT_NEAR(plan.width, std::sqrt(2e-2), 2e-3);  // 10,000 x 2 mm2
    EXPECT_NEAR(plan.height, std::sqrt(2e-2), 2e-3);
}

TEST(Floorplan, KeepsEveryPartApartAndInside) {
    const std::vector<std::vector<FloorplanPart>> cases = {
        {{PackageRect::Kind::kDie, 0, 1, 26e-3, 31e-3},
         {PackageRect::Kind::kMemory, 0, 6, 11e-3, 10e-3}},
        {{PackageRect::Kind::kDie, 0, 2, 26e-3, 31e-3},
         {PackageRect::Kind::kMemory, 0, 8, 11e-3, 10e-3}},
        {{PackageRect::Kind::kDie, 0, 4, 10e-3, 8e-3},
         {PackageRect::Kind::kDie, 1, 1, 20e-3, 9e-3}},
        {{PackageRect::Kind::kDie, 0, 7, 12e-3, 8e-3},
         {PackageRect::Kind::kMemory, 0, 3, 10e-3, 11e-3}},
    };
    for (const auto& parts : cases) {
        const Floorplan plan = floorplan(parts, 0.2e-3);
        for (std::size_t i = 0; i < plan.rects.size(); ++i) {
            const PackageRect& rect = plan.rects[i];
            EXPECT_GE(rect.x, -1e-15);
            EXPECT_GE(rect.y, -1e-15);
            EXPECT_LE(rect.x + rect.width, plan.width + 1e-15);
            EXPECT_LE(rect.y + rect.height, plan.height + 1e-15);
            for (std::size_t j = 0; j < i; ++j) {
                EXPECT_FALSE(overlap(rect, plan.rects[j], 0.2e-3)) << i << " and " << j;
            }
        }
    }
}

TEST(Place, MemoryNeedsDieEdge) {
    testing::SiliconDesign made = testing::gpu_design();
    made.topology.blocks[2].role = BlockRole::kMemoryPhy;
    made.topology.package.memory[0].phy_shoreline = made.add(8e-3);
    EXPECT_FALSE(violates(place(made.build(), {}), ConstraintId::kShoreline));
    made.scalars.back() = 20e-3;  // six of 20 mm on 2 x (25.9 + 31.0) mm
    const Layout layout = place(made.build(), {});
    ASSERT_TRUE(violates(layout, ConstraintId::kShoreline));
    EXPECT_NEAR(layout.violations[0].value, 0.12, 1e-12);
    EXPECT_NEAR(layout.violations[0].limit, 0.1138, 1e-12);
}

// Eight dies on four: two on each, inside it, apart from each other, and no carrier area of their
// own.
TEST(Place, PutsStackedDiesOnTheirBase) {
    testing::SiliconDesign made;
    const std::uint32_t node = made.add_node(9000, 0.1, 90e6, 25, 1.0);
    const std::uint32_t base = made.add_plain_die(node, 370.0, 4.0);
    made.set_package("organic");
    const double bare = place(made.build(), {}).substrate_area;
    const std::uint32_t top = made.add_plain_die(node, 64.0, 8.0);
    made.topology.dies[top].on_die = static_cast<int>(base);
    const Layout layout = place(made.build(), {});
    EXPECT_NEAR(layout.substrate_area, bare, 1e-15);
    int stacked = 0;
    for (const PackageRect& rect : layout.rects) {
        if (rect.kind != PackageRect::Kind::kDie || rect.index != static_cast<int>(top)) {
            continue;
        }
        ++stacked;
        int holders = 0;
        for (const PackageRect& other : layout.rects) {
            const bool is_base =
                other.kind == PackageRect::Kind::kDie && other.index == static_cast<int>(base);
            holders += is_base && rect.x >= other.x && rect.y >= other.y &&
                               rect.x + rect.width <= other.x + other.width &&
                               rect.y + rect.height <= other.y + other.height
                           ? 1
                           : 0;
            const bool is_top =
                other.kind == PackageRect::Kind::kDie && other.index == static_cast<int>(top);
            EXPECT_FALSE(is_top && !(other == rect) && overlap(rect, other, 0.0));
        }
        EXPECT_EQ(holders, 1);
    }
    EXPECT_EQ(stacked, 8);
}

// docs/models/layout.md, "Example 2".
TEST(Place, CarriesTheFloorplanOnAnInterposer) {
    const Layout layout = place(testing::gpu_design().build(), {});
    // Three stacks of 11 mm with 0.1 mm gaps on each long side of a 25.9 x 31.0 mm die; 0.5 mm
    // margin.
    EXPECT_NEAR(layout.interposer_width, 25.9e-3 + 2 * (10e-3 + 0.1e-3) + 1e-3, 1e-12);
    EXPECT_NEAR(layout.interposer_height, 33.2e-3 + 1e-3, 1e-12);
    EXPECT_NEAR(layout.substrate_area, 2.0 * layout.interposer_area, 1e-12);
    EXPECT_EQ(layout.rects.size(), 9U);
    testing::SiliconDesign twelve = testing::gpu_design();
    twelve.scalars[twelve.topology.package.memory[0].count.index] = 20.0;
    EXPECT_TRUE(violates(place(twelve.build(), {}), ConstraintId::kInterposerArea));
}

}  // namespace
}  // namespace wafercast
