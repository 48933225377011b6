#include "wafer/wafer_map.hpp"

#include <gtest/gtest.h>

#include "math/math.hpp"
#include "registry/model_set.hpp"
#include "wafer/best_offset.hpp"
#include "wafer/reticle_map_row.hpp"
#include "yield/yield_models.hpp"

namespace wafercast {
namespace {

struct Row {
    double width, height, wafer, edge, notch, scribe;
    bool limit;
    int total, good, defective, partial, lost, full_shots, partial_shots;
};

// Ten rows of the reference map of the SemiAnalysis calculator (its repository at 48058e7), Murphy
// at 0.1 /cm2.
constexpr Row kRows[] = {
    {8, 8, 200, 3, 5, 0.1, true, 528, 368, 24, 92, 44, 20, 24},
    {8, 8, 200, 3, 5, 0.1, false, 576, 368, 24, 92, 92, 0, 1},
    {10, 10, 200, 3, 5, 0.2, true, 288, 232, 24, 32, 0, 32, 16},
    {9.2, 9.6, 200, 3, 5, 0.1, true, 336, 264, 24, 44, 4, 40, 16},
    {10, 12, 200, 3, 5, 0.1, true, 240, 181, 23, 36, 0, 44, 16},
    {25, 30, 200, 3, 5, 0.1, false, 42, 13, 13, 16, 0, 0, 1},
    {25.8, 32.8, 200, 3, 5, 0.1, true, 20, 9, 11, 0, 0, 20, 0},
    {5, 5, 300, 3, 5, 0.1, true, 3000, 2427, 61, 208, 304, 68, 32},
    {8, 8, 300, 3, 5, 0.2, false, 1296, 878, 58, 140, 220, 0, 1},
    {12.9, 16.4, 300, 3, 5, 0.2, false, 396, 221, 51, 68, 56, 0, 1},
};

TEST(ReticleMapRow, MatchesReferenceRows) {
    const YieldModel murphy{
        .id = "murphy", .title = {}, .citation = {}, .formula = {}, .evaluate = murphy_yield};
    for (const Row& r : kRows) {
        const double field_width = r.limit ? 26.0 : r.wafer;
        const double field_height = r.limit ? 33.0 : r.wafer;
        const ReticleMapInput input{.die_width_mm = r.width,
                                    .die_height_mm = r.height,
                                    .wafer_mm = r.wafer,
                                    .critical_area_mm2 = r.width * r.height,
                                    .defects_per_cm2 = 0.1,
                                    .edge_mm = r.edge,
                                    .notch_mm = r.notch,
                                    .scribe_x_mm = r.scribe,
                                    .scribe_y_mm = r.scribe,
                                    .reticle_limit = r.limit,
                                    .field_width_mm = field_width,
                                    .field_height_mm = field_height};
        const ReticleMapRow row = reticle_map_row(input, murphy);
        SCOPED_TRACE(std::to_string(r.width) + " x " + std::to_string(r.height));
        EXPECT_EQ(row.counts.total, r.total);
        EXPECT_EQ(row.good, r.good);
        EXPECT_EQ(row.defective, r.defective);
        EXPECT_EQ(row.counts.partial, r.partial);
        EXPECT_EQ(row.counts.lost, r.lost);
        EXPECT_EQ(row.counts.full_shots, r.full_shots);
        EXPECT_EQ(row.counts.partial_shots, r.partial_shots);
        EXPECT_EQ(place_dies(geometry_of(input)).counts, row.counts);
    }
}

// docs/models/wafer.md, "Example 1".
TEST(WaferMap, ListsWhatItCounts) {
    const WaferMap map = place_dies({.die_width = 20e-3,
                                     .die_height = 20e-3,
                                     .scribe_x = 0.2e-3,
                                     .scribe_y = 0.2e-3,
                                     .diameter = 0.2,
                                     .edge = 3e-3,
                                     .notch = 5e-3});
    EXPECT_EQ(map.counts.whole, 52);
    EXPECT_EQ(map.counts.total, 52);
    EXPECT_EQ(map.dies.size(), 52U);
    EXPECT_EQ(map.shots.size(), 52U);
    for (const MapDie& die : map.dies) {
        EXPECT_EQ(die.status, DieStatus::kWhole);
    }
}

TEST(WaferMap, HasNoDieWhereNoneFitsTheField) {
    const WaferGeometry geometry{.die_width = 40e-3, .die_height = 15e-3};
    EXPECT_TRUE(place_dies(geometry).dies.empty());
    EXPECT_EQ(count_dies(geometry).total, 0);
    EXPECT_FALSE(fits_field(40e-3, 15e-3, 0.1e-3, 26e-3, 33e-3));
    EXPECT_TRUE(fits_field(32e-3, 15e-3, 0.1e-3, 26e-3, 33e-3));
    EXPECT_FALSE(fits_field(26e-3, 33e-3, 0.1e-3, 26e-3, 33e-3));
}

TEST(WaferMap, FillsAPanelToItsMargin) {
    const WaferGeometry geometry{.die_width = 50e-3,
                                 .die_height = 50e-3,
                                 .edge = 5e-3,
                                 .field_width = 50e-3,
                                 .field_height = 50e-3,
                                 .panel = true,
                                 .panel_width = 0.51,
                                 .panel_height = 0.515};
    EXPECT_EQ(best_offset(geometry).counts.whole, 100);
    EXPECT_EQ(count_dies(geometry).whole, 100);
}

TEST(BestOffset, IsAsGoodAsAFineGridOfOffsets) {
    for (std::uint64_t i = 0; i < 6; ++i) {
        WaferGeometry geometry{.die_width = 4e-3 + 20e-3 * math::uniform(3, 2 * i),
                               .die_height = 4e-3 + 27e-3 * math::uniform(3, 2 * i + 1),
                               .scribe_x = 0.1e-3,
                               .scribe_y = 0.1e-3,
                               .edge = 3e-3,
                               .notch = 1e-3};
        const WaferPlacement best = best_offset(geometry);
        EXPECT_EQ(place_dies(best.geometry).counts, best.counts);
        EXPECT_EQ(best_offset(geometry), best);
        int densest = 0;
        for (int a = 0; a < 100; ++a) {
            for (int b = 0; b < 100; ++b) {
                geometry.offset_x = 0.01 * a * (geometry.die_width + geometry.scribe_x);
                geometry.offset_y = 0.01 * b * (geometry.die_height + geometry.scribe_y);
                densest = std::max(densest, count_dies(geometry).whole);
            }
        }
        EXPECT_GE(best.counts.whole, densest);
    }
}

TEST(BestPlacement, TurnsADieThatFitsOnlyTurned) {
    const WaferGeometry geometry{
        .die_width = 32e-3, .die_height = 20e-3, .scribe_x = 0.1e-3, .scribe_y = 0.1e-3};
    const WaferPlacement placed = best_placement(geometry);
    EXPECT_TRUE(placed.rotated);
    EXPECT_GT(placed.counts.whole, 80);
}

TEST(BestPlacement, PutsOneWaferScalePartWithItsCornersCut) {
    WaferGeometry geometry{.die_width = 0.215,
                           .die_height = 0.215,
                           .scribe_x = 0.1e-3,
                           .scribe_y = 0.1e-3,
                           .edge = 3e-3,
                           .notch = 1e-3,
                           .reticle_limit = false};
    EXPECT_TRUE(best_placement(geometry).corners_cut);
    EXPECT_EQ(best_placement(geometry).counts.whole, 1);
    geometry.die_width = geometry.die_height = 0.28;  // 784 cm2 > pi 14.7^2 = 679 cm2
    EXPECT_EQ(best_placement(geometry).counts.whole, 0);
    geometry.die_width = geometry.die_height = 0.2;
    EXPECT_FALSE(best_placement(geometry).corners_cut);
}

}  // namespace
}  // namespace wafercast
