#include "test/test_models.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

// docs/models/test.md, "Example 1".
TEST(DetectionRate, MatchesWorkedExample) {
    const TestOutcome outcome = detection_rate(0.8, 0.95);
    EXPECT_NEAR(outcome.pass_share, 0.81, 1e-15);
    EXPECT_NEAR(outcome.outgoing_quality, 0.8 / 0.81, 1e-15);
}

// docs/models/test.md, "Example 2": defect level 1 - 0.8^0.05 = 1.11 %.
TEST(FaultCoverage, MatchesWorkedExample) {
    const TestOutcome outcome = fault_coverage(0.8, 0.95);
    EXPECT_NEAR(outcome.pass_share, 0.808976, 1e-6);
    EXPECT_NEAR(1.0 - outcome.outgoing_quality, 0.011095, 1e-6);
}

TEST(TestModels, AgreeAtTheirEndsAndLoseNoGoodPart) {
    Registry<TestModel> models;
    register_test_models(models);
    for (const TestModel* model : models.all()) {
        for (const double yield : {0.05, 0.5, 0.93, 1.0}) {
            EXPECT_NEAR(model->evaluate(yield, 1.0).pass_share, yield, 1e-12) << model->id;
            EXPECT_NEAR(model->evaluate(yield, 1.0).outgoing_quality, 1.0, 1e-12) << model->id;
            EXPECT_NEAR(model->evaluate(yield, 0.0).pass_share, 1.0, 1e-12) << model->id;
            const TestOutcome outcome = model->evaluate(yield, 0.7);
            EXPECT_NEAR(outcome.pass_share * outcome.outgoing_quality, yield, 1e-12) << model->id;
        }
    }
}

}  // namespace
}  // namespace wafercast
