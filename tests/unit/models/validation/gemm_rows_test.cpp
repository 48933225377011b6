// The rows that ship, predicted from data sheets and the constants of their families.
#include <gtest/gtest.h>

#include "unit/engine/evaluate/shipped.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

TEST(GemmRows, ShippedRowsArePredictedFromDataSheets) {
    const auto table =
        read_reference_table(shipped::source() / "data" / "validation" / "measured_gemm.csv");
    ASSERT_TRUE(table);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    const auto report = run_kernel_suite("measured_gemm", *table, inputs);
    ASSERT_TRUE(report) << report.error().front().message;
    EXPECT_EQ(report->predicted, 40U);
    EXPECT_LT(report->mean_abs_rel_error, 0.09);
    EXPECT_LT(std::abs(report->bias), 0.03);
    EXPECT_GT(report->p10_p90_coverage, 0.7);
}

KernelRows rows_of(const std::string& text) {
    const auto table = read_reference_text(
        "system,backend,gemm_dtype,m,n,k,latency_ms,kernel_source\n" + text, "rows.csv");
    EXPECT_TRUE(table);
    auto rows = read_gemm_rows(*table);
    EXPECT_TRUE(rows);
    return *rows;
}

/// Without a cache or a fixed cost, traffic tells what a row multiplies.
KernelDevice device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = 100.0;
    d.clock = 1e9;
    d.peak[index(NumberFormat::kBf16)] = 200e12;
    d.peak[index(NumberFormat::kFp8)] = d.peak[index(NumberFormat::kInt8)] = 400e12;
    d.memory_bandwidth = 2e12;
    d.constants = &constants;
    return d;
}

KernelConstants constants() {
    KernelConstants k;
    GemmConstants& c = k.gemm;
    c.rate = c.narrow_rate = c.integer_rate = c.widen_rate = c.memory = c.feed = 1.0;
    c.kept = 0.5;
    c.quantise = 1e-6;
    return k;
}

TEST(GemmRows, FormatsSayWhatIsStoredAndWhatIsMultiplied) {
    const auto rows = rows_of(
        "a,vllm/1,bfloat16,1,8192,8192,1,x\n"
        "a,trtllm/1,int8_wo,1,8192,8192,1,trt_flow/plugin\n"
        "a,trtllm/1,int4_wo,1,8192,8192,1,trt_flow/plugin\n"
        "a,trtllm/1,sq,1,8192,8192,1,trt_flow/plugin\n"
        "a,vllm/1,nvfp4,1,8192,8192,1,x\n"
        "a,vllm/1,fp8_block,1,8192,8192,1,x\n"
        "a,vllm/1,fp9,1,8192,8192,1,x\n");
    ASSERT_EQ(rows.rows.size(), 5U);
    EXPECT_EQ(rows.excluded.size(), 1U);
    EXPECT_EQ(rows.skipped.size(), 1U);
    const KernelConstants c = constants();
    constexpr double kWeights = 8192.0 * 8192.0;
    const auto bytes = [&](std::size_t i) {
        return rows.rows[i].predict(device(c)).bytes / kWeights;
    };
    EXPECT_NEAR(bytes(0), 2.0, 0.01);
    EXPECT_NEAR(bytes(1), 1.0, 0.01);
    EXPECT_NEAR(bytes(2), 0.5, 0.01);
    EXPECT_NEAR(bytes(3), 1.0, 0.01);
    EXPECT_NEAR(bytes(4), 4.5 / 8.0, 0.01);
    EXPECT_EQ(rows.rows[3].predict(device(c)).narrowing, 0.0);
    EXPECT_GT(rows.rows[4].predict(device(c)).narrowing, 0.0);
    EXPECT_EQ(rows.rows[0].tick, 0.0);
    EXPECT_GT(rows.rows[1].tick, 1e-6);
}

// Every name that public tables of kernels use; the reference leaves fp8_block out of one suite
// only.
TEST(GemmRows, NamesOfPublicTablesArePredicted) {
    std::string text = "system,backend,gemm_dtype,m,n,k,latency_ms,kernel_source\n";
    const std::vector<std::string> names{
        "bfloat16", "float16",    "fp8",       "fp8_static", "fp8_ootb",     "fp8_block",  "sq",
        "int8_wo",  "int4_wo",    "nvfp4",     "nvfp4_wo",   "w4a16_nvfp4",  "mxfp4",      "mxfp8",
        "int8",     "w4a8_nvfp4", "w4a16_awq", "w4afp8",     "w8a8_dynamic", "float8_e4m3"};
    for (const std::string& name : names) {
        text += "h200_sxm,sglang/0.5," + name + ",64,4096,4096,0.1,x\n";
    }
    const auto table = read_reference_text(text, "rows.csv");
    ASSERT_TRUE(table);
    const auto left_out = read_gemm_rows(*table);
    ASSERT_TRUE(left_out);
    EXPECT_EQ(left_out->rows.size(), names.size() - 1);
    EXPECT_EQ(left_out->excluded.size(), 1U);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    const auto report = run_kernel_suite("measured_gemm_trtllm", *table, inputs);
    ASSERT_TRUE(report) << report.error().front().message;
    EXPECT_EQ(report->predicted, names.size());
    EXPECT_TRUE(report->skipped.empty());
}

// 8 MB of weights and 50 MB of cache: six copies spill, as many as fill it do not quite.
TEST(GemmRows, CollectorsRotateTheirWeights) {
    const auto rows = rows_of(
        "a,vllm/1,bfloat16,1,2048,2048,1,x\n"
        "a,trtllm/1,bfloat16,1,1024,2048,1,x\n");
    const KernelConstants c = constants();
    KernelDevice d = device(c);
    d.cache_bytes = 50e6;
    EXPECT_GT(rows.rows[0].predict(d).bytes, 2.0 * 2048.0 * 2048.0 * 0.9);
    EXPECT_LT(rows.rows[1].predict(d).bytes, 1.0);
}

}  // namespace
}  // namespace wafercast
