// Test models and closed forms for dies per wafer: ranges and directions, for every registered one.
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <rapidcheck/gtest.h>

#include "register_models.hpp"
#include "registry/model_set.hpp"
#include "wafer/best_offset.hpp"

namespace wafercast {
namespace {

const ModelSet& models() {
    static const ModelSet set = [] {
        ModelSet all;
        register_models(all);
        return all;
    }();
    return set;
}

double between(double low, double high) {
    return low + (high - low) * *rc::gen::inRange(0, 1 << 20) / (1 << 20);
}

std::string plain_name(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

class EveryTestModel : public ::testing::TestWithParam<const TestModel*> {};

TEST_P(EveryTestModel, PassesAllGoodPartsAndLeavesFewerBadOnesTheMoreItCovers) {
    const TestModel& model = *GetParam();
    const bool held = rc::check("yield <= pass <= 1, quality rises with coverage", [&] {
        const double yield = between(0.01, 1.0);
        const double coverage = between(0.0, 0.99);
        const TestOutcome outcome = model.evaluate(yield, coverage);
        const TestOutcome better = model.evaluate(yield, coverage + between(0.0, 1.0 - coverage));
        RC_ASSERT(outcome.pass_share >= yield - 1e-12 && outcome.pass_share <= 1.0 + 1e-12);
        RC_ASSERT(outcome.outgoing_quality <= 1.0 + 1e-12);
        RC_ASSERT(better.pass_share <= outcome.pass_share + 1e-12);
        RC_ASSERT(better.outgoing_quality >= outcome.outgoing_quality - 1e-12);
        // Good parts are neither made nor lost.
        RC_ASSERT(std::abs(outcome.pass_share * outcome.outgoing_quality - yield) < 1e-12);
    });
    EXPECT_TRUE(held);
    EXPECT_NEAR(model.evaluate(0.7, 1.0).outgoing_quality, 1.0, 1e-12);
    EXPECT_NEAR(model.evaluate(0.7, 0.0).pass_share, 1.0, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryTestModel, ::testing::ValuesIn(models().test.all()),
                         [](const auto& tested) { return plain_name(tested.param->id); });

class EveryDiesPerWafer : public ::testing::TestWithParam<const DiesPerWafer*> {};

TEST_P(EveryDiesPerWafer, StaysBelowTheAreaRatioAndNearThePlacedMap) {
    const DiesPerWafer& form = *GetParam();
    const bool held = rc::check("0 <= dies <= wafer area / die area, within 15 % of the map", [&] {
        const double side = between(4e-3, 14e-3);
        const double diameter = 0.3;
        const double edge = 3e-3;
        const double dies = form.evaluate(side, side, diameter, edge);
        RC_ASSERT(std::isfinite(dies) && dies >= 0.0);
        RC_ASSERT(dies <= std::numbers::pi * diameter * diameter / 4.0 / (side * side));
        const WaferGeometry geometry{.die_width = side, .die_height = side, .edge = edge};
        const double placed = best_placement(geometry).counts.whole;
        RC_ASSERT(std::abs(dies / placed - 1.0) < 0.15);
    });
    EXPECT_TRUE(held);
}

TEST_P(EveryDiesPerWafer, FallsAsDiesGrowAndGrowsWithTheWafer) {
    const DiesPerWafer& form = *GetParam();
    double before = 1e300;
    for (double side = 4e-3; side < 40e-3; side *= 1.5) {
        const double dies = form.evaluate(side, side, 0.3, 3e-3);
        EXPECT_LT(dies, before) << side;
        EXPECT_LE(form.evaluate(side, side, 0.2, 3e-3), dies) << side;
        before = dies;
    }
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryDiesPerWafer,
                         ::testing::ValuesIn(models().dies_per_wafer.all()),
                         [](const auto& tested) { return plain_name(tested.param->id); });

}  // namespace
}  // namespace wafercast
