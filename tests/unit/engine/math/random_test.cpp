#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "math/math.hpp"
#include "math/philox.hpp"

namespace wafercast {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesThePublishedAnswers) {
    EXPECT_EQ(math::philox4x32({0, 0, 0, 0}, {0, 0}),
              (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    constexpr std::uint32_t f = 0xffffffff;
    EXPECT_EQ(math::philox4x32({f, f, f, f}, {f, f}),
              (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(math::philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                               {0xa4093822, 0x299f31d0}),
              (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomBits, DependOnKeyAndCounterAlone) {
    EXPECT_EQ(math::random_bits(0, 0), 0xe169c58d6627e8d5ULL);
    EXPECT_EQ(math::random_bits(5, 9), math::random_bits(5, 9));
    EXPECT_NE(math::random_bits(5, 9), math::random_bits(5, 10));
    EXPECT_NE(math::random_bits(5, 9), math::random_bits(6, 9));
    EXPECT_NE(math::random_bits(5, 9), math::random_bits(5ULL << 32, 9));
    EXPECT_NE(math::random_bits(5, 9), math::random_bits(5, 9ULL << 32));
}

TEST(Uniform, HasTheMomentsOfAUniformVariate) {
    constexpr int n = 200000;
    double sum = 0.0;
    double square = 0.0;
    double neighbours = 0.0;
    double last = 0.5;
    for (int i = 0; i < n; ++i) {
        const double u = math::uniform(11, static_cast<std::uint64_t>(i));
        ASSERT_TRUE(u > 0.0 && u < 1.0);
        sum += u;
        square += (u - 0.5) * (u - 0.5);
        neighbours += (u - 0.5) * (last - 0.5);
        last = u;
    }
    EXPECT_NEAR(sum / n, 0.5, 4.0 * std::sqrt(1.0 / 12.0 / n));
    EXPECT_NEAR(square / n, 1.0 / 12.0, 4.0 * std::sqrt(1.0 / 180.0 / n));
    EXPECT_NEAR(neighbours / n, 0.0, 4.0 / 12.0 / std::sqrt(n));
}

TEST(ScrambledSobol, EveryDimensionPutsOnePointInEveryCell) {
    constexpr std::uint32_t n = 256;
    for (std::uint32_t d = 0; d < 1024; ++d) {
        std::array<int, n> cells{};
        for (std::uint32_t i = 0; i < n; ++i) {
            const double x = math::scrambled_sobol(i, d, 5);
            ASSERT_TRUE(x > 0.0 && x < 1.0);
            ++cells[static_cast<std::size_t>(x * n)];
        }
        for (const int count : cells) {
            ASSERT_EQ(count, 1) << "dimension " << d;
        }
    }
}

TEST(ScrambledSobol, TheFirstPairFillsEveryElementaryRectangle) {
    // Dimensions 0 and 1 form a (0, m, 2)-net, and nested scrambling keeps it one.
    for (std::uint32_t columns = 1; columns <= 256; columns *= 2) {
        const std::uint32_t rows = 256 / columns;
        std::vector<int> cells(256);
        for (std::uint32_t i = 0; i < 256; ++i) {
            const auto x = static_cast<std::size_t>(math::scrambled_sobol(i, 0, 9) * columns);
            const auto y = static_cast<std::size_t>(math::scrambled_sobol(i, 1, 9) * rows);
            ++cells[x * rows + y];
        }
        for (const int count : cells) {
            ASSERT_EQ(count, 1) << columns << " columns";
        }
    }
}

// Joe and Kuo chose their numbers for even pairs: no pair of the first 21 dimensions is worse than
// t = 5, so 2^12 points fill 8 x 16 cells equally.
TEST(ScrambledSobol, PairsOfThePublishedDimensionsAreBalanced) {
    constexpr std::uint32_t n = 4096;
    constexpr std::uint32_t dimensions = 21;
    std::vector<std::array<std::uint8_t, dimensions>> cell(n);
    for (std::uint32_t i = 0; i < n; ++i) {
        for (std::uint32_t d = 0; d < dimensions; ++d) {
            cell[i][d] = static_cast<std::uint8_t>(math::scrambled_sobol(i, d, 1) * 16.0);
        }
    }
    for (std::size_t a = 0; a < dimensions; ++a) {
        for (std::size_t b = a + 1; b < dimensions; ++b) {
            std::array<int, 128> count{};
            for (const auto& c : cell) {
                ++count[c[a] / 2U * 16U + c[b]];
            }
            for (const int k : count) {
                ASSERT_EQ(k, 32) << "dimensions " << a << " and " << b;
            }
        }
    }
}

TEST(ScrambledSobol, SeedsAreIndependentScrambles) {
    double sum = 0.0;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        sum += math::scrambled_sobol(3, 17, seed);
    }
    EXPECT_NEAR(sum / 4000.0, 0.5, 4.0 * std::sqrt(1.0 / 12.0 / 4000.0));
    EXPECT_EQ(math::scrambled_sobol(3, 17, 1), math::scrambled_sobol(3, 17, 1));
}

/// Spread over seeds of the mean of a smooth function of `dimensions` variables.
double spread_of_mean(std::uint32_t dimensions, std::uint32_t points, bool sobol) {
    double sum = 0.0;
    double square = 0.0;
    constexpr int seeds = 16;
    for (int seed = 0; seed < seeds; ++seed) {
        const auto key = static_cast<std::uint64_t>(seed);
        double mean = 0.0;
        for (std::uint32_t i = 0; i < points; ++i) {
            double x = 0.0;
            for (std::uint32_t d = 0; d < dimensions; ++d) {
                x += (sobol ? math::scrambled_sobol(i, d, key)
                            : math::uniform(key, i * std::uint64_t{dimensions} + d)) -
                     0.5;
            }
            mean += std::exp(x / std::sqrt(dimensions));
        }
        mean /= points;
        sum += mean;
        square += mean * mean;
    }
    return std::sqrt(std::max(0.0, square / seeds - (sum / seeds) * (sum / seeds)));
}

TEST(ScrambledSobol, IntegratesBetterThanRandomPoints) {
    EXPECT_LT(spread_of_mean(8, 1024, true), 0.1 * spread_of_mean(8, 1024, false));
    EXPECT_LT(spread_of_mean(200, 1024, true), 0.5 * spread_of_mean(200, 1024, false));
}

}  // namespace
}  // namespace wafercast
