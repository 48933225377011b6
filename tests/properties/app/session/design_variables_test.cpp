// Laws over every variable of shipped designs: a change of content costs money only through what
// it changes physically, and no number is free.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>

#include "core/design_fields.hpp"
#include "session/session.hpp"
#include "session/shipped_files.hpp"

namespace wafercast {
namespace {

const Session& session() {
    static const std::unique_ptr<Session> opened = [] {
        SessionOptions options;
        options.user_overlay = false;
        auto result = Session::open(options);
        EXPECT_TRUE(result.has_value());
        return std::move(result).value();
    }();
    return *opened;
}

LoadedDesign load(const std::string& name) {
    auto loaded = session().load(*data_folder() / "designs" / (name + ".toml"));
    EXPECT_TRUE(loaded.has_value()) << name;
    return std::move(loaded).value();
}

Metrics metrics_of(const LoadedDesign& loaded) {
    const auto prepared = session().prepare(loaded);
    EXPECT_TRUE(prepared.has_value());
    return evaluate(prepared->resolved, prepared->context);
}

/// What is bought: silicon and package at cost, and tokens on all sides that have a price.
std::vector<double> costs(const Metrics& m) {
    std::vector<double> all{m.package.total, m.economics.accelerator_cost};
    all.insert(all.end(), m.economics.usd_per_mtok.begin(), m.economics.usd_per_mtok.end());
    return all;
}

/// What there is to touch or measure: areas, dies, yields, rates, capacities, bandwidths, power,
/// and what a service gives.
std::vector<double> physics(const Metrics& m) {
    std::vector<double> all{m.layout.interposer_area,
                            m.layout.substrate_area,
                            m.package.yield,
                            m.package.interposers_per_wafer,
                            m.device.clock,
                            m.device.on_chip_bytes,
                            m.device.memory_bytes,
                            m.device.memory_bytes_per_s,
                            m.device.link_bytes_per_s,
                            m.device.static_power,
                            m.device.full_power,
                            m.device.power,
                            m.device.power_limit,
                            m.device.compute_units,
                            m.serving.tokens_per_second,
                            m.serving.accelerators,
                            m.serving.device_power,
                            m.serving.energy.total(),
                            m.serving.prefill_time_share};
    all.insert(all.end(), m.device.peak.begin(), m.device.peak.end());
    for (const PlacedDie& die : m.layout.dies) {
        all.insert(all.end(), {die.area, die.width, die.height});
    }
    for (const DieCost& die : m.silicon.dies) {
        all.insert(all.end(), {die.gross_dies, die.yield, die.sellable_yield, die.pass_share,
                               die.outgoing_quality});
    }
    for (int i = 0; i < m.device.tier_count; ++i) {
        const MemoryTier& tier = m.device.tiers[static_cast<std::size_t>(i)];
        all.insert(all.end(), {tier.capacity, tier.bandwidth, tier.latency,
                               tier.energy_per_byte});
    }
    return all;
}

bool differ(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() != b.size() ||
           !std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) {
               return x == y || (std::isnan(x) && std::isnan(y));
           });
}

bool starts_with_any(const std::string& path, const std::vector<std::string>& starts) {
    return std::any_of(starts.begin(), starts.end(),
                       [&](const std::string& start) { return path.rfind(start, 0) == 0; });
}

class EveryDesignVariable : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryDesignVariable, CostsMoneyOnlyThroughWhatItChangesPhysically) {
    const LoadedDesign base = load(GetParam());
    const Metrics before = metrics_of(base);
    int tried = 0;
    int counted = 0;
    for (const ConstFieldRef& field : fields(base.design)) {
        // Prices and terms of trade are money themselves.
        if (field.number == nullptr || !field.number->value ||
            !starts_with_any(field.path, {"blocks.", "dies.", "package.", "device."}) ||
            starts_with_any(field.path, {"device.price", "device.rental"}) ||
            field.path.ends_with(".reuse")) {
            continue;
        }
        for (const double factor : {0.5, 0.8, 1.25, 2.0}) {
            LoadedDesign changed = base;
            const double old = *field.number->value;
            const double value = field.info->whole ? std::round(old * factor) : old * factor;
            if (value == old || !set_field(changed.design, field.path, value) ||
                !session().prepare(changed)) {
                continue;  // refused: more sold than there is, or a share above one
            }
            ++tried;
            const Metrics after = metrics_of(changed);
            if (differ(costs(before), costs(after))) {
                ++counted;
                EXPECT_TRUE(differ(physics(before), physics(after)))
                    << field.path << " x " << factor << " changes a cost and nothing else";
            }
        }
    }
    EXPECT_GT(tried, 10);
    EXPECT_GT(counted, 5);
}

