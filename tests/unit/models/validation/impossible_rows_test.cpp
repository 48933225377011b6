// Rows that no kernel can be are problems with their cell; devices that state too little are named.
#include <gtest/gtest.h>

#include "unit/engine/evaluate/shipped.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

constexpr const char* kGemm = "system,backend,gemm_dtype,m,n,k,latency_ms\n";
constexpr const char* kExperts =
    "system,backend,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,"
    "moe_ep_size,distribution,latency_ms\n";
constexpr const char* kAttention =
    "system,backend,attn_dtype,kv_cache_dtype,batch_size,isl,step,num_heads,num_key_value_heads,"
    "head_dim,latency_ms\n";
constexpr const char* kCollective =
    "system,backend,op_name,nccl_dtype,num_gpus,message_size_elements,latency_ms\n";

/// The one problem of a row.
void expect_problem(const std::string& suite, const std::string& header, const std::string& row,
                    int column, const std::string& says) {
    const auto table = read_reference_text(header + row + "\n", "rows.csv");
    ASSERT_TRUE(table);
    const auto rows = kernel_rows_reader(suite)(*table);
    ASSERT_FALSE(rows) << row;
    ASSERT_EQ(rows.error().size(), 1U) << row;
    const Failure& failure = rows.error().front();
    EXPECT_EQ(failure.where.file, "rows.csv");
    EXPECT_EQ(failure.where.line, 2);
    EXPECT_EQ(failure.where.column, column) << row;
    EXPECT_NE(failure.message.find(says), std::string::npos) << failure.message;
}

TEST(ImpossibleRows, SizesAreWholeAndAboveZero) {
    for (const char* m : {"-128", "128.5", "1e30", "0", "nan"}) {
        expect_problem("measured_gemm", kGemm, "h100_sxm,vllm/0,fp8," + std::string{m} + ",8,8,1",
                       21, m);
    }
    expect_problem("measured_gemm", kGemm, "h100_sxm,vllm/0,fp8,8,8,8,0", 27, "above zero");
    expect_problem("measured_gemm", kGemm, "h100_sxm,vllm/0,fp8,8,8,8,-3", 27, "above zero");
    expect_problem("measured_collectives", kCollective, "h100_sxm,nccl,all_reduce,half,0,64,1", 31,
                   "num_gpus");
}

TEST(ImpossibleRows, HeadsAndExpertsMustFit) {
    expect_problem("measured_attention_decode", kAttention,
                   "h100_sxm,vllm,bf16,bf16,1,1,9,32,5,64,1", 34, "does not divide");
    expect_problem("measured_attention_decode", kAttention,
                   "h100_sxm,vllm,bf16,bf16,1,1,9,32,8,0,1", 36, "head_dim");
    const std::string moe = "h100_sxm,vllm,bf16,64,512,512,";
    expect_problem("measured_moe", kExperts, moe + "9,8,1,1,balanced,1", 31, "topk");
    expect_problem("measured_moe", kExperts, moe + "2,8,1,16,balanced,1", 37, "moe_ep_size");
    expect_problem("measured_moe", kExperts, moe + "2,8,1,1,zipf,1", 39, "zipf");
    expect_problem("measured_moe", kExperts, moe + "2,8,1,1,power_law_x,1", 39, "power_law_x");
}

TEST(ImpossibleRows, RaggedRowsDoNotHideTheOthers) {
    Failures ragged;
    const auto table = read_reference_text(std::string{kGemm} +
                                               "h100_sxm,vllm/0,fp8,8,8\n"
                                               "h100_sxm,vllm/0,fp8,-1,8,x,1\n",
                                           "rows.csv", &ragged);
    ASSERT_TRUE(table);
    const auto rows = read_gemm_rows(*table);
    ASSERT_FALSE(rows);
    const Failures all = with_ragged(ragged, rows.error());
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].where.line, 2);
    EXPECT_EQ(all[1].where.line, 3);
    EXPECT_EQ(all[2].where.column, 26);
}

/// An entry of the catalog with one field left out.
Catalog without(const std::string& field) {
    Catalog catalog = shipped::catalog();
    CatalogEntry entry = *catalog.find("accelerators", "h100-sxm");
    for (auto at = entry.numbers.begin(); at != entry.numbers.end();) {
        at = at->first.starts_with(field) ? entry.numbers.erase(at) : std::next(at);
    }
    catalog.add(entry);
    return catalog;
}

void expect_skipped(const std::string& suite, const std::string& text, const std::string& field,
                    const std::string& reason) {
    const auto table = read_reference_text(text, "rows.csv");
    ASSERT_TRUE(table);
    const Catalog catalog = without(field);
    ValidationInputs inputs;
    inputs.catalog = &catalog;
    const auto report = run_kernel_suite(suite, *table, inputs);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->cases.empty()) << field;
    ASSERT_EQ(report->skipped.size(), 1U);
    EXPECT_EQ(report->skipped.front().reason, reason);
}

TEST(ImpossibleRows, ADataSheetThatStatesTooLittleIsNamed) {
    const std::string gemm = std::string{kGemm} + "h100_sxm,vllm/0,bfloat16,64,4096,4096,0.02\n";
    for (const std::string field : {"memory_bandwidth", "compute_units", "boost_clock"}) {
        expect_skipped("measured_gemm", gemm, field, "h100-sxm states no " + field);
    }
    expect_skipped("measured_collectives",
                   std::string{kCollective} + "h100_sxm,nccl,all_reduce,half,8,65536,0.02\n",
                   "link_bandwidth", "h100-sxm states no link_bandwidth");
    expect_skipped("measured_gemm", gemm, "peak", "h100-sxm states no peak");
    const auto table = read_reference_text(
        "hardware,op,shape,dtype,value,unit\nh100_sxm,allreduce,bytes=65536;n=4,fp16,1,ms\n",
        "rows.csv");
    ASSERT_TRUE(table);
    Catalog catalog = without("link_bandwidth");
    CatalogEntry alone = *catalog.find("accelerators", "h100-sxm");
    alone.numbers.erase("scale_out_bandwidth");
    catalog.add(alone);
    ValidationInputs inputs;
    inputs.catalog = &catalog;
    const auto report = run_kernel_suite("measured_llmcompass_ops", *table, inputs);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->skipped.size(), 1U);  // found by the row, not by its suite
    EXPECT_EQ(report->skipped.front().reason, "h100-sxm states no link_bandwidth");
}

}  // namespace
}  // namespace wafercast
