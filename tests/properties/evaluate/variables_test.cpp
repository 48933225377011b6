// Laws of every number a design can hold, on every design that ships.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <utility>

#include "../../unit/engine/evaluate/shipped.hpp"
#include "evaluate/metric_names.hpp"

namespace wafercast {
namespace {

/// Values that an edit of a field may reach: its ends, and half and twice what the design says.
std::vector<double> reachable(const ConstFieldRef& field) {
    const FieldInfo& info = *field.info;
    std::vector<double> values{info.minimum, info.maximum, 1.0};
    if (field.number->value) {
        const double half = *field.number->value / 2.0;
        values.push_back(info.whole ? std::floor(half) : half);
        values.push_back(*field.number->value * 2.0);
    }
    return values;
}

class EveryVariable : public testing::TestWithParam<std::string> {};

TEST_P(EveryVariable, GivesFiniteFiguresOrAViolation) {
    const Design design = shipped::design(GetParam());
    const Context context = shipped::context();
    const Metrics base = evaluate(shipped::resolved(design), context);
    int evaluated = 0;
    for (const ConstFieldRef& field : fields(design)) {
        if (field.kind != FieldKind::kNumber) {
            continue;
        }
        for (const double value : reachable(field)) {
            Design edited = design;
            const auto resolved = set_field(edited, field.path, value)
                                      ? resolve(edited, shipped::catalog(), shipped::models())
                                      : Result<ResolvedDesign>{Failures{}};
            if (!resolved) {
                continue;  // refused, which is fine
            }
            ++evaluated;
            const Metrics metrics = evaluate(*resolved, context);
            for (const MetricInfo& metric : metric_table()) {
                const bool known = std::isfinite(metric.value(base));
                EXPECT_TRUE(!metrics.feasible() || !known || std::isfinite(metric.value(metrics)))
                    << field.path << " = " << value << ": " << metric.name << " is "
                    << metric.value(metrics);
            }
        }
    }
    EXPECT_GT(evaluated, 30);
}

/// Figures of an evaluation, each turned so that more of it is worse.
std::vector<double> burdens(const Metrics& m) {
    const DeviceRating& r = m.device;
    std::vector<double> all{m.layout.interposer_area,
                            m.layout.substrate_area,
                            r.static_power,
                            r.full_power,
                            r.power,
                            m.serving.device_power,
                            m.serving.accelerators,
                            m.serving.energy.total(),
                            m.serving.ttft_s,
                            m.serving.tpot_s,
                            -r.clock,
                            -r.on_chip_bytes,
                            -r.memory_bytes,
                            -r.memory_bytes_per_s,
                            -r.link_bytes_per_s,
                            -r.compute_units,
                            -m.package.yield,
                            -m.serving.tokens_per_second,
                            -r.power_limit};
    for (const double peak : r.peak) {
        all.push_back(-peak);
    }
    for (const PlacedDie& die : m.layout.dies) {
        all.insert(all.end(), {die.area, -die.d2d_area});  // links are headroom until they bind
    }
    for (const DieCost& die : m.silicon.dies) {
        all.insert(all.end(), {-die.gross_dies, -die.sellable_yield});
    }
    for (int i = 0; i < r.tier_count; ++i) {
        const MemoryTier& tier = r.tiers[static_cast<std::size_t>(i)];
        all.insert(all.end(), {-tier.capacity, -tier.bandwidth, tier.energy_per_byte});
    }
    return all;
}

bool any_rises(const std::vector<double>& before, const std::vector<double>& after) {
    for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
        if (after[i] > before[i] + 1e-9 * std::abs(before[i])) {
            return true;
        }
    }
    return before.size() != after.size();
}

/// Prices, terms of trade and demand are not physics; neither is what a person says about the area
/// of silicon that exists, or the shape of a die, which the reticle and the wafer limit.
bool is_no_choice_of_content(std::string_view path) {
    return path.starts_with("scenario.") || path.starts_with("workload.") ||
           path == "device.price" || path == "device.rental" || path.ends_with(".reuse") ||
           path.ends_with(".area") || path.ends_with(".defect_density") ||
           path.ends_with(".width") || path.ends_with(".height");
}

class NoVariableIsFree : public testing::TestWithParam<std::string> {};

TEST_P(NoVariableIsFree, WhatSavesMoneyCostsSomethingElse) {
    const Design design = shipped::design(GetParam());
    const Context context = shipped::context();
    const Metrics base = evaluate(shipped::resolved(design), context);
    ASSERT_TRUE(base.feasible());
    const auto costs = [](const Metrics& m) {
        std::vector<double> all{-m.economics.accelerator_cost};
        for (const double usd : m.economics.usd_per_mtok) {
            all.push_back(-usd);
        }
        return all;
    };
    int saved = 0;
    Design stated = design;  // with a supply to move
    ASSERT_TRUE(set_field(stated, "device.vdd", "0.75 V"));
    for (const ConstFieldRef& field : fields(std::as_const(stated))) {
        if (field.kind != FieldKind::kNumber || !field.number->value ||
            is_no_choice_of_content(field.path)) {
            continue;
        }
        for (const double factor : {0.8, 0.95, 1.05, 1.25}) {
            const double value = *field.number->value * factor;
            Design edited = stated;
            const auto resolved =
                set_field(edited, field.path, field.info->whole ? std::round(value) : value)
                    ? resolve(edited, shipped::catalog(), shipped::models())
                    : Result<ResolvedDesign>{Failures{}};
            if (!resolved) {
                continue;
            }
            const Metrics metrics = evaluate(*resolved, context);
            if (metrics.feasible() && any_rises(costs(base), costs(metrics))) {
                ++saved;
                EXPECT_TRUE(any_rises(burdens(base), burdens(metrics)))
                    << field.path << " x " << factor << " saves money and costs nothing";
            }
        }
    }
    EXPECT_GT(saved, 5);
}

INSTANTIATE_TEST_SUITE_P(Shipped, NoVariableIsFree, testing::Values("h100-sxm", "quad"),
                         [](const auto& param) {
                             std::string name = param.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

INSTANTIATE_TEST_SUITE_P(Shipped, EveryVariable, testing::ValuesIn(shipped::design_names()),
                         [](const auto& param) {
                             std::string name = param.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace wafercast
