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

TEST(AttentionRows, ShippedPrefillRowsArePredictedFromDataSheets) {
    const SuiteReport report = shipped_report("measured_attention_prefill");
    EXPECT_EQ(report.predicted, 40U);
    EXPECT_LT(report.mean_abs_rel_error, 0.10);
    EXPECT_LT(std::abs(report.bias), 0.04);
    EXPECT_GT(report.p10_p90_coverage, 0.65);
}

TEST(AttentionRows, ShippedDecodeRowsArePredictedFromDataSheets) {
    const SuiteReport report = shipped_report("measured_attention_decode");
    EXPECT_EQ(report.predicted, 40U);
    EXPECT_LT(report.mean_abs_rel_error, 0.11);
    EXPECT_LT(std::abs(report.bias), 0.04);
    EXPECT_GT(report.p10_p90_coverage, 0.65);
}

std::string rows_of(double step_ms, double offset_ms) {
    std::string text =
        "system,backend,attn_dtype,kv_cache_dtype,batch_size,isl,step,num_heads,"
        "num_key_value_heads,head_dim,window_size,latency_ms\n";
    for (int i = 0; i < 24; ++i) {
        text += "h100_sxm,vllm/0.24.0,bfloat16,fp8,4,1,1023,8,2,128,," +
                std::to_string(step_ms * (5 + i % 9) + offset_ms * i) + "\n";
    }
    return text;
}

// A timer that shows only multiples of 2.048 us, and one that does not.
TEST(AttentionRows, ACoarseTimerIsSeenInItsTimes) {
    const auto tick = [](const std::string& text) {
        const auto table = read_reference_text(text, "rows.csv");
        EXPECT_TRUE(table);
        const auto read = read_decode_attention_rows(*table);
        EXPECT_TRUE(read);
        EXPECT_EQ(read->rows.size(), 24U);
        return read->rows.front().tick;
    };
    EXPECT_DOUBLE_EQ(tick(rows_of(2.048e-3, 0.0)), 2.048e-6);
    EXPECT_EQ(tick(rows_of(2.048e-3, 0.00019)), 0.0);
}

TEST(AttentionRows, StepIsThePastAndUnknownFormatsAreSkipped) {
    const auto table = read_reference_text(
        "system,backend,attn_dtype,kv_cache_dtype,batch_size,isl,step,num_heads,"
        "num_key_value_heads,head_dim,window_size,latency_ms\n"
        "h100_sxm,vllm/0.24.0,bfloat16,bfloat16,1,1,1023,8,2,128,,0.0157\n"
        "h100_sxm,vllm/0.24.0,bfloat16,posit8,1,1,1023,8,2,128,0.0,0.0157\n",
        "rows.csv");
    ASSERT_TRUE(table);
    const auto rows = read_decode_attention_rows(*table);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->rows.size(), 1U);
    ASSERT_EQ(rows->skipped.size(), 1U);
    KernelConstants constants;
    KernelDevice device;
    device.memory_bandwidth = 1e12;
    device.peak[index(NumberFormat::kBf16)] = 1e14;
    for (const NamedConstant& constant : attention_constants()) {
        constant.in(constants) = 0.5 * (constant.low + constant.high);
    }
    device.constants = &constants;
    // Keys and values of 1024 tokens and two heads; a query and an output of eight.
    EXPECT_DOUBLE_EQ(rows->rows[0].predict(device).bytes, 256.0 * 2.0 * (1024.0 * 2.0 + 8.0));
}

}  // namespace
}  // namespace wafercast
