#include "nlopt/least_error.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace wafercast {
namespace {

/// |x - 0.3| + 2 |y + 0.7| + |x y + 0.21|: a kinked valley whose floor is at (0.3, -0.7).
LeastErrorProblem valley() {
    return {.start = {0.9, 0.9},
            .low = {-1.0, -1.0},
            .high = {1.0, 1.0},
            .error = [](std::span<const double> at) {
                return std::abs(at[0] - 0.3) + 2.0 * std::abs(at[1] + 0.7) +
                       std::abs(at[0] * at[1] + 0.21);
            }};
}

TEST(LeastErrorSearch, FindsTheFloorOfAKinkedValley) {
    const LeastError found = least_error(valley());
    EXPECT_NEAR(found.at[0], 0.3, 1e-4);
    EXPECT_NEAR(found.at[1], -0.7, 1e-4);
    EXPECT_FALSE(found.stopped);
}

TEST(LeastErrorSearch, GivesTheSameBitsAgain) {
    const LeastError a = least_error(valley());
    const LeastError b = least_error(valley());
    EXPECT_EQ(a.at, b.at);
    EXPECT_EQ(a.evaluations, b.evaluations);
}

TEST(LeastErrorSearch, StaysWithinBoundsAndIsNeverWorseThanTheStart) {
    LeastErrorProblem problem = valley();
    problem.low = {0.5, -0.2};
    const LeastError found = least_error(problem, {.evaluations = 60});
    EXPECT_GE(found.at[0], 0.5);
    EXPECT_GE(found.at[1], -0.2);
    EXPECT_LE(found.error, problem.error(problem.start));
    EXPECT_LE(found.evaluations, 60);
}

TEST(LeastErrorSearch, StopsWhenAskedAndKeepsTheBest) {
    int asked = 0;
    LeastErrorOptions options;
    options.go_on = [&](int, double) { return ++asked < 10; };
    const LeastError found = least_error(valley(), options);
    EXPECT_TRUE(found.stopped);
    EXPECT_EQ(found.evaluations, 10);
    EXPECT_DOUBLE_EQ(found.error, valley().error(found.at));
}

TEST(LeastErrorSearch, PassesOverWhatIsNoNumber) {
    LeastErrorProblem problem = valley();
    problem.error = [error = problem.error](std::span<const double> at) {
        return at[0] > 0.92 ? std::nan("") : error(at);
    };
    EXPECT_NEAR(least_error(problem).at[0], 0.3, 1e-3);
}

TEST(LeastErrorSearch, WithoutVariablesItIsTheStart) {
    const LeastError found =
        least_error({.start = {}, .low = {}, .high = {}, .error = [](auto) { return 4.0; }});
    EXPECT_EQ(found.error, 4.0);
}

}  // namespace
}  // namespace wafercast
