#include "reader/import_model.hpp"

#include <gtest/gtest.h>

#include "reader/read_catalog.hpp"

namespace wafercast {
namespace {

CatalogEntry imported(std::string_view json, std::string_view id = "x") {
    const auto text = import_model(json, "config.json", id);
    EXPECT_TRUE(text.has_value()) << (text ? "" : text.error().front().message);
    if (!text) {
        return {};
    }
    const auto entries = read_catalog_text(*text, std::string{id} + ".toml", "models");
    EXPECT_TRUE(entries.has_value()) << (entries ? "" : entries.error().front().message) << *text;
    return entries ? entries->front() : CatalogEntry{};
}

double number(const CatalogEntry& entry, std::string_view field) {
    const auto* found = entry.number(field);
    return found != nullptr ? found->points.front().value : -1.0;
}

TEST(ImportModel, Llama) {
    const auto entry = imported(
        R"({"model_type": "llama", "_name_or_path": "meta-llama/Llama-3.1-8B", "hidden_size": 4096,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336,
        "vocab_size": 128256, "max_position_embeddings": 131072, "tie_word_embeddings": false, "torch_dtype": "bfloat16"})");
    EXPECT_EQ(entry.title, "Llama-3.1-8B");
    EXPECT_EQ(entry.text("attention"), "gqa");
    EXPECT_EQ(number(entry, "head_dim"), 128.0);
    EXPECT_EQ(number(entry, "total_parameters"), 8030261248.0);  // the published checkpoint's count
}

TEST(ImportModel, DeepSeekV3) {
    const auto entry =
        imported(R"({"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61,
        "num_attention_heads": 128, "num_key_value_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048,
        "n_routed_experts": 256, "num_experts_per_tok": 8, "n_shared_experts": 1, "first_k_dense_replace": 3,
        "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128, "v_head_dim": 128,
        "vocab_size": 129280, "max_position_embeddings": 163840, "quantization_config": {"quant_method": "fp8"}})");
    EXPECT_EQ(entry.text("attention"), "mla");
    EXPECT_EQ(entry.text("native_precision"), "fp8");
    EXPECT_NEAR(number(entry, "total_parameters"), 671e9, 1e9);
    EXPECT_NEAR(number(entry, "active_parameters"), 37.5e9, 1e9);
}

TEST(ImportModel, OlderNamesAndDefaults) {
    const auto gpt2 = imported(
        R"({"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_inner": null,
        "vocab_size": 50257, "n_positions": 1024})");
    EXPECT_EQ(number(gpt2, "ffn"), 3072.0);
    EXPECT_EQ(gpt2.text("mlp"), "plain");
    EXPECT_TRUE(gpt2.flag("tied_embeddings"));
    const auto falcon =
        imported(R"({"model_type": "falcon", "hidden_size": 4544, "num_hidden_layers": 32,
        "num_attention_heads": 71, "multi_query": true, "vocab_size": 65024})");
    EXPECT_EQ(falcon.text("attention"), "mqa");
    const auto mixtral =
        imported(R"({"model_type": "mixtral", "hidden_size": 4096, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "num_local_experts": 8,
        "num_experts_per_tok": 2, "vocab_size": 32000, "max_position_embeddings": 32768, "sliding_window": null})");
    EXPECT_NEAR(number(mixtral, "total_parameters"), 46.7e9, 0.1e9);
    EXPECT_NEAR(number(mixtral, "active_parameters"), 12.9e9, 0.1e9);
}

TEST(ImportModel, NestedTextModel) {
    const auto gemma = imported(
        R"({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "hidden_size": 3840,
        "num_hidden_layers": 48, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 256,
        "intermediate_size": 15360, "vocab_size": 262208, "max_position_embeddings": 131072, "sliding_window": 1024}})");
    EXPECT_EQ(number(gemma, "head_dim"), 256.0);
    EXPECT_EQ(number(gemma, "sliding_window"), 1024.0);
    EXPECT_TRUE(gemma.flag("tied_embeddings"));
}

TEST(ImportModel, BadTextHasItsPlace) {
    const auto broken = import_model("{\n  \"hidden_size\": 4096,\n  oops\n}", "config.json");
    ASSERT_FALSE(broken.has_value());
    EXPECT_EQ(broken.error().front().code, "text.syntax");
    EXPECT_EQ(broken.error().front().where.line, 3);
    EXPECT_FALSE(import_model("[1, 2]", "config.json").has_value());
    EXPECT_FALSE(import_model(std::string(100000, '['), "config.json").has_value());
}

