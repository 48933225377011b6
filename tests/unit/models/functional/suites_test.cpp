#include "functional/suites.hpp"

#include <cmath>

#include "gtest/gtest.h"

#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional {
namespace {

using namespace testing;

SuiteInputs stories() {
    return {*load_model(stories_model(), stories_tokenizer()), read_text(stories_text()), 0};
}

std::filesystem::path table(const char* name) {
    return shared_folder() / "reference" / "functional" / name;
}

TEST(Suites, StemsAreRecognised) {
    EXPECT_EQ(suite_of_stem("stories260K_greedy_fp32"), "functional_greedy");
    EXPECT_EQ(suite_of_stem("ternary3M_logits"), "functional_logits");
    EXPECT_EQ(suite_of_stem("llamacpp_perplexity"), "functional_perplexity");
    EXPECT_EQ(suite_of_stem("functional_quality_sweep"), "functional_quality_sweep");
    EXPECT_EQ(suite_of_stem("measured_gemm"), "");
}

TEST(Suites, UnknownNameFails) {
    SKIP_WITHOUT(stories_model());
    EXPECT_FALSE(run_suite("functional_nothing", {}, stories()).has_value());
}

TEST(Suites, GreedyAgreesTokenByToken) {
    SKIP_WITHOUT(stories_model());
    const auto outcome =
        run_suite("functional_greedy", read_csv(table("stories260K_greedy_fp32.csv")), stories());
    ASSERT_TRUE(outcome.has_value());
    std::size_t tokens = 0;
    for (const auto& c : outcome->cases) {
        if (c.quantity != "min_top1_minus_top2_logit_gap") {
            EXPECT_EQ(c.actual, c.expected) << c.quantity;
        }
        if (c.quantity == "token_ids") ++tokens;
    }
    EXPECT_EQ(tokens, 2U);
}

TEST(Suites, ExpectedColumnsAreNeverInputs) {
    SKIP_WITHOUT(stories_model());
    auto rows = read_csv(table("stories260K_logits.csv"));
    const auto before = run_suite("functional_logits", rows, stories());
    for (auto& row : rows) {
        for (auto& [name, text] : row) {
            if (name.starts_with("logit")) text = "42";
        }
    }
    const auto after = run_suite("functional_logits", rows, stories());
    ASSERT_EQ(before->cases.size(), after->cases.size());
    for (std::size_t i = 0; i < before->cases.size(); ++i) {
        EXPECT_EQ(before->cases[i].actual, after->cases[i].actual);
        EXPECT_NEAR(before->cases[i].actual, before->cases[i].expected, 1e-5);
        EXPECT_EQ(after->cases[i].expected, 42.0);
    }
}

TEST(Suites, PerplexityRowsOfTheStrictReference) {
    SKIP_WITHOUT(stories_model());
    const auto rows = read_csv(table("llamacpp_perplexity.csv"));
    const auto outcome = run_suite("functional_perplexity", rows, stories());
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->cases.size(), 3U);
    EXPECT_EQ(outcome->cases.size() + outcome->skipped.size(), rows.size());
    for (const auto& c : outcome->cases) EXPECT_NEAR(c.actual, c.expected, 1e-6);
    for (const auto& s : outcome->skipped) EXPECT_FALSE(s.reason.empty());
}

TEST(Suites, FaultRowsOfTheSweepAreExcluded) {
    SKIP_WITHOUT(stories_model());
    std::vector<SuiteRow> rows;
    for (const auto& row : read_csv(table("stories260K_quality_sweep.csv"))) {
        const std::string& config = row.at("config");
        if (config == "w_int8_g32" || config.find("bitflip") != std::string::npos)
            rows.push_back(row);
    }
    rows.push_back({{"config", "w_int99_g32"}, {"ppl", "1"}});
    const auto outcome = run_suite("functional_quality_sweep", rows, stories());
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->cases.size(), 5U);
    for (const auto& c : outcome->cases) {
        EXPECT_NEAR(c.actual, c.expected, 1e-4 * std::fabs(c.expected) + 1e-5) << c.quantity;
    }
    ASSERT_EQ(outcome->skipped.size(), rows.size() - 1);
    EXPECT_FALSE(outcome->skipped.back().excluded);
    EXPECT_TRUE(outcome->skipped.front().excluded);
}

}  // namespace
}  // namespace wafercast::functional
