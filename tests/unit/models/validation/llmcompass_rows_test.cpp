// Operators as text, and the rows that ship.
#include <cmath>
#include <gtest/gtest.h>

#include "kernels/catalog_device.hpp"
#include "unit/engine/evaluate/shipped.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

constexpr const char* kHeader = "hardware,op,shape,dtype,value,unit\n";

KernelRows rows_of(const std::string& lines) {
    const auto table = read_reference_text(kHeader + lines, "rows.csv");
    EXPECT_TRUE(table);
    auto rows = read_llmcompass_rows(*table);
    EXPECT_TRUE(rows);
    return *rows;
}

/// A device of rates 1, so that times are amounts.
struct Unit {
    KernelConstants constants;
    KernelDevice device;
    Unit() {
        constants.pointwise.memory = constants.pointwise.cache_speed = 1.0;
        constants.pointwise.exponentials = constants.pointwise.residents = 1.0;
        device.memory_bandwidth = 1.0;
        device.constants = &constants;
    }
};

TEST(LlmCompassRows, ShippedRowsArePredicted) {
    const auto table = read_reference_table(shipped::source() / "data" / "validation" /
                                            "measured_llmcompass_ops.csv");
    ASSERT_TRUE(table);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    const auto report = run_kernel_suite("measured_llmcompass_ops", *table, inputs);
    ASSERT_TRUE(report) << report.error().front().message;
    EXPECT_EQ(report->predicted, 40U);
    EXPECT_LT(report->mean_abs_rel_error, 0.055);
    EXPECT_LT(std::abs(report->bias), 0.03);
    EXPECT_GT(report->p10_p90_coverage, 0.65);
}

TEST(LlmCompassRows, ReadsShapesAsText) {
    const KernelRows rows = rows_of(
        "A100,softmax,M=4096;N=32,fp16,0.013,ms\n"
        "A100,gelu,N=2048,fp16,0.047,ms\n"
        "A100,gpt3_layer:GeLU,decode b=8 kv=3072 d=12288 h=96 TP=4,fp16,0.048,ms\n"
        "A100,gpt3_layer:LayerNorm_FFN,prefill b=8 s=2048 d=12288 h=96 TP=4,fp16,0.68,ms\n"
        "A100,gpt3_layer:Softmax,decode b=8 kv=3072 d=12288 h=96 TP=4,fp16,0.017,ms\n");
    ASSERT_EQ(rows.rows.size(), 5U);
    const Unit unit;
    const auto bytes = [&](std::size_t i) { return rows.rows[i].predict(unit.device).bytes; };
    EXPECT_DOUBLE_EQ(bytes(0), 4096.0 * 32 * 4);
    EXPECT_DOUBLE_EQ(bytes(1), 2048.0 * 4);
    EXPECT_DOUBLE_EQ(bytes(2), 8.0 * 12288 * 4);
    EXPECT_DOUBLE_EQ(bytes(3), 8.0 * 2048 * 12288 * 4);
    EXPECT_DOUBLE_EQ(bytes(4), 8.0 * 24 * 3072 * 4);
    EXPECT_EQ(rows.rows[0].stack, "llmcompass");
}

TEST(LlmCompassRows, RatesBecomeTimes) {
    const KernelRows rows = rows_of(
        "A100,softmax,M=1000;N=1000,fp16,2,Gelem/s\n"
        "A100,matmul,M=1000;N=1000;K=1000,fp16,4,TFLOPs\n"
        "A100,allreduce,bytes=1000000;n=4,fp16,10,GB/s\n"
        "A100,gelu,N=10,fp16,7,us\n"
        "A100,gelu,N=10,fp16,7,furlongs\n"
        "A100,convolution,N=10,fp16,7,us\n");
    ASSERT_EQ(rows.rows.size(), 4U);
    EXPECT_DOUBLE_EQ(rows.rows[0].measured, 0.5e-3);
    EXPECT_DOUBLE_EQ(rows.rows[1].measured, 0.5e-3);
    EXPECT_DOUBLE_EQ(rows.rows[2].measured, 0.1e-3);
    EXPECT_DOUBLE_EQ(rows.rows[3].measured, 7e-6);
    EXPECT_EQ(rows.skipped.size(), 2U);
}

TEST(LlmCompassRows, TotalIsTheSumOfTheLayersParts) {
    const std::string shape = "decode b=8 kv=3072 d=12288 h=96 TP=4,fp16,1,ms\n";
    std::string lines;
    for (const char* part : {"Q_proj", "K_proj", "V_proj", "Q_mul_K", "Softmax", "A_mul_V",
                             "Wo_proj", "AllReduce_MHA", "LayerNorm_MHA", "W1_proj", "GeLU",
                             "W2_proj", "AllReduce_FFN", "LayerNorm_FFN", "TOTAL"}) {
        lines += std::string{"A100,gpt3_layer:"} + part + "," + shape;
    }
    const KernelRows rows = rows_of(lines);
    ASSERT_EQ(rows.rows.size(), 15U);
    const CatalogEntry* a100 = shipped::catalog().find("accelerators", "A100");
    ASSERT_NE(a100, nullptr);
    const auto constants =
        read_kernel_constants(shipped::catalog(), a100->text("family"), "llmcompass");
    auto device = catalog_device(shipped::catalog(), "A100");
    ASSERT_TRUE(constants && device);
    device->constants = &*constants;
    double sum = 0.0;
    for (std::size_t i = 0; i < 14; ++i) {
        sum += rows.rows[i].predict(*device).seconds;
    }
    EXPECT_NEAR(rows.rows[14].predict(*device).seconds, sum, 1e-12);
}

}  // namespace
}  // namespace wafercast