TEST(ImportModel, NamesEveryMissingField) {
    const auto missing =
        import_model("{\"model_type\": \"llama\",\n\"hidden_size\": \"wide\"}", "config.json");
    ASSERT_FALSE(missing.has_value());
    ASSERT_EQ(missing.error().size(), 6U);
    EXPECT_EQ(missing.error()[1].code, "model.bad_number");
    EXPECT_EQ(missing.error()[1].where, (SourceLocation{"config.json", 2, 1}));
    EXPECT_NE(missing.error()[0].message.find("'num_hidden_layers'"), std::string::npos);
}

TEST(ImportModel, HybridOfLinearAndGatedAttention) {
    const auto entry =
        imported(R"({"model_type": "qwen3_5_moe", "text_config": {"hidden_size": 4096,
        "num_hidden_layers": 60, "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 256,
        "intermediate_size": 1024, "moe_intermediate_size": 1024, "num_experts": 512, "num_experts_per_tok": 10,
        "shared_expert_intermediate_size": 1024, "full_attention_interval": 4, "linear_num_value_heads": 64,
        "linear_num_key_heads": 16, "linear_key_head_dim": 128, "linear_value_head_dim": 128,
        "linear_conv_kernel_dim": 4, "attn_output_gate": true, "vocab_size": 248320,
        "max_position_embeddings": 262144}})");
    EXPECT_EQ(number(entry, "full_attention_every"), 4.0);
    EXPECT_EQ(number(entry, "linear_value_heads"), 64.0);
    EXPECT_TRUE(entry.flag("attention_gate"));
    EXPECT_NEAR(number(entry, "total_parameters"), 397e9, 1e9);
    EXPECT_NEAR(number(entry, "active_parameters"), 17e9, 1e9);
}

TEST(ImportModel, ListedKindsOfLayers) {
    const auto entry =
        imported(R"({"model_type": "gpt_oss", "hidden_size": 2880, "num_hidden_layers": 4,
        "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 2880,
        "num_local_experts": 128, "num_experts_per_tok": 4, "sliding_window": 128, "vocab_size": 201088,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention"],
        "max_position_embeddings": 131072})");
    EXPECT_EQ(number(entry, "sliding_window"), 128.0);
    EXPECT_EQ(number(entry, "full_attention_layers"), 1.0);
    const auto full =
        imported(R"({"model_type": "qwen3", "hidden_size": 1024, "num_hidden_layers": 2,
        "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072,
        "sliding_window": 4096, "layer_types": ["full_attention", "full_attention"], "vocab_size": 151936,
        "max_position_embeddings": 40960})");
    EXPECT_EQ(number(full, "sliding_window"), -1.0);
}

TEST(ImportModel, ExpertsInEverySecondLayerAndSparseIndex) {
    const auto llama = imported(
        R"({"model_type": "llama4", "text_config": {"hidden_size": 5120, "num_hidden_layers": 48,
        "num_attention_heads": 40, "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 8192,
        "intermediate_size_mlp": 16384, "num_local_experts": 128, "num_experts_per_tok": 1,
        "n_shared_experts": 1, "interleave_moe_layer_step": 2, "attention_chunk_size": 8192, "vocab_size": 202048,
        "max_position_embeddings": 1048576}})");
    EXPECT_EQ(number(llama, "first_dense_layers"), 24.0);
    EXPECT_EQ(number(llama, "full_attention_every"), 4.0);
    EXPECT_NEAR(number(llama, "total_parameters"), 400e9, 2e9);
    const auto glm =
        imported(R"({"model_type": "glm_moe_dsa", "hidden_size": 6144, "num_hidden_layers": 78,
        "num_attention_heads": 64, "intermediate_size": 12288, "moe_intermediate_size": 2048,
        "n_routed_experts": 256, "num_experts_per_tok": 8, "n_shared_experts": 1, "first_k_dense_replace": 3,
        "kv_lora_rank": 512, "q_lora_rank": 2048, "qk_rope_head_dim": 64, "qk_nope_head_dim": 192,
        "v_head_dim": 256, "index_n_heads": 32, "index_head_dim": 128, "index_topk": 2048, "vocab_size": 154880,
        "max_position_embeddings": 202752})");
    EXPECT_EQ(number(glm, "v_head_dim"), 256.0);
    EXPECT_EQ(number(glm, "index_top"), 2048.0);
    EXPECT_NEAR(number(glm, "total_parameters"), 744e9, 4e9);
}

}  // namespace
}  // namespace wafercast
