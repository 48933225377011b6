#include "evaluate/evaluate.hpp"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>

#include "evaluate/metric_names.hpp"
#include "reader/write_design.hpp"
#include "shipped.hpp"

namespace wafercast {
namespace {

double side(const Evaluation& e, Perspective p) {
    return e.metrics.economics.usd_per_mtok[static_cast<std::size_t>(p)];
}

class EveryDesign : public testing::TestWithParam<std::string> {};

TEST_P(EveryDesign, TreesSumToTheirTotals) {
    const Evaluation e = shipped::explained(GetParam());
    EXPECT_LT(largest_gap(e.accelerator_tree), 1e-9);
    EXPECT_NEAR(e.accelerator_tree.usd / e.metrics.economics.accelerator_cost, 1.0, 1e-9);
    ASSERT_EQ(e.cost_tree.has_value(), e.metrics.has_workload);
    if (!e.metrics.has_workload) {
        return;
    }
    const TokenEconomics& tokens = e.metrics.economics.tokens;
    EXPECT_LT(largest_gap(*e.cost_tree), 1e-9);
    EXPECT_NEAR(e.cost_tree->usd / tokens.usd_per_mtok, 1.0, 1e-9);
    EXPECT_LT(largest_gap(*e.energy_tree), 1e-9);
    EXPECT_NEAR(e.energy_tree->joules / tokens.joules_per_token, 1.0, 1e-9);
}

TEST_P(EveryDesign, InputAndOutputCostsSumToTheCost) {
    const Evaluation e = shipped::explained(GetParam());
    if (!e.metrics.has_workload) {
        return;
    }
    const TokenEconomics& t = e.metrics.economics.tokens;
    const Serving& s = e.metrics.serving;
    const double cost = t.usd_per_mtok * (s.input_tokens_per_second + s.tokens_per_second);
    EXPECT_NEAR((t.usd_per_mtok_input * s.input_tokens_per_second +
                 t.usd_per_mtok_output * s.tokens_per_second) /
                    cost,
                1.0, 1e-12);
    EXPECT_NEAR(t.usd_per_mtok_output_all_in * s.tokens_per_second / cost, 1.0, 1e-12);
}

TEST_P(EveryDesign, EveryMetricThatAppliesIsFinite) {
    const Evaluation e = shipped::explained(GetParam());
    EXPECT_TRUE(e.feasible);
    for (const MetricInfo& metric : metric_table()) {
        if (metric.needs_workload && !e.metrics.has_workload) {
            continue;
        }
        const bool price_may_be_unknown = metric.name == "perspectives.renter.usd_per_mtok" ||
                                          metric.name == "perspectives.api.usd_per_mtok";
        EXPECT_TRUE(price_may_be_unknown || std::isfinite(metric.value(e.metrics))) << metric.name;
    }
}

TEST_P(EveryDesign, SayingItAgainChangesNothing) {
    const ResolvedDesign d = shipped::resolved(GetParam());
    const Context context = shipped::context();
    const Metrics first = evaluate(d, context);
    const Metrics second = evaluate(d, shipped::context());
    EXPECT_EQ(first.layout, second.layout);
    EXPECT_EQ(first.silicon, second.silicon);
    EXPECT_EQ(first.package, second.package);
    EXPECT_EQ(first.device, second.device);
    EXPECT_EQ(first.serving, second.serving);
    EXPECT_EQ(explain(d, context).metrics.serving, first.serving);
}

TEST_P(EveryDesign, WrittenAndReadAgainItIsTheSame) {
    const Design before = shipped::design(GetParam());
    const auto after = read_design_text(write_design(before), "again.toml");
    ASSERT_TRUE(after) << after.error().front().message;
    EXPECT_EQ(after->design, before);
    const ResolvedDesign a = shipped::resolved(before);
    const ResolvedDesign b = shipped::resolved(after->design);
    EXPECT_EQ(a.scalars, b.scalars);
    EXPECT_EQ(evaluate(a, shipped::context()).serving, evaluate(b, shipped::context()).serving);
}

TEST_P(EveryDesign, EveryPricedPerspectiveCanBeTheHeadline) {
    const Evaluation base = shipped::explained(GetParam());
    if (!base.metrics.has_workload) {
        return;
    }
    for (const std::string_view name : kPerspectiveNames) {
        const auto p = static_cast<Perspective>(
            std::find(kPerspectiveNames.begin(), kPerspectiveNames.end(), name) -
            kPerspectiveNames.begin());
        const Design design =
            shipped::design(GetParam(), {{"scenario.perspective", std::string{name}}});
        const auto d = resolve(design, shipped::catalog(), shipped::models());
        ASSERT_EQ(d.has_value(), std::isfinite(side(base, p))) << name;
        if (!d) {
            EXPECT_EQ(d.error().front().code, "design.missing");
            EXPECT_NE(d.error().front().message.find(name), std::string::npos);
            continue;
        }
        const Evaluation e = explain(*d, shipped::context());
        EXPECT_DOUBLE_EQ(e.metrics.economics.tokens.usd_per_mtok, side(base, p));
        EXPECT_LT(largest_gap(*e.cost_tree), 1e-9) << name;
        EXPECT_NEAR(e.cost_tree->usd / side(base, p), 1.0, 1e-9) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryDesign, testing::ValuesIn(shipped::design_names()),
                         [](const auto& which) {
                             std::string name = which.param;
                             std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
                             return name;
                         });

TEST(Evaluate, YearChangesDatedFiguresOnly) {
    const Evaluation now = shipped::explained("h100-sxm");
    const Evaluation then = shipped::explained("h100-sxm", {{"scenario.year", "2024.2"}});
    EXPECT_GT(then.metrics.economics.accelerator_price, now.metrics.economics.accelerator_price);
    EXPECT_NE(side(then, Perspective::kRenter), side(now, Perspective::kRenter));
    EXPECT_EQ(then.metrics.layout, now.metrics.layout);
    EXPECT_EQ(then.metrics.serving, now.metrics.serving);
    const Evaluation old = shipped::explained("h100-sxm", {{"scenario.year", "1990"}});
    const Evaluation older = shipped::explained("h100-sxm", {{"scenario.year", "1995"}});
    EXPECT_DOUBLE_EQ(old.metrics.economics.tokens.usd_per_mtok,
                     older.metrics.economics.tokens.usd_per_mtok)
        << "held at the first date";
}

TEST(Evaluate, ModelRefreshAndItsMasksAreCharged) {
    const auto refresh = [](const Evaluation& e) {
        return e.metrics.economics.hourly[static_cast<std::size_t>(e.perspective)].model_refresh;
    };
    const double yearly = refresh(shipped::explained("taalas-hc1"));
    EXPECT_GT(yearly, 0.0);
    EXPECT_GT(refresh(shipped::explained("taalas-hc1", {{"scenario.model_refresh", "0.5 yr"}})),
              2.0 * yearly);
    EXPECT_EQ(refresh(shipped::explained("h100-sxm")), 0.0);
}

TEST(Evaluate, EdgeDesignPaysNoServer) {
    const Evaluation e = shipped::explained("watch-npu");
    const HourlyCost h =
        e.metrics.economics.hourly[static_cast<std::size_t>(Perspective::kBuilder)];
    EXPECT_EQ(h.server + h.network + h.facility + h.financing + h.operation, 0.0);
    EXPECT_GT(h.accelerators, 0.0);
    EXPECT_GT(h.maintenance, 0.0) << "the battery wears";
    EXPECT_GT(h.energy, 0.0);
}

// Every limit, broken by an edit a person could make.
struct Breach {
    const char* design;
    shipped::Edits edits;
    const char* constraint;
    const char* unit;
    bool above;  ///< value over limit; else value short of it
};

class EveryConstraint : public testing::TestWithParam<Breach> {};

TEST_P(EveryConstraint, IsBrokenByAnEditAndSaysSoInWords) {
    const Breach& breach = GetParam();
    const Evaluation e = shipped::explained(breach.design, breach.edits);
    EXPECT_FALSE(e.feasible);
    const auto found =
        std::find_if(e.violations.begin(), e.violations.end(),
                     [&](const Violation& v) { return v.constraint == breach.constraint; });
    ASSERT_NE(found, e.violations.end());
    EXPECT_EQ(found->unit, breach.unit);
    EXPECT_EQ(found->value > found->limit, breach.above) << found->message;
    EXPECT_TRUE(std::isfinite(found->value) && std::isfinite(found->limit));
    EXPECT_GE(found->value, 0.0) << found->message;
    EXPECT_GT(found->message.size(), 40u);
    EXPECT_EQ(found->message.back(), '.');
    if (e.cost_tree) {
        EXPECT_LT(largest_gap(*e.cost_tree), 1e-9);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Edits, EveryConstraint,
    testing::Values(
        Breach{"h100-sxm", {{"dies.gpu.width", "40 mm"}}, "reticle", "mm", true},
        Breach{"h100-sxm", {{"package.dies.gpu.count", "20"}}, "interposer_area", "mm2", true},
        Breach{"cerebras-wse-3", {{"dies.wafer.width", "310 mm"}}, "wafer_dies", "dies", false},
        Breach{"h100-sxm", {{"package.memory.hbm.count", "0"}}, "memory_capacity", "GB", true},
        Breach{"h100-sxm",
               {{"serving.mapping", ""},
                {"serving.tensor_parallel", "1"},
                {"workload.precision.weights", "bf16"}},
               "memory_capacity",
               "GB",
               true},
        Breach{"h100-sxm", {{"scenario.limits.ttft", "1 ms"}}, "ttft", "s", true},
        Breach{"h100-sxm", {{"scenario.limits.tpot", "1 ms"}}, "tpot", "s", true},
        Breach{"h100-sxm", {{"device.power_limit", "50 W"}}, "power", "W", true},
        Breach{"h100-sxm", {{"device.clock", "5 GHz"}}, "clock", "GHz", true},
        Breach{"h100-sxm", {{"package.memory.hbm.count", "40"}}, "shoreline", "mm", true},
        Breach{"h100-sxm",
               {{"serving.mapping", ""},
                {"serving.tensor_parallel", "4"},
                {"serving.expert_parallel", "3"}},
               "no_mapping",
               "ranks",
               true},
        Breach{"h100-sxm",
               {{"serving.mapping", ""},
                {"serving.tensor_parallel", "1"},
                {"serving.pipeline_parallel", "200"}},
               "no_mapping",
               "ranks",
               true},
        Breach{"h100-sxm", {{"blocks.sm.count", "1"}}, "compute", "units", false},
        Breach{"h100-sxm", {{"package.memory.hbm.count", "6"}}, "memory_phy", "stacks", true},
        Breach{"h100-sxm", {{"blocks.hbm-phy.count", "3"}}, "memory_phy", "stacks", true},
        Breach{"watch-npu", {{"serving.tensor_parallel", "2"}}, "link", "accelerators", true},
        Breach{"groq-lpu", {{"blocks.c2c.count", "0"}}, "link", "accelerators", true},
        Breach{"h100-sxm", {{"device.vdd", "0.7 V"}}, "clock", "GHz", true},
        Breach{"h100-sxm", {{"device.vdd", "0.3 V"}}, "supply", "V", false},
        Breach{"h100-sxm", {{"package.technology", "organic-mcm"}}, "fine_pitch", "stacks", true},
        Breach{"quad", {{"package.technology", "bare-die"}}, "fine_pitch", "stacks", true},
        Breach{"quad", {{"blocks.hbm-phy.count", "0"}}, "memory_phy", "stacks", true},
        Breach{"h100-sxm", {{"package.memory.hbm.pin_rate", "6.6 Gb/s"}}, "pin_rate", "Gb/s", true},
        Breach{"h100-sxm",
               {{"system.accelerators_per_server", "16"}},
               "server_slots",
               "accelerators",
               true}),
    [](const auto& which) {
        return std::string{which.param.constraint} + std::to_string(which.index);
    });

TEST(DescribeViolation, EveryConstraintHasItsOwnWords) {
    const ResolvedDesign d = shipped::resolved("h100-sxm");
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kConstraintCount; ++i) {
        const Violation v =
            describe({.constraint = static_cast<ConstraintId>(i), .value = 2.0, .limit = 1.0}, d);
        EXPECT_FALSE(v.constraint.empty());
        EXPECT_FALSE(v.unit.empty());
        EXPECT_EQ(std::count(names.begin(), names.end(), v.constraint), 0);
        names.push_back(v.constraint);
        EXPECT_EQ(v.message.find("die '"), std::string::npos);
    }
    const Violation of_die = describe(
        {.constraint = ConstraintId::kReticle, .value = 0.04, .limit = 0.033, .subject = 0}, d);
    EXPECT_DOUBLE_EQ(of_die.value, 40.0);
    EXPECT_DOUBLE_EQ(of_die.limit, 33.0);
    EXPECT_EQ(of_die.message.rfind("die 'gpu': ", 0), 0u);
}

// Every number of every shipped design moved in turn: a context that has seen all before gives what
// a new one does.
TEST(Evaluate, CachesNeverChangeAResult) {
    const Context seen = shipped::context();
    for (const std::string& name : shipped::design_names()) {
        ResolvedDesign d = shipped::resolved(name);
        (void)evaluate(d, seen);
        for (std::size_t i = 0; i < d.scalars.size(); ++i) {
            const double value = d.scalars[i];
            d.scalars[i] = 1.07 * value;
            const Serving fresh = evaluate(d, shipped::context()).serving;
            EXPECT_EQ(evaluate(d, seen).serving, fresh) << name << ": " << d->origins[i].path;
            d.scalars[i] = value;
        }
        EXPECT_EQ(evaluate(d, seen).serving, evaluate(d, shipped::context()).serving) << name;
    }
    EXPECT_GT(seen.points.hits(), seen.points.misses());
}

// Two chips of one server need no link between servers.
TEST(Evaluate, APipelineInsideAServerIsTimedWithoutScaleOut) {
    const Evaluation e = shipped::explained(
        "taalas-hc1", {{"blocks.kv.capacity", "64 MB"}, {"serving.pipeline_parallel", "2"}});
    EXPECT_EQ(e.metrics.serving.mapping.pipeline, 2);
    EXPECT_GT(e.metrics.serving.tokens_per_second, 0.0);
}

// A sixth stack needs the sixth PHY; with it, rated power grows by the stack's share.
TEST(Evaluate, RatedPowerFollowsTheStacks) {
    const auto rated = [](const shipped::Edits& edits) {
        const Evaluation e = shipped::explained("h100-sxm", edits);
        EXPECT_TRUE(e.feasible);
        return e.metrics.device;
    };
    const DeviceRating five = rated({});
    const DeviceRating four = rated({{"package.memory.hbm.count", "4"}});
    EXPECT_DOUBLE_EQ(five.power, 700.0);
    EXPECT_NEAR(four.power / five.power, four.full_power / five.full_power, 1e-12);
    EXPECT_LT(four.power, 0.99 * five.power);
    rated({{"package.memory.hbm.count", "6"}, {"blocks.hbm-phy.sold", "6"}});
}

/// Whether the path leads into a block that states rates.
bool computes(const Design& design, std::string_view path) {
    return std::any_of(design.blocks.begin(), design.blocks.end(), [&](const Block& block) {
        const auto& rates = block.per_unit.dense_rate;
        return path == "blocks." + block.id + ".count" &&
               std::any_of(rates.begin(), rates.end(),
                           [](const Setting& rate) { return rate.is_set(); });
    });
}

TEST(Evaluate, NothingOfAKindIsInfeasibleAndHasNoPrice) {
    for (const std::string& name : shipped::design_names()) {
        const Design design = shipped::design(name);
        if (!design.workload) {
            continue;
        }
        for (const auto& field : fields(design)) {
            const bool memory = field.path.starts_with("package.memory.");
            const bool unit = field.path.starts_with("blocks.") && computes(design, field.path);
            if (!field.path.ends_with(".count") || !(memory || unit)) {
                continue;
            }
            const Evaluation e = shipped::explained(name, {{field.path, "0"}});
            EXPECT_FALSE(e.feasible) << name << " " << field.path;
            EXPECT_TRUE(memory ||
                        std::any_of(e.violations.begin(), e.violations.end(),
                                    [](const Violation& v) { return v.constraint == "compute"; }))
                << name << " " << field.path;
            for (const MetricInfo& metric : metric_table()) {
                if (metric.name.ends_with("usd_per_mtok") || metric.name.ends_with("_per_token")) {
                    // What still has a memory on the die computes, from one too small.
                    const double value = metric.value(e.metrics);
                    EXPECT_TRUE(std::isnan(value) ||
                                (memory && e.metrics.device.tier_count > 0 && value > 0.0))
                        << name << " " << field.path << ": " << metric.name << " is " << value;
                }
            }
        }
    }
}

TEST(Evaluate, WhatCannotServeHasNoCostTreeAndNoPowerOfItsOwnMaking) {
    const Evaluation empty = shipped::explained("h100-sxm", {{"package.memory.hbm.count", "0"}});
    EXPECT_FALSE(empty.cost_tree);
    EXPECT_FALSE(empty.energy_tree);
    for (const MetricInfo& metric : metric_table()) {
        if (metric.name.starts_with("token_economics.") && metric.smaller_is_better &&
            metric.name != "token_economics.accelerators") {
            EXPECT_TRUE(std::isnan(metric.value(empty.metrics))) << metric.name;
        }
    }
    const Evaluation starved = shipped::explained("h100-sxm", {{"device.power_limit", "50 W"}});
    int power = 0;
    for (const Violation& v : starved.violations) {
        power += v.constraint == "power" ? 1 : 0;
    }
    EXPECT_EQ(power, 1);
    EXPECT_TRUE(std::isfinite(starved.metrics.economics.tokens.usd_per_mtok));
}

}  // namespace
}  // namespace wafercast
