// The rows of serving benchmarks that ship: within the targets, predicted to the last row.
#include <filesystem>
#include <gtest/gtest.h>

#include "reader/read_catalog.hpp"
#include "validation/inferencex_rows.hpp"
#include "validation/llm_inference_bench.hpp"
#include "validation/validation_perf.hpp"

namespace wafercast {
namespace {

std::filesystem::path data() {
    const char* root = std::getenv("WAFERCAST_SOURCE_DIR");
    EXPECT_NE(root, nullptr) << "run through ctest, which sets WAFERCAST_SOURCE_DIR";
    return std::filesystem::path{root == nullptr ? "." : root} / "data";
}

const Catalog& catalog() {
    static const Catalog read = [] {
        auto all = read_catalog({data() / "catalog"});
        EXPECT_TRUE(all) << all.error().front().message;
        return all ? std::move(*all) : Catalog{};
    }();
    return read;
}

ValidationInputs inputs() {
    ValidationInputs all;
    all.catalog = &catalog();
    all.shipped = data();
    return all;
}

double error_of(const SuiteReport& report, const std::string& quantity) {
    for (const ErrorOfGroup& group : report.by_quantity) {
        if (group.name == quantity) {
            return group.mean_abs_rel_error;
        }
    }
    ADD_FAILURE() << "no " << quantity;
    return 1.0;
}

TEST(ServingSuites, ShippedServingPointsAreWithinTheTargets) {
    const auto table = read_reference_table(data() / "validation" / "measured_inferencex_e2e.csv");
    ASSERT_TRUE(table);
    const auto report = run_inferencex_suite(*table, inputs());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->predicted, table->rows.size());
    EXPECT_LT(error_of(*report, "tpot"), 0.15);
    EXPECT_LT(error_of(*report, "ttft"), 0.30);
    EXPECT_GT(report->p10_p90_coverage, 0.6);
}

TEST(ServingSuites, ShippedBatchesAreWithinTheTargets) {
    const auto table =
        read_reference_table(data() / "validation" / "measured_llm_inference_bench.csv");
    ASSERT_TRUE(table);
    const auto report = run_llm_inference_bench(*table, inputs(), false);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->predicted, table->rows.size());
    EXPECT_LT(error_of(*report, "latency_s"), 0.10);
    EXPECT_LT(error_of(*report, "throughput_tok_s"), 0.10);
    EXPECT_LT(std::abs(report->bias), 0.05);
}

TEST(ServingSuites, MeasuredValuesAreNoInputs) {
    auto table = read_reference_table(data() / "validation" / "measured_llm_inference_bench.csv");
    ASSERT_TRUE(table);
    const auto before = run_llm_inference_bench(*table, inputs(), false);
    for (auto& row : table->rows) {
        row.cells["latency_s"] = "1";
        row.cells["throughput_tok_s"] = "1";
    }
    const auto after = run_llm_inference_bench(*table, inputs(), false);
    ASSERT_TRUE(before && after);
    ASSERT_EQ(before->cases.size(), after->cases.size());
    for (std::size_t i = 0; i < before->cases.size(); ++i) {
        EXPECT_EQ(before->cases[i].actual, after->cases[i].actual);
    }
}

TEST(ServingSuites, PublishedRowsOfEachKindArePredicted) {
    constexpr const char* kRows =
        "case,system,n_accel,model,precision,scenario,isl_tokens,osl_tokens,metric,value,unit,"
        "note\n"
        "MLPerf,H100-SXM x8,8,llama3.1-8b,fp8,Offline,~778,128,throughput,1,tok/s,\n"
        "MLPerf,H100-SXM x8,8,llama3.1-8b,fp8,Server,~778,,throughput,1,tok/s,\n"
        "Bench,B200 TP=8,8,GPT-OSS-120B,mxfp4,1k/1k,1000,1000,TPOT at concurrency 1,1,ms,\n"
        "DeepSeek production,\"8 x H800, EP144\",8,DeepSeek-V3/R1,fp8,decode,\"KV 4,989\",,"
        "throughput,1,tok/s/node,\n"
        "DeepSeek production,fleet,,DeepSeek-V3/R1,,,608e9,168e9,average nodes,1,nodes,\n"
        "Other,abacus,1,DeepSeek-V3/R1,fp8,x,1,1,throughput,1,tok/s,\n"
        "Other,H100,1,DeepSeek-V3/R1,fp8,x,1,1,beauty,1,helen,\n";
    const auto table = read_reference_text(kRows, "validation_perf.csv");
    ASSERT_TRUE(table);
    const auto report = run_validation_perf(*table, inputs());
    ASSERT_TRUE(report);
    ASSERT_EQ(report->cases.size(), 5U);
    EXPECT_EQ(report->excluded.size(), 1U);
    EXPECT_EQ(report->skipped.size(), 1U);
    const auto actual = [&](std::size_t i) { return report->cases[i].actual; };
    EXPECT_GE(actual(0), actual(1));  // limits on latency cost throughput
    EXPECT_GT(actual(1), 0.5 * actual(0));
    EXPECT_GT(actual(2), 0.5);
    EXPECT_LT(actual(2), 10.0);
    EXPECT_GT(actual(3), 5000.0);
}

}  // namespace
}  // namespace wafercast
