// Ranges, draws and bands as docs/models/uncertainty.md states them.
#include <cmath>
#include <gtest/gtest.h>
#include <thread>

#include "evaluate/evaluate.hpp"
#include "shipped.hpp"

namespace wafercast {
namespace {

Evaluation with_bands(const ResolvedDesign& d, int samples, std::uint64_t seed) {
    Evaluation e = explain(d, shipped::context());
    estimate_bands(e, d, shipped::context(), samples, seed);
    return e;
}

TEST(Bands, AreEqualForEqualSeedsAndOnAnyThread) {
    const ResolvedDesign d = shipped::resolved("h100-sxm");
    const Evaluation here = with_bands(d, 256, 7);
    std::array<Evaluation, 2> there;
    {
        std::array<std::jthread, 2> threads;
        for (std::size_t i = 0; i < threads.size(); ++i) {
            threads[i] = std::jthread{[&, i] { there[i] = with_bands(d, 256, 7); }};
        }
    }
    for (const Evaluation& other : there) {
        EXPECT_EQ(other.usd_per_mtok_band, here.usd_per_mtok_band);
        EXPECT_EQ(other.tokens_per_second_band, here.tokens_per_second_band);
        EXPECT_EQ(other.accelerator_cost_band, here.accelerator_cost_band);
    }
    EXPECT_NE(with_bands(d, 256, 8).usd_per_mtok_band, here.usd_per_mtok_band);
}

TEST(Bands, AreOrderedAndHoldTheCentralValueOfAProduct) {
    for (const std::string& name : shipped::design_names()) {
        SCOPED_TRACE(name);
        const Evaluation e = with_bands(shipped::resolved(name), 256, 1);
        ASSERT_TRUE(e.accelerator_cost_band);
        EXPECT_LT(e.accelerator_cost_band->p10, e.accelerator_cost_band->p50);
        EXPECT_LT(e.accelerator_cost_band->p50, e.accelerator_cost_band->p90);
        EXPECT_EQ(e.usd_per_mtok_band.has_value(), e.metrics.has_workload);
        if (e.usd_per_mtok_band) {
            const double central = e.metrics.economics.tokens.usd_per_mtok;
            EXPECT_GT(e.usd_per_mtok_band->p10, 0.0);
            EXPECT_GT(e.usd_per_mtok_band->p90, central);
            EXPECT_LT(e.usd_per_mtok_band->p10, central);
        }
    }
}

TEST(Bands, ConvergeWithTheNumberOfSamples) {
    const ResolvedDesign d = shipped::resolved("h100-sxm");
    const Band few = *with_bands(d, 256, 1).accelerator_cost_band;
    const Band many = *with_bands(d, 4096, 2).accelerator_cost_band;
    EXPECT_NEAR(few.p10 / many.p10, 1.0, 0.03);
    EXPECT_NEAR(few.p50 / many.p50, 1.0, 0.03);
    EXPECT_NEAR(few.p90 / many.p90, 1.0, 0.03);
}

TEST(Quantiles, MedianIsTheStatedValueAndTailsAreTheStatedRange) {
    const ResolvedDesign d = shipped::resolved("h100-sxm");
    const auto uncertain = uncertain_scalars(d);
    ASSERT_GT(uncertain.size(), 50u);
    ASSERT_LT(uncertain.size(), 1024u) << "dimensions of the Sobol sequence";
    const auto at = [&](double p) {
        return at_quantiles(d, std::vector<double>(uncertain.size(), p)).scalars;
    };
    const auto low = at(0.1);
    const auto middle = at(0.5);
    const auto high = at(0.9);
    EXPECT_EQ(middle, d.scalars);
    for (const std::uint32_t i : uncertain) {
        const ScalarOrigin& origin = d->origins[i];
        EXPECT_NEAR(low[i], origin.low, 1e-12 * std::abs(origin.low)) << origin.path;
        EXPECT_NEAR(high[i], origin.high, 1e-12 * std::abs(origin.high)) << origin.path;
    }
}

TEST(Quantiles, DrawsStayWithinPhysics) {
    for (const std::string& name : shipped::design_names()) {
        const ResolvedDesign d = shipped::resolved(name);
        const auto uncertain = uncertain_scalars(d);
        for (const double p : {1e-6, 1.0 - 1e-6}) {
            const ResolvedDesign extreme =
                at_quantiles(d, std::vector<double>(uncertain.size(), p));
            for (const std::uint32_t i : uncertain) {
                const ScalarOrigin& origin = d->origins[i];
                const double drawn = extreme.scalars[i];
                EXPECT_GE(drawn, std::min(origin.value, 0.0)) << origin.path;
                const bool share = origin.dimension == Dimension{} &&
                                   (origin.path.find("yield") != std::string::npos ||
                                    origin.path.find("efficiency") != std::string::npos ||
                                    origin.path.find("_share") != std::string::npos);
                if (share) {
                    EXPECT_LE(drawn, 1.0) << origin.path;
                }
                if (origin.path.ends_with(".pue")) {
                    EXPECT_GE(drawn, 1.0);
                }
                if (origin.path.ends_with("gross_margin")) {
                    EXPECT_LT(drawn, 1.0) << "an infinite price";
                }
            }
        }
    }
}

TEST(Quantiles, OneCatalogPathIsOneDraw) {
    // Base and compute dies of an MI300X share the defect statistics of no node, but the four
    // dies of the quad are one kind, and two designs' dies on one node name one scalar.
    const ResolvedDesign d = shipped::resolved("mi300x");
    for (std::size_t i = 0; i < d->origins.size(); ++i) {
        for (std::size_t j = i + 1; d->origins[i].from_catalog && j < d->origins.size(); ++j) {
            ASSERT_NE(d->origins[i].path, d->origins[j].path);
        }
    }
    // A design with two kinds of dies on one node: both move with one number.
    Design two = shipped::design("mi300x");
    ASSERT_GE(two.dies.size(), 2u);
    for (DieSpec& die : two.dies) {
        die.process = "n5";
        die.defect_density = {};
    }
    ResolvedDesign both = shipped::resolved(two);
    EXPECT_EQ(both->dies[0].defect_density, both->dies[1].defect_density);
    const Metrics before = evaluate(both, shipped::context());
    const auto density = shipped::scalar(both, "process_nodes.n5.defect_density");
    ASSERT_TRUE(density);
    both.scalars[*density] *= 2.0;
    const Metrics after = evaluate(both, shipped::context());
    EXPECT_LT(after.silicon.dies[0].yield, before.silicon.dies[0].yield);
    EXPECT_LT(after.silicon.dies[1].yield, before.silicon.dies[1].yield);
}

TEST(Influences, AreTheSwingsOfSingleInputsLargestFirst) {
    const ResolvedDesign d = shipped::resolved("h100-sxm");
    Evaluation e = explain(d, shipped::context());
    rank_influences(e, d, shipped::context());
    ASSERT_GT(e.influences.size(), 20u);
    for (std::size_t i = 1; i < e.influences.size(); ++i) {
        const auto swing = [&](std::size_t k) {
            return std::abs(e.influences[k].at_high - e.influences[k].at_low);
        };
        EXPECT_GE(swing(i - 1), swing(i));
    }
    const auto price =
        std::find_if(e.influences.begin(), e.influences.end(),
                     [](const Influence& i) { return i.path == "accelerators.h100-sxm.price"; });
    ASSERT_NE(price, e.influences.end());
    ResolvedDesign cheap = d;
    const auto index = shipped::scalar(d, "accelerators.h100-sxm.price");
    ASSERT_TRUE(index);
    cheap.scalars[*index] = d->origins[*index].low;
    Context fixed = shipped::context();
    fixed.mapping = e.metrics.serving.mapping;
    EXPECT_NEAR(price->at_low / evaluate(cheap, fixed).economics.tokens.usd_per_mtok, 1.0, 1e-12);
    EXPECT_LT(price->at_low, price->at_high);
}

TEST(Influences, OfADesignWithoutWorkloadAreOfItsAccelerator) {
    const ResolvedDesign d = shipped::resolved("epyc-zen1");
    Evaluation e = explain(d, shipped::context());
    rank_influences(e, d, shipped::context());
    ASSERT_FALSE(e.influences.empty());
    const double cost = e.metrics.economics.accelerator_cost;
    EXPECT_NEAR(e.influences.back().at_low / cost, 1.0, 0.05);
}

}  // namespace
}  // namespace wafercast
