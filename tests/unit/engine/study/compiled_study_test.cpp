#include "study/compiled_study.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "../evaluate/shipped.hpp"
#include "study/batch_evaluator.hpp"

namespace wafercast {
namespace {

StudyVariable listed(const std::string& path, std::vector<std::string> values) {
    StudyVariable variable;
    variable.path = path;
    variable.values = std::move(values);
    return variable;
}

/// Every metric of every point as the batch gives it and as a person's own evaluation does.
void expect_equal_paths(const Study& study, const std::string& design) {
    const auto catalog = std::make_shared<const Catalog>(shipped::catalog());
    const auto compiled =
        CompiledStudy::compile(study, shipped::design(design), catalog, shipped::models());
    ASSERT_TRUE(compiled) << compiled.error().front().message;
    BatchEvaluator evaluator{*compiled};
    BatchResult batch;
    const auto points = static_cast<std::size_t>((*compiled)->size());
    ASSERT_TRUE(evaluator.evaluate(0, points, batch));
    const auto& table = metric_table();
    for (std::size_t point = 0; point < points; ++point) {
        const auto resolved = (*compiled)->resolve_at(point);
        ASSERT_TRUE(resolved);
        const Metrics plain = evaluate(*resolved, shipped::context());
        for (std::size_t m = 0; m < table.size(); ++m) {
            const double expected = table[m].value(plain);
            if (std::isfinite(expected)) {
                EXPECT_NEAR(batch.metrics[m][point], expected, 1e-12 * std::abs(expected))
                    << table[m].name << " of point " << point;
            }
        }
    }
}

// One point of 120 has the published units and other stacks: there alone the price's own content
// comes and goes with the patched variable.
TEST(CompiledStudy, PricesFollowContentWhereOneVariableMeetsThePublishedOne) {
    Study study;
    std::vector<std::string> units;
    for (int count = 100; count < 160; ++count) {
        units.push_back(std::to_string(count));
    }
    study.variables = {listed("blocks.sm.count", units),
                       listed("package.memory.hbm.count", {"5", "4"})};
    for (study.method.seed = 0; study.method.seed < 4; ++study.method.seed) {  // of spot checks
        expect_equal_paths(study, "h100-sxm");
    }
}

TEST(CompiledStudy, VolumeIsThatOfThePricedContentToo) {
    Study study;
    study.variables = {listed("blocks.sm.count", {"144", "100"}),
                       listed("scenario.volume", {"100000", "200000", "300000"})};
    expect_equal_paths(study, "h100-sxm");
}

TEST(CompiledStudy, RefusesAVariableWithoutValues) {
    Study study;
    StudyVariable empty;
    empty.path = "blocks.sm.count";
    empty.low = "9";
    empty.high = "3";
    empty.step = "1";
    study.variables = {empty};
    const auto compiled = CompiledStudy::compile(
        study, shipped::design("h100-sxm"), std::make_shared<const Catalog>(shipped::catalog()),
        shipped::models());
    ASSERT_FALSE(compiled);
    EXPECT_EQ(compiled.error().front().code, "study.range");
}

}  // namespace
}  // namespace wafercast
