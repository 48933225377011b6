#include "kernels/routing.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "math/math.hpp"

namespace wafercast {
namespace {

struct Case {
    int tokens, experts, top_k, ranks;
};

/// What the busiest rank has, by counting.
struct Counted {
    double rows = 0.0, active = 0.0, blocks = 0.0;
};

Counted count(const std::vector<int>& loads, std::size_t first, std::size_t here, int block) {
    Counted c;
    for (std::size_t e = first; e < first + here; ++e) {
        c.rows += loads[e];
        c.active += loads[e] > 0 ? 1.0 : 0.0;
        c.blocks += (loads[e] + block - 1) / block;
    }
    return c;
}

Counted count_busiest(const std::vector<int>& loads, int ranks, int block) {
    const std::size_t here = loads.size() / static_cast<std::size_t>(ranks);
    Counted most;
    for (std::size_t r = 0; r < static_cast<std::size_t>(ranks); ++r) {
        const Counted c = count(loads, r * here, here, block);
        if (c.rows > most.rows) {
            most = c;
        }
    }
    return most;
}

/// Selections in turn: token t takes the experts t + i stride.
std::vector<int> loads_in_turn(const Case& c) {
    std::vector<int> loads(static_cast<std::size_t>(c.experts));
    const int stride = (c.experts + c.top_k - 1) / c.top_k;
    for (int t = 0; t < c.tokens; ++t) {
        const int at = c.tokens >= stride ? t : t * stride / c.tokens;
        for (int i = 0; i < c.top_k; ++i) {
            ++loads[static_cast<std::size_t>((at + i * stride) % c.experts)];
        }
    }
    return loads;
}

/// One draw of the power law, as the benchmark makes it.
std::vector<int> drawn_loads(const Case& c, double power, std::uint64_t seed) {
    const bool many = c.tokens * c.top_k > c.experts;
    const double low = many ? 1.0 : 0.01;
    const double high = many ? 0.8 * c.tokens : 2.0;
    const double e = 1.0 - power;
    std::vector<double> x(static_cast<std::size_t>(c.experts));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double u = math::uniform(seed, i);
        x[i] = std::pow((std::pow(high, e) - std::pow(low, e)) * u + std::pow(low, e), 1.0 / e);
    }
    const double sum = std::accumulate(x.begin(), x.end(), 0.0);
    std::vector<int> loads(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        loads[i] =
            std::min(c.tokens, static_cast<int>(std::lround(x[i] / sum * c.tokens * c.top_k)));
    }
    const auto here = static_cast<std::ptrdiff_t>(loads.size()) / c.ranks;
    int missing = c.tokens * c.top_k - std::accumulate(loads.begin(), loads.end(), 0);
    for (std::ptrdiff_t r = 0; missing != 0; r = (r + 1) % c.ranks) {
        const auto from = loads.begin() + r * here;
        auto at =
            missing > 0 ? std::min_element(from, from + here) : std::max_element(from, from + here);
        if (missing > 0 ? *at < c.tokens : *at > 0) {
            *at += missing > 0 ? 1 : -1;
            missing += missing > 0 ? -1 : 1;
        }
    }
    return loads;
}

TEST(Routing, InTurnIsCountedExactly) {
    for (const Case& c : {Case{1, 128, 8, 1}, Case{8, 128, 8, 16}, Case{48, 512, 10, 64},
                          Case{256, 128, 8, 64}, Case{3072, 8, 2, 1}, Case{96, 16, 1, 4}}) {
        const auto loads = loads_in_turn(c);
        const std::size_t here = loads.size() / static_cast<std::size_t>(c.ranks);
        const RankLoads got =
            busiest_rank_loads(c.tokens, c.experts, c.top_k, c.ranks, {.balanced = true});
        for (const int block : {1, 16, 64, 128}) {
            const Counted want = count(loads, 0, here, block);
            EXPECT_NEAR(got.active, want.active, 1e-9) << c.tokens << " of " << c.experts;
            EXPECT_NEAR(got.blocks(block), want.blocks, 0.06 * want.blocks + 1e-9)
                << c.tokens << " of " << c.experts << " in blocks of " << block;
        }
    }
}

// Binomial loads: the blocks of an expert are the sum over j of P(load > j block), here term by
// term.
TEST(Routing, BlocksOfRandomLoadsAreTheSumOfTheirTail) {
    for (const double tokens : {4.0, 64.0, 700.0, 9000.0}) {
        const RankLoads got = busiest_rank_loads(tokens, 64.0, 4.0, 1.0, {});
        const double chance = 4.0 / 64.0;
        for (const double block : {16.0, 64.0, 128.0}) {
            double want = 0.0;
            double log_mass = tokens * std::log1p(-chance);
            for (double load = 0.0; load <= tokens; ++load) {
                want += std::exp(log_mass) * std::ceil(load / block);
                log_mass += std::log((tokens - load) / (load + 1.0) * chance / (1.0 - chance));
            }
            EXPECT_NEAR(got.blocks(block), 64.0 * want, 0.03 * 64.0 * want)
                << tokens << " tokens, blocks of " << block;
        }
    }
}

// 40 draws by the benchmark's own rule.
TEST(Routing, PowerLawMatchesTheMeanOfItsDraws) {
    for (const double power : {1.01, 1.2}) {
        for (const Case& c : {Case{4096, 128, 8, 1}, Case{512, 256, 8, 8}, Case{6144, 512, 10, 64},
                              Case{192, 384, 8, 4}, Case{3072, 128, 4, 128}}) {
            Counted mean;
            constexpr int kDraws = 40;
            for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
                const Counted one = count_busiest(drawn_loads(c, power, draw + 1), c.ranks, 64);
                mean.rows += one.rows / kDraws;
                mean.active += one.active / kDraws;
                mean.blocks += one.blocks / kDraws;
            }
            const RankLoads got =
                busiest_rank_loads(c.tokens, c.experts, c.top_k, c.ranks, {.power = power});
            EXPECT_NEAR(got.rows, mean.rows, 0.12 * mean.rows) << c.tokens << " ranks " << c.ranks;
            EXPECT_NEAR(got.active, mean.active, 0.1 * mean.active)
                << c.tokens << " ranks " << c.ranks;
            EXPECT_NEAR(got.blocks(64.0), mean.blocks, 0.15 * mean.blocks)
                << c.tokens << " ranks " << c.ranks;
        }
    }
}

TEST(Routing, FewSelectionsInOrderFallOnTheFirstRank) {
    const RankLoads got =
        busiest_rank_loads(2.0, 384.0, 8.0, 64.0, {.power = 1.01, .in_order = true});
    EXPECT_DOUBLE_EQ(got.active, 6.0);
    EXPECT_DOUBLE_EQ(got.rows, 6.0);
}

TEST(Routing, AGivenLoadIsKept) {
    const RankLoads got = rank_loads(1000.0, 64.0, 4.0, 8.0, {}, 1.5);
    EXPECT_DOUBLE_EQ(got.rows, 1.5 * 500.0);
    EXPECT_DOUBLE_EQ(got.active, 8.0);
}

TEST(Routing, NoTokensNoRows) {
    for (const Routing& routing : {Routing{}, Routing{.power = 1.2}, Routing{.balanced = true}}) {
        const RankLoads got = busiest_rank_loads(0.0, 64.0, 4.0, 8.0, routing);
        EXPECT_DOUBLE_EQ(got.rows, 0.0);
        EXPECT_DOUBLE_EQ(got.blocks(64.0), 0.0);
    }
}

}  // namespace
}  // namespace wafercast
