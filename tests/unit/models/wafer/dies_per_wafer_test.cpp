#include "wafer/dies_per_wafer.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "registry/model_set.hpp"
#include "wafer/best_offset.hpp"

namespace wafercast {
namespace {

// docs/models/wafer.md, "Example 2": 5 x 5 mm with a 0.2 mm lane, 300 mm, 5 mm edge (a golden row
// of Chiplet Actuary).
TEST(DiesPerWafer, ActuaryMatchesItsOwnOutput) {
    EXPECT_NEAR(actuary_dies(5.2e-3, 5.2e-3, 0.3, 5e-3), 2318.8628626610207, 1e-9);
}

// 10, 50 and 858 mm2 squares, 0.13 mm lane, 0.1 mm edge: golden rows of CATCH.
TEST(DiesPerWafer, CatchMatchesItsOwnOutput) {
    const double dicing = 0.13e-3;
    const double areas[] = {10.0, 50.0, 858.0};
    const double grid[] = {6342.0, 1289.0, 64.0};
    const double free_rows[] = {6385.0, 1303.0, 66.0};
    for (int i = 0; i < 3; ++i) {
        const double pitch = std::sqrt(areas[i]) * 1e-3 + dicing;
        EXPECT_EQ(catch_grid_dies(pitch, pitch, 0.3, 0.1e-3, dicing), grid[i]);
        EXPECT_EQ(catch_free_rows_dies(pitch, pitch, 0.3, 0.1e-3, dicing), free_rows[i]);
    }
}

TEST(DiesPerWafer, OtherFormsByHand) {
    // S = 1 cm2, d = 30 cm, e = 0.3 cm
    EXPECT_NEAR(ecochip_dies(0.01, 0.01, 0.3, 3e-3), 706.858 - 66.643, 1e-3);
    EXPECT_EQ(rapidchiplet_dies(0.01, 0.01, 0.3, 3e-3), 640.0);
    EXPECT_EQ(google_dies(0.01, 0.01, 0.3, 3e-3), 627.0);  // 29.4 pi (7.5 - 0.70711) = 627.4
    EXPECT_NEAR(de_vries_dies(0.01, 0.01, 0.3, 3e-3), 678.867 - 53.570, 1e-2);
    EXPECT_NEAR(ferris_prabhu_dies(0.01, 0.01, 0.3, 3e-3), 678.867 * std::exp(-2.0 / 29.4), 1e-2);
}

// Every closed form is within a tenth of the placed map for square dies of 1 to 4 cm2 when it knows
// the edge.
TEST(DiesPerWafer, FormsStayNearTheMap) {
    Registry<DiesPerWafer> forms;
    register_dies_per_wafer(forms);
    for (const double side : {8e-3, 12e-3, 18e-3}) {
        const double exact = best_placement({.die_width = side - 0.1e-3,
                                             .die_height = side - 0.1e-3,
                                             .scribe_x = 0.1e-3,
                                             .scribe_y = 0.1e-3,
                                             .edge = 3e-3})
                                 .counts.whole;
        for (const DiesPerWafer* form : forms.all()) {
            EXPECT_NEAR(form->evaluate(side, side, 0.3, 3e-3), exact, 0.1 * exact)
                << form->id << " at " << side;
        }
    }
}

}  // namespace
}  // namespace wafercast
