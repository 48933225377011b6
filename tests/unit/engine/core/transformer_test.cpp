#include "core/transformer.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

// Expected totals are the element counts of the published checkpoints.

TEST(CountParameters, DenseGroupedQueryModel) {
    const TransformerSpec llama_70b{.layers = 80,
                                    .hidden = 8192,
                                    .heads = 64,
                                    .kv_heads = 8,
                                    .head_dim = 128,
                                    .ffn = 28672,
                                    .vocab = 128256};
    const auto count = count_parameters(llama_70b);
    EXPECT_EQ(count.total, 70553706496.0);
    EXPECT_EQ(count.active, count.total);
    EXPECT_EQ(count.embedding, 2.0 * 128256 * 8192);
    EXPECT_EQ(kv_elements_per_token(llama_70b), 2.0 * 80 * 8 * 128);
}

TEST(CountParameters, TiedEmbeddingsCountOnce) {
    const TransformerSpec llama_1b{.layers = 16,
                                   .hidden = 2048,
                                   .heads = 32,
                                   .kv_heads = 8,
                                   .head_dim = 64,
                                   .ffn = 8192,
                                   .vocab = 128256,
                                   .tied_embeddings = true};
    EXPECT_EQ(count_parameters(llama_1b).total, 1235814400.0);
}

TEST(CountParameters, MixtureOfExperts) {
    const TransformerSpec mixtral{.layers = 32,
                                  .hidden = 4096,
                                  .heads = 32,
                                  .kv_heads = 8,
                                  .head_dim = 128,
                                  .vocab = 32000,
                                  .moe_ffn = 14336,
                                  .routed_experts = 8,
                                  .experts_per_token = 2};
    const auto count = count_parameters(mixtral);
    EXPECT_EQ(count.total, 46702792704.0);
    EXPECT_EQ(count.total - count.active, 32.0 * 6 * 3 * 4096 * 14336);  // six idle experts a layer
}

TEST(CountParameters, LatentAttentionWithSharedAndRoutedExperts) {
    const TransformerSpec deepseek_v3{.layers = 61,
                                      .hidden = 7168,
                                      .heads = 128,
                                      .kv_heads = 128,
                                      .head_dim = 128,
                                      .ffn = 18432,
                                      .vocab = 129280,
                                      .attention = AttentionKind::kLatent,
                                      .kv_lora_rank = 512,
                                      .qk_rope_dim = 64,
                                      .q_lora_rank = 1536,
                                      .moe_ffn = 2048,
                                      .routed_experts = 256,
                                      .experts_per_token = 8,
                                      .shared_experts = 1,
                                      .first_dense_layers = 3};
    const auto count = count_parameters(deepseek_v3);
    EXPECT_EQ(count.total + 58.0 * 256,
              671026419200.0);  // the checkpoint also has a routing bias per expert
    EXPECT_NEAR(count.active, 37e9, 1e9);
    EXPECT_EQ(kv_elements_per_token(deepseek_v3), 61.0 * (512 + 64));
}

TEST(CountParameters, PlainMlpHasTwoMatrices) {
    TransformerSpec spec{
        .layers = 2, .hidden = 8, .heads = 2, .kv_heads = 2, .head_dim = 4, .ffn = 32};
    const double gated = count_parameters(spec).total;
    spec.gated_mlp = false;
    EXPECT_EQ(gated - count_parameters(spec).total, 2.0 * 8 * 32);
}

TEST(CountParameters, LatentQueriesWithoutALowRank) {
    TransformerSpec spec{.layers = 1,
                         .hidden = 8,
                         .heads = 2,
                         .kv_heads = 2,
                         .head_dim = 4,
                         .attention = AttentionKind::kLatent,
                         .kv_lora_rank = 6,
                         .qk_rope_dim = 2};
    // q 8*2*6, latent 8*(6+2)+6, keys and values 6*2*2*4, output 2*4*8, norms 3*8
    EXPECT_EQ(count_parameters(spec).total, 96.0 + 70.0 + 96.0 + 64.0 + 24.0);
}

}  // namespace
}  // namespace wafercast
