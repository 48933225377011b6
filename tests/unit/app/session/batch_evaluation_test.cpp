// The fast path of studies against the plain one, on shipped designs: it needs readers and models,
// so it stands with the session.
#include <cmath>

#include "core/design_fields.hpp"
#include "math/math.hpp"
#include "reader/read_study.hpp"
#include "session/session.hpp"
#include "session/shipped_files.hpp"
#include "study/batch_evaluator.hpp"

namespace wafercast {
namespace {

const Session& session() {
    static const auto opened = [] {
        SessionOptions options;
        options.user_overlay = false;
        return Session::open(options);
    }();
    return **opened;
}

std::filesystem::path design_file(const std::string& name) {
    return *data_folder() / "designs" / (name + ".toml");
}

std::shared_ptr<const CompiledStudy> compiled(const Study& study) {
    const auto loaded = session().load(study.design, study.sets);
    EXPECT_TRUE(loaded);
    auto result =
        CompiledStudy::compile(study, loaded->design, loaded->catalog, session().models());
    EXPECT_TRUE(result) << result.error().front().message;
    return *result;
}

Study study_of(const std::string& design, std::vector<StudyVariable> variables) {
    Study study;
    study.design = design_file(design).string();
    study.variables = std::move(variables);
    return study;
}

StudyVariable list(std::string path, std::vector<std::string> values) {
    StudyVariable variable;
    variable.path = std::move(path);
    variable.values = std::move(values);
    return variable;
}

StudyVariable range(std::string path, std::string low, std::string high, int count) {
    StudyVariable variable;
    variable.path = std::move(path);
    variable.low = std::move(low);
    variable.high = std::move(high);
    variable.count = count;
    return variable;
}

/// Batches at random places against design -> resolve -> evaluate; @return points compared
int compare(const CompiledStudy& study, std::shared_ptr<const CompiledStudy> shared, int places) {
    BatchEvaluator evaluator{shared};
    BatchResult batch;
    const auto& table = metric_table();
    int compared = 0;
    for (int i = 0; i < places; ++i) {
        const auto first = static_cast<std::uint64_t>(
            math::uniform(7, static_cast<std::uint64_t>(i)) * static_cast<double>(study.size()));
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(3, study.size() - first));
        EXPECT_TRUE(evaluator.evaluate(first, count, batch));
        for (std::size_t row = 0; row < count; ++row) {
            const auto resolved = study.resolve_at(first + row);
            EXPECT_EQ(resolved.has_value(), batch.no_design[row].empty());
            if (!resolved) {
                continue;
            }
            Context context;
            context.models = &study.models();
            const Metrics metrics = evaluate(*resolved, context);
            EXPECT_EQ(metrics.feasible(), batch.feasible[row] != 0) << first + row;
            for (std::size_t k = 0; k < table.size(); ++k) {
                const double plain = table[k].value(metrics);
                const double fast = batch.metrics[k][row];
                if (std::isnan(plain) || (table[k].needs_workload && !metrics.has_workload)) {
                    EXPECT_TRUE(std::isnan(fast)) << table[k].name;
                } else {
                    EXPECT_NEAR(fast, plain, 1e-12 * std::abs(plain))
                        << table[k].name << " at point " << first + row;
                    ++compared;
                }
            }
        }
    }
    return compared;
}

TEST(BatchEvaluation, EqualsThePlainPathOnTheShippedStudy) {
    const auto read = read_study(*data_folder() / "studies" / "h100-what-if.toml");
    ASSERT_TRUE(read);
    const auto study = compiled(*read);
    EXPECT_EQ(study->size(), 19U * 4U);
    EXPECT_TRUE(study->axes()[0].patched);   // a count is one scalar
    EXPECT_FALSE(study->axes()[1].patched);  // a process is another structure
    EXPECT_GT(compare(*study, study, 30), 1000);
}

TEST(BatchEvaluation, PatchesNumbersThatAreOneScalar) {
    const auto study =
        compiled(study_of("h100-sxm", {range("blocks.sm.count", "120", "169", 50),
                                       range("device.clock", "1.4 GHz", "1.79 GHz", 40),
                                       range("scenario.utilisation", "0.51", "1", 50),
                                       list("scenario.year", {"2024", "2026"})}));
    EXPECT_EQ(study->size(), 50U * 40U * 50U * 2U);
    EXPECT_TRUE(study->axes()[0].patched);
    EXPECT_TRUE(study->axes()[1].patched);
    EXPECT_TRUE(study->axes()[2].patched);
    EXPECT_FALSE(study->axes()[3].patched);  // a year changes every dated figure
    EXPECT_GT(compare(*study, study, 25), 1000);
}

TEST(BatchEvaluation, FollowsSoldUnitsSidesAndParts) {
    const auto study =
        compiled(study_of("h100-sxm", {list("blocks.sm.count", {"100", "144", "160"}),
                                       list("blocks.sm.sold", {"80", "96"}),
                                       list("dies.gpu.width", {"20 mm", "25.4 mm"}),
                                       list("package.memory.hbm.count", {"4", "5", "6"}),
                                       list("workload.precision.weights", {"fp8", "bf16"})}));
    EXPECT_FALSE(study->axes()[0].patched);  // sold varies too: what follows is decided together
    EXPECT_FALSE(study->axes()[2].patched);  // the published width is no prescription
    EXPECT_GT(compare(*study, study, 25), 1000);
}

TEST(BatchEvaluation, EqualsThePlainPathWithoutAWorkloadAndOnTheEdge) {
    const auto epyc = compiled(study_of(
        "epyc-zen1", {range("dies.zeppelin.defect_density", "0.05 /cm2", "0.5 /cm2", 12)}));
    EXPECT_GT(compare(*epyc, epyc, 10), 100);
    const auto watch =
        compiled(study_of("watch-npu", {list("device.clock", {"200 MHz", "400 MHz"})}));
    EXPECT_GT(compare(*watch, watch, 4), 50);
}

TEST(BatchEvaluation, DoesNotDependOnTheBatches) {
    const auto study =
        compiled(study_of("h100-sxm", {range("blocks.sm.count", "72", "216", 19),
                                       list("dies.gpu.process", {"n7", "n5", "n4"})}));
    BatchEvaluator whole{study};
    BatchEvaluator parts{study};
    BatchResult all;
    BatchResult one;
    ASSERT_TRUE(whole.evaluate(0, study->size(), all));
    for (std::uint64_t point = study->size(); point-- > 0;) {  // backwards, one at a time
        ASSERT_TRUE(parts.evaluate(point, 1, one));
        for (std::size_t k = 0; k < all.metrics.size(); ++k) {
            const double a = all.metrics[k][point];
            EXPECT_TRUE(a == one.metrics[k][0] || std::isnan(a)) << metric_table()[k].name;
        }
    }
}

TEST(BatchEvaluation, StopsWhenAsked) {
    const auto study = compiled(study_of("h100-sxm", {range("blocks.sm.count", "72", "216", 145)}));
    BatchEvaluator evaluator{study};
    BatchResult batch;
    EXPECT_FALSE(evaluator.evaluate(0, study->size(), batch, [] { return true; }));
}

TEST(CompiledStudy, NumbersPointsWithTheLastVariableFastest) {
    const auto study =
        compiled(study_of("h100-sxm", {list("blocks.sm.count", {"72", "144"}),
                                       list("dies.gpu.process", {"n7", "n5", "n4"})}));
    EXPECT_EQ(study->steps(0), (std::vector<std::uint32_t>{0, 0}));
    EXPECT_EQ(study->steps(2), (std::vector<std::uint32_t>{0, 2}));
    EXPECT_EQ(study->steps(3), (std::vector<std::uint32_t>{1, 0}));
    EXPECT_EQ(study->design_at(4)->dies[0].process, "n5");
}

TEST(CompiledStudy, ReportsEveryProblemAtOnce) {
    Study study = study_of(
        "h100-sxm",
        {list("blocks.sm.cuont", {"72"}), list("dies.gpu.process", {"n5", "n4x"}),
         list("device.clock", {"1.8 GHz", "2 kg"}), range("dies.gpu.width", "20 mm", "26 mm", 3),
         range("dies.gpu.height", "20 mm", "26 mm", 3)});
    study.variables.push_back(range("scenario.utilisation", "0.5", "1", 0));
    study.objectives = {{"token_economics.usd_per_token", false, {}}};
    StudyConstraint constraint;
    constraint.metric = "device.power_w";
    constraint.maximum = StudyLimit{0.1, dimension::length, "10 cm"};
    study.constraints = {constraint};
    const auto loaded = session().load(study.design);
    ASSERT_TRUE(loaded);
    const auto result =
        CompiledStudy::compile(study, loaded->design, loaded->catalog, session().models());
    ASSERT_FALSE(result);
    std::string all;
    for (const Failure& failure : result.error()) {
        all += failure.code + " ";
    }
    EXPECT_NE(all.find("study.continuous"), std::string::npos) << all;
    EXPECT_NE(all.find("study.unknown_metric"), std::string::npos) << all;
    EXPECT_NE(all.find("study.wrong_dimension"), std::string::npos) << all;
    EXPECT_NE(all.find("study.two_sides"), std::string::npos) << all;
    EXPECT_GE(result.error().size(), 5U);
}

TEST(CompiledStudy, RefusesValuesThatMakeNoDesign) {
    const auto loaded = session().load(design_file("h100-sxm"));
    ASSERT_TRUE(loaded);
    const auto result =
        CompiledStudy::compile(study_of("h100-sxm", {list("dies.gpu.process", {"n5", "n4x"}),
                                                     list("device.clock", {"1.8 GHz", "2 kg"})}),
                               loaded->design, loaded->catalog, session().models());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().size(), 2U);
}

}  // namespace
}  // namespace wafercast
