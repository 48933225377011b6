#include "pareto/pareto_front.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

#include "math/math.hpp"

namespace wafercast {
namespace {

using Points = std::vector<std::vector<double>>;

/// Coarse values, so that ties and equal points happen.
Points random_points(std::size_t n, std::size_t objectives, std::uint64_t seed) {
    Points points(n, std::vector<double>(objectives));
    std::uint64_t counter = 0;
    for (auto& point : points) {
        for (double& value : point) {
            value = std::floor(math::uniform(seed, counter++) * 12.0);
        }
    }
    return points;
}

/// By the definition: no other is at least as good everywhere and better somewhere, and of equal
/// ones the first.
std::vector<std::uint64_t> front_by_definition(const Points& points) {
    std::vector<std::uint64_t> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
        bool on_front = true;
        for (std::size_t j = 0; j < points.size() && on_front; ++j) {
            const bool no_worse = std::equal(points[j].begin(), points[j].end(), points[i].begin(),
                                             [](double a, double b) { return a <= b; });
            on_front = i == j || !no_worse || (points[i] == points[j] && i < j);
        }
        if (on_front) {
            front.push_back(i);
        }
    }
    return front;
}

TEST(ParetoFront, EqualsTheDefinitionInAnyOrder) {
    for (std::size_t objectives = 1; objectives <= 4; ++objectives) {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const Points points = random_points(60, objectives, seed);
            std::vector<std::size_t> order(points.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::sort(order.begin(), order.end(), [seed](std::size_t a, std::size_t b) {
                return math::random_bits(seed + 99, a) < math::random_bits(seed + 99, b);
            });
            ParetoFront front{objectives};
            std::vector<std::uint64_t> removed;
            std::vector<std::uint64_t> present;
            for (const std::size_t i : order) {
                removed.clear();
                const bool added = front.insert(i, points[i], removed);
                for (const std::uint64_t gone : removed) {
                    EXPECT_EQ(std::erase(present, gone), 1U);
                }
                if (added) {
                    present.push_back(i);
                }
            }
            std::sort(present.begin(), present.end());
            EXPECT_EQ(present, front_by_definition(points)) << objectives << " " << seed;
            EXPECT_EQ(front.indices(), present);
            EXPECT_EQ(front.size(), present.size());
        }
    }
}

TEST(ParetoFront, NamesTheBestOfTheFirstObjective) {
    for (const std::size_t objectives : {1U, 2U, 3U}) {
        const Points points = random_points(40, objectives, 5);
        ParetoFront front{objectives};
        std::vector<std::uint64_t> removed;
        double lowest = 1e9;
        for (std::size_t i = 0; i < points.size(); ++i) {
            front.insert(i, points[i], removed);
            lowest = std::min(lowest, points[i][0]);
        }
        EXPECT_EQ(front.best_first().first, lowest);
        EXPECT_EQ(points[front.best_first().second][0], lowest);
    }
}

}  // namespace
}  // namespace wafercast