TEST_P(EveryDesignVariable, CatalogFiguresOtherThanMoneyActThroughPhysics) {
    const LoadedDesign base = load(GetParam());
    const auto prepared = session().prepare(base);
    ASSERT_TRUE(prepared.has_value());
    Context context = prepared->context;
    const Metrics before = evaluate(prepared->resolved, context);
    int counted = 0;
    const auto& origins = prepared->resolved->origins;
    for (std::size_t i = 0; i < origins.size(); ++i) {
        if (!starts_with_any(origins[i].path,
                             {"process_nodes.", "blocks.", "memories.", "links.", "fabrics."}) ||
            origins[i].dimension.money != 0 || origins[i].value == 0.0) {
            continue;
        }
        ResolvedDesign changed = prepared->resolved;
        changed.scalars[i] = std::min(changed.scalars[i] * 0.9, origins[i].upper);
        const Metrics after = evaluate(changed, context);
        if (differ(costs(before), costs(after))) {
            ++counted;
            EXPECT_TRUE(differ(physics(before), physics(after)))
                << origins[i].path << " changes a cost and nothing else";
        }
    }
    EXPECT_GT(counted, 3);
}

TEST_P(EveryDesignVariable, TwiceTheSameDesignIsTheSameToTheLastBit) {
    const LoadedDesign base = load(GetParam());
    const Metrics first = metrics_of(base);
    const Metrics again = metrics_of(base);
    EXPECT_FALSE(differ(costs(first), costs(again)));
    EXPECT_FALSE(differ(physics(first), physics(again)));
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryDesignVariable,
                         ::testing::Values("h100-sxm", "mi300x", "quad", "epyc-zen1",
                                           "cerebras-wse-3", "groq-lpu", "watch-npu"),
                         [](const auto& tested) {
                             std::string name = tested.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(DesignVariables, HalvingTheUnitsLowersAreaCostRateAndPower) {
    const LoadedDesign whole = load("h100-sxm");
    LoadedDesign half = whole;
    ASSERT_TRUE(set_field(half.design, "blocks.sm.count", 72.0).has_value());
    const Metrics a = metrics_of(whole);
    const Metrics b = metrics_of(half);
    EXPECT_LT(b.layout.dies[0].area, a.layout.dies[0].area);
    EXPECT_LT(b.silicon.dies[0].cost, a.silicon.dies[0].cost);
    EXPECT_LT(b.device.power, a.device.power);
    EXPECT_GT(b.silicon.dies[0].yield, a.silicon.dies[0].yield);
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        EXPECT_NEAR(b.device.peak[f], a.device.peak[f] / 2.0, 1e-6 * a.device.peak[f]);
    }
}

TEST(DesignVariables, PhysicalContentSetsAreaAndSoldContentSetsRates) {
    const LoadedDesign base = load("h100-sxm");
    const Metrics before = metrics_of(base);
    LoadedDesign fewer_sold = base;
    ASSERT_TRUE(set_field(fewer_sold.design, "blocks.sm.sold", 120.0).has_value());
    const Metrics after = metrics_of(fewer_sold);
    EXPECT_EQ(after.layout.dies[0].area, before.layout.dies[0].area);
    EXPECT_LT(after.device.peak[index(NumberFormat::kFp8)],
              before.device.peak[index(NumberFormat::kFp8)]);
    EXPECT_GT(after.silicon.dies[0].sellable_yield, before.silicon.dies[0].sellable_yield);
}

}  // namespace
}  // namespace wafercast
