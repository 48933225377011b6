// The rows that ship, predicted from data sheets and the constants of their families.
#include <gtest/gtest.h>

#include "unit/engine/evaluate/shipped.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

TEST(CollectiveRows, ShippedRowsArePredictedFromDataSheets) {
    const auto table = read_reference_table(shipped::source() / "data" / "validation" /
                                            "measured_collectives.csv");
    ASSERT_TRUE(table);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    const auto report = run_kernel_suite("measured_collectives", *table, inputs);
    ASSERT_TRUE(report) << report.error().front().message;
    EXPECT_EQ(report->predicted, 40U);
    EXPECT_LT(report->mean_abs_rel_error, 0.11);
    EXPECT_LT(std::abs(report->bias), 0.04);
    EXPECT_GT(report->p10_p90_coverage, 0.6);
}

// 1024 fp16 elements are 2048 bytes; a row of an unknown collective is named, not guessed.
TEST(CollectiveRows, SizesAreElementsAndUnknownRowsAreSkipped) {
    const auto table = read_reference_text(
        "system,backend,op_name,kernel_source,nccl_dtype,num_gpus,message_size_elements,latency_"
        "ms\n"
        "h100_sxm,nccl/2.27,all_reduce,NCCL,half,8,1024,0.0157\n"
        "h100_sxm,nccl/2.27,broadcast,NCCL,half,8,1024,0.0157\n",
        "rows.csv");
    ASSERT_TRUE(table);
    const auto rows = read_collective_rows(*table);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->rows.size(), 1U);
    ASSERT_EQ(rows->skipped.size(), 1U);
    KernelConstants constants;
    constants.collective.word_rate = constants.collective.line_rate = 1.0;
    constants.collective.block_rate = constants.collective.local_rate = 1.0;
    KernelDevice device;
    device.link_bandwidth = 100e9;
    device.devices_per_server = 8.0;
    device.constants = &constants;
    EXPECT_DOUBLE_EQ(rows->rows[0].predict(device).bytes, 2.0 * 7.0 / 8.0 * 2048.0);
}

// RCCL and oneCCL are libraries like NCCL; serving stacks have kernels of their own.
TEST(CollectiveRows, LibrariesAreToldFromCustomKernels) {
    const auto table = read_reference_text(
        "system,backend,op_name,kernel_source,nccl_dtype,num_gpus,message_size_elements,latency_"
        "ms\n"
        "b60,nccl/2.27,all_reduce,NCCL,half,2,65536,0.1\n"
        "b60,oneccl/2021,all_reduce,oneCCL,half,2,65536,0.1\n"
        "b60,nccl/2.27,all_reduce,,half,2,65536,0.1\n"
        "b60,vllm/0.24,all_reduce,vLLM_custom_graph,half,2,65536,0.1\n",
        "rows.csv");
    ASSERT_TRUE(table);
    ValidationInputs inputs;
    inputs.catalog = &shipped::catalog();
    const auto report = run_kernel_suite("measured_collectives", *table, inputs);
    ASSERT_TRUE(report) << report.error().front().message;
    ASSERT_EQ(report->cases.size(), 4U);
    EXPECT_DOUBLE_EQ(report->cases[1].actual, report->cases[0].actual);
    EXPECT_DOUBLE_EQ(report->cases[2].actual, report->cases[0].actual);
    EXPECT_NE(report->cases[3].actual, report->cases[0].actual);
}

}  // namespace
}  // namespace wafercast
