#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wafer/best_offset.hpp"

namespace wafercast {
namespace {

double between(double low, double high) {
    return low + (high - low) * *rc::gen::inRange(0, 1 << 20) / (1 << 20);
}

WaferGeometry any_geometry() {
    WaferGeometry geometry{.die_width = between(2e-3, 27e-3),
                           .die_height = between(2e-3, 34e-3),
                           .scribe_x = between(0.0, 0.3e-3),
                           .scribe_y = between(0.0, 0.3e-3),
                           .diameter = *rc::gen::element(0.2, 0.3, 0.45),
                           .edge = between(0.0, 6e-3),
                           .notch = between(0.0, 8e-3),
                           .reticle_limit = *rc::gen::arbitrary<bool>(),
                           .offset_x = between(-0.03, 0.03),
                           .offset_y = between(-0.03, 0.03)};
    if (!geometry.reticle_limit) {
        geometry.field_width = geometry.field_height = geometry.diameter;
    }
    if (*rc::gen::inRange(0, 5) == 0) {
        geometry.panel = true;
        geometry.panel_width = 0.51;
        geometry.panel_height = 0.515;
    }
    return geometry;
}

RC_GTEST_PROP(WaferMapProperty, CountingEqualsTheMap, ()) {
    const WaferGeometry geometry = any_geometry();
    const WaferMap map = place_dies(geometry);
    RC_ASSERT(count_dies(geometry) == map.counts);
    RC_ASSERT(map.counts.total == map.counts.whole + map.counts.partial + map.counts.lost);
    RC_ASSERT(static_cast<int>(map.shots.size()) ==
              map.counts.full_shots + map.counts.partial_shots);
}

RC_GTEST_PROP(WaferMapProperty, BestOffsetIsNoWorseThanAnyOffset, ()) {
    WaferGeometry geometry = any_geometry();
    geometry.reticle_limit = true;
    geometry.field_width = 26e-3;
    geometry.field_height = 33e-3;
    RC_PRE(count_dies(geometry).columns > 0 && count_dies(geometry).rows > 0);
    const WaferPlacement best = best_offset(geometry);
    // Along y the search has a step; one row's end more is all that may hide between two of its
    // points.
    RC_ASSERT(best.counts.whole * 1.02 + 1.0 >= count_dies(geometry).whole);
    RC_ASSERT(place_dies(best.geometry).counts == best.counts);
}

}  // namespace
}  // namespace wafercast
