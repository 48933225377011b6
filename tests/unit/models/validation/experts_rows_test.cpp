// The rows that ship, predicted from data sheets and the constants of their families.
#include <cmath>
#include <gtest/gtest.h>

#include "unit/engine/evaluate/shipped.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

TEST(ExpertsRows, ShippedRowsArePredictedFromDataSheets) {
    const auto table =
        read_reference_table(shipped::source() / "data" / "validation" / "measured_moe.csv");
    ASSERT_TRUE(table);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    const auto report = run_kernel_suite("measured_moe", *table, inputs);
    ASSERT_TRUE(report) << report.error().front().message;
    EXPECT_EQ(report->predicted, 36U);
    EXPECT_LT(report->mean_abs_rel_error, 0.13);
    EXPECT_LT(std::abs(report->bias), 0.08);
    EXPECT_GT(report->p10_p90_coverage, 0.6);
}

// An unknown format is named, not guessed; the older benchmark ran Nemotron's experts with a gate.
TEST(ExpertsRows, FormatsAndVersionsAreRead) {
    const auto table = read_reference_text(
        "system,backend,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,"
        "moe_ep_size,distribution,latency_ms\n"
        "h100_sxm,vllm/0.24.0,bfloat16,16,2688,1856,6,128,1,1,balanced,0.5\n"
        "h100_sxm,vllm/0.14.0,bfloat16,16,2688,1856,6,128,1,1,balanced,0.5\n"
        "h100_sxm,vllm/0.24.0,posit8,16,2688,1856,6,128,1,1,balanced,0.5\n",
        "rows.csv");
    ASSERT_TRUE(table);
    const auto rows = read_experts_rows(*table);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->rows.size(), 2U);
    ASSERT_EQ(rows->skipped.size(), 1U);
    KernelConstants constants;
    constants.experts.wide = {.memory = 1.0, .rate = 1.0};
    constants.experts.feed = constants.experts.pointwise = 1.0;
    KernelDevice device;
    device.memory_bandwidth = 1e12;
    device.peak[index(NumberFormat::kBf16)] = 1e15;
    device.constants = &constants;
    const double without = rows->rows[0].predict(device).flops;
    EXPECT_DOUBLE_EQ(without, 2.0 * 96.0 * 2.0 * 2688.0 * 1856.0);
    EXPECT_DOUBLE_EQ(rows->rows[1].predict(device).flops, 1.5 * without);
}

// One scale per tensor is slow in the version that showed it, and in no other.
TEST(ExpertsRows, TheSlowPathIsOfItsVersion) {
    const auto table = read_reference_text(
        "system,backend,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,"
        "moe_ep_size,distribution,latency_ms\n"
        "h100_sxm,vllm/0.24.0,fp8,16,4096,2048,8,256,1,1,balanced,0.5\n"
        "h100_sxm,vllm/0.22.0,fp8,16,4096,2048,8,256,1,1,balanced,0.5\n",
        "rows.csv");
    ASSERT_TRUE(table);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    const auto report = run_kernel_suite("measured_moe", *table, inputs);
    ASSERT_TRUE(report) << report.error().front().message;
    ASSERT_EQ(report->cases.size(), 2U);
    EXPECT_GT(report->cases[0].actual, 2.0 * report->cases[1].actual);
}

// Weights as stored, and what they are multiplied in, by the names of public tables.
TEST(ExpertsRows, NamesOfPublicTablesArePredicted) {
    struct Named {
        std::string name;
        double weight_bits;
    };
    const std::vector<Named> names{{"float16", 16.0},
                                   {"fp8_block", 8.0},
                                   {"int4_wo", 4.125},
                                   {"w4afp8", 4.125},
                                   {"nvfp4", 4.5},
                                   {"nvfp4_wo", 4.5},
                                   {"w4a16_mxfp4_cutlass", 4.25},
                                   {"w4a8_mxfp4_mxfp8", 4.25},
                                   {"w4a8_mxfp4_mxfp8_trtllm", 4.25}};
    std::string text =
        "system,backend,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,"
        "moe_ep_size,distribution,latency_ms\n";
    for (const Named& named : names) {
        text += "b300_sxm,trtllm/1.3," + named.name + ",1,8192,8192,8,8,1,1,balanced,0.5\n";
    }
    const auto table = read_reference_text(text, "rows.csv");
    ASSERT_TRUE(table);
    const auto rows = read_experts_rows(*table);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->rows.size(), names.size());
    KernelConstants constants;
    KernelDevice device;
    device.memory_bandwidth = 1e12;
    device.peak[index(NumberFormat::kBf16)] = 1e15;
    device.peak[index(NumberFormat::kFp8)] = 2e15;
    device.constants = &constants;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const double weights = 8.0 * 3.0 * 8192.0 * 8192.0;
        const double bits = 8.0 * rows->rows[i].predict(device).bytes / weights;
        EXPECT_NEAR(bits, names[i].weight_bits, 0.05) << names[i].name;
    }
}

// The rank with most rows: level where experts are alike or hot ones are copied, else above.
TEST(ExpertsRows, DistributionsOfPublicTablesAreRead) {
    const auto table = read_reference_text(
        "system,backend,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,"
        "moe_ep_size,distribution,latency_ms\n"
        "h200_sxm,trtllm/1,fp8,4096,7168,2048,8,256,1,32,balanced,1\n"
        "h200_sxm,trtllm/1,fp8,4096,7168,2048,8,256,1,32,power_law_1.01_eplb,1\n"
        "h200_sxm,trtllm/1,fp8,4096,7168,2048,8,256,1,32,uniform,1\n"
        "h200_sxm,trtllm/1,fp8,4096,7168,2048,8,256,1,32,power_law_1.2,1\n",
        "rows.csv");
    ASSERT_TRUE(table);
    const auto rows = read_experts_rows(*table);
    ASSERT_TRUE(rows) << rows.error().front().message;
    ASSERT_EQ(rows->rows.size(), 4U);
    KernelConstants constants;
    KernelDevice device;
    device.memory_bandwidth = 1e12;
    device.peak[index(NumberFormat::kFp8)] = 1e15;
    device.constants = &constants;
    const auto flops = [&](std::size_t i) { return rows->rows[i].predict(device).flops; };
    EXPECT_DOUBLE_EQ(flops(1), flops(0));
    EXPECT_GT(flops(2), flops(0));
    EXPECT_GT(flops(3), flops(2));
}

}  // namespace
}  // namespace wafercast
