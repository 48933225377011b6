// The rows that ship, predicted from data sheets and the constants of their families.
#include <gtest/gtest.h>

#include "unit/engine/evaluate/shipped.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

SuiteReport shipped_report(const std::string& suite) {
    const auto table =
        read_reference_table(shipped::source() / "data" / "validation" / (suite + ".csv"));
    EXPECT_TRUE(table);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    auto report = run_kernel_suite(suite, *table, inputs);
    EXPECT_TRUE(report) << report.error().front().message;
    return *report;
}

TEST(LatentAttentionRows, ShippedPrefillRowsArePredictedFromDataSheets) {
    const SuiteReport report = shipped_report("measured_mla_prefill");
    EXPECT_EQ(report.predicted, 40U);
    EXPECT_LT(report.mean_abs_rel_error, 0.07);
    EXPECT_LT(std::abs(report.bias), 0.03);
    EXPECT_GT(report.p10_p90_coverage, 0.65);
}

TEST(LatentAttentionRows, ShippedDecodeRowsArePredictedFromDataSheets) {
    const SuiteReport report = shipped_report("measured_mla_decode");
    EXPECT_EQ(report.predicted, 40U);
    EXPECT_LT(report.mean_abs_rel_error, 0.08);
    EXPECT_LT(std::abs(report.bias), 0.04);
    EXPECT_GT(report.p10_p90_coverage, 0.65);
}

// `step` tokens are cached before the `isl` of the call; an unknown format is named, not guessed.
TEST(LatentAttentionRows, StepIsThePastAndUnknownFormatsAreSkipped) {
    const auto table = read_reference_text(
        "system,backend,mla_dtype,kv_cache_dtype,num_heads,batch_size,isl,step,latency_ms\n"
        "h100_sxm,trtllm/1.3,bfloat16,fp8,16,4,1,1023,0.0157\n"
        "h100_sxm,trtllm/1.3,bfloat16,posit8,16,4,1,1023,0.0157\n",
        "rows.csv");
    ASSERT_TRUE(table);
    const auto rows = read_decode_latent_attention_rows(*table);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->rows.size(), 1U);
    ASSERT_EQ(rows->skipped.size(), 1U);
    EXPECT_EQ(rows->rows[0].stack, "trtllm");
    KernelConstants constants;
    for (const NamedConstant& constant : latent_attention_constants()) {
        constant.in(constants) = 1.0;
    }
    KernelDevice device;
    device.peak[index(NumberFormat::kBf16)] = 1e12;
    device.memory_bandwidth = 1e12;
    device.constants = &constants;
    EXPECT_DOUBLE_EQ(rows->rows[0].predict(device).flops, 2.0 * 4 * 16 * 1024 * 1088);
}

}  // namespace
}  // namespace wafercast
