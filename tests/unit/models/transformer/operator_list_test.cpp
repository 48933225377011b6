#include "transformer/operator_list.hpp"

#include <cstring>
#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::deepseek_v3;
using testing::llama_2_70b;

/// Windows in half of the layers.
TransformerSpec gpt_oss() {
    TransformerSpec s{.layers = 36,
                      .hidden = 2880,
                      .heads = 64,
                      .kv_heads = 8,
                      .head_dim = 64,
                      .ffn = 2880,
                      .vocab = 201088,
                      .sliding_window = 128,
                      .moe_ffn = 2880,
                      .routed_experts = 128,
                      .experts_per_token = 4,
                      .full_attention_every = 2};
    complete_shape(s);
    return s;
}

/// Linear attention in three of four layers, gated attention in the fourth.
TransformerSpec qwen_hybrid() {
    TransformerSpec s{.layers = 60,
                      .hidden = 4096,
                      .heads = 32,
                      .kv_heads = 2,
                      .head_dim = 256,
                      .ffn = 1024,
                      .vocab = 248320,
                      .moe_ffn = 1024,
                      .routed_experts = 512,
                      .experts_per_token = 10,
                      .shared_experts = 1,
                      .full_attention_every = 4,
                      .attention_gate = true,
                      .linear_value_heads = 64,
                      .linear_key_heads = 16,
                      .linear_head_dim = 128,
                      .linear_conv_width = 4};
    complete_shape(s);
    return s;
}

/// MLA whose keys and values differ in width, behind a sparse index.
TransformerSpec indexed_latent() {
    TransformerSpec s = deepseek_v3();
    s.qk_nope_dim = 192, s.v_head_dim = 256;
    s.index_heads = 32, s.index_head_dim = 128, s.index_top = 2048;
    return s;
}

/// One compressed key for many tokens, low-rank output.
TransformerSpec compressed() {
    TransformerSpec s{.layers = 43,
                      .hidden = 4096,
                      .heads = 64,
                      .kv_heads = 1,
                      .head_dim = 512,
                      .ffn = 2048,
                      .vocab = 129280,
                      .sliding_window = 128,
                      .qk_rope_dim = 64,
                      .q_lora_rank = 1024,
                      .moe_ffn = 2048,
                      .routed_experts = 256,
                      .experts_per_token = 6,
                      .shared_experts = 1,
                      .o_lora_rank = 1024,
                      .o_groups = 8,
                      .index_heads = 64,
                      .index_head_dim = 128,
                      .index_top = 512,
                      .kv_compression_ratio = 128,
                      .kv_compression_ratio_sparse = 4};
    complete_shape(s);
    return s;
}

OperatorList pass_of(const TransformerSpec& spec, const PassShape& shape,
                     const Sharding& sharding = {}, const TensorFormats& formats = {}) {
    OperatorList list;
    list_pass(spec, formats, sharding, shape, list);
    return list;
}

const Operator* find(const OperatorList& list, const char* name) {
    for (const Operator& op : list) {
        if (std::strcmp(op.name, name) == 0) {
            return &op;
        }
    }
    return nullptr;
}

double payload(const OperatorList& list, const char* name) {
    return std::get<CollectiveShape>(find(list, name)->shape).bytes;
}

double sum_of(const OperatorList& list, double Operator::*part) {
    double sum = 0.0;
    for (const Operator& op : list) {
        sum += op.count * op.*part;
    }
    return sum;
}

// docs/models/transformer.md, "Example 1".
TEST(OperatorList, CountsLlamaDecodeByHand) {
    const OperatorList list = pass_of(llama_2_70b(), {.sequences = 4.0, .context = 1000.0});
    const Operator* qkv = find(list, "attn.qkv");
    ASSERT_NE(qkv, nullptr);
    EXPECT_DOUBLE_EQ(qkv->flops, 2.0 * 4.0 * 8192.0 * 10240.0);
    EXPECT_DOUBLE_EQ(qkv->weight_bytes, 2.0 * 8192.0 * 10240.0);
    EXPECT_DOUBLE_EQ(qkv->activation_bytes, 2.0 * 4.0 * (8192.0 + 10240.0));
    const Operator* core = find(list, "attn.core");
    ASSERT_NE(core, nullptr);
    EXPECT_DOUBLE_EQ(core->flops, 4.0 * 64.0 * 128.0 * 4.0 * 1000.0);
    EXPECT_DOUBLE_EQ(core->kv_bytes, 4.0 * 1000.0 * 2.0 * 8.0 * 128.0 * 2.0);
    const Operator* head = find(list, "lm_head");
    ASSERT_NE(head, nullptr);
    EXPECT_DOUBLE_EQ(head->flops, 2.0 * 4.0 * 8192.0 * 32000.0);
    EXPECT_DOUBLE_EQ(find(list, "mlp.down")->flops, 2.0 * 4.0 * 28672.0 * 8192.0);
    EXPECT_EQ(find(list, "attn.all_reduce"), nullptr);
}

TEST(OperatorList, GemmsSumToTwiceTheParametersPerToken) {
    for (const TransformerSpec& spec :
         {llama_2_70b(), deepseek_v3(), gpt_oss(), qwen_hybrid(), indexed_latent(), compressed()}) {
        const OperatorList list = pass_of(spec, {.sequences = 1.0, .context = 1.0});
        double flops = 0.0;
        for (const Operator& op : list) {
            const bool matrix = op.kind == OperatorKind::kGemm || op.kind == OperatorKind::kExperts;
            if (std::strcmp(op.name, "index.decode") == 0) {
                continue;  // keys of the index are no parameters
            }
            flops += matrix ? op.count * op.flops : 0.0;
        }
        const ParameterCount parameters = count_parameters(spec);
        const double embedding = static_cast<double>(spec.vocab) * spec.hidden;
        EXPECT_NEAR(flops / (2.0 * (parameters.active - embedding)), 1.0, 1e-3) << spec.layers;
    }
}

TEST(OperatorList, DecodeReadsEveryWeightOnceWhenAllExpertsAreHit) {
    for (const TransformerSpec& spec : {llama_2_70b(), deepseek_v3()}) {
        const double many = 1e5;  // tokens: no expert is left out
        const OperatorList list = pass_of(spec, {.sequences = many, .context = 1.0});
        const double rows = find(list, "embed")->weight_bytes;
        const ParameterCount parameters = count_parameters(spec);
        const double embedding = static_cast<double>(spec.vocab) * spec.hidden;
        EXPECT_NEAR(sum_of(list, &Operator::weight_bytes) - rows,
                    2.0 * (parameters.total - embedding), 1e-9 * parameters.total);
    }
}

TEST(OperatorList, StoredWeightsAreTheParameters) {
    for (const TransformerSpec& spec :
         {llama_2_70b(), deepseek_v3(), gpt_oss(), qwen_hybrid(), indexed_latent(), compressed()}) {
        const StoredWeights stored = stored_weights(spec, {}, {});
        const double moe = spec.moe_layers();
        const double total = (spec.layers - moe) * stored.dense_layer + moe * stored.moe_layer +
                             stored.embedding + stored.head;
        EXPECT_NEAR(total, 2.0 * count_parameters(spec).total, 1e-9 * total);
    }
}

// KV bytes a token in fp16, reference table llms.csv.
TEST(OperatorList, KvOfATokenMatchesPublishedShapes) {
    auto bytes = [](const TransformerSpec& s) { return 2.0 * s.layers * kv_elements_per_layer(s); };
    EXPECT_DOUBLE_EQ(bytes(llama_2_70b()), 327680.0);
    EXPECT_DOUBLE_EQ(bytes(deepseek_v3()), 70272.0);
    TransformerSpec gpt_3{
        .layers = 96, .hidden = 12288, .heads = 96, .kv_heads = 96, .head_dim = 128};
    EXPECT_DOUBLE_EQ(bytes(gpt_3), 4718592.0);
    TransformerSpec palm{
        .layers = 118, .hidden = 18432, .heads = 48, .kv_heads = 1, .head_dim = 256};
    EXPECT_DOUBLE_EQ(bytes(palm), 120832.0);
    for (const TransformerSpec& s : {llama_2_70b(), deepseek_v3(), gpt_3, palm}) {
        EXPECT_DOUBLE_EQ(s.layers * kv_elements_per_layer(s), kv_elements_per_token(s));
    }
}

TEST(OperatorList, KvIsSplitByHeadsAndThenCopied) {
    EXPECT_DOUBLE_EQ(kv_elements_per_layer(llama_2_70b(), 4.0), 2.0 * 2.0 * 128.0);
    EXPECT_DOUBLE_EQ(kv_elements_per_layer(llama_2_70b(), 16.0), 2.0 * 1.0 * 128.0);
    EXPECT_DOUBLE_EQ(kv_elements_per_layer(deepseek_v3(), 8.0), 576.0);
}

TEST(OperatorList, AbsorbedLatentAttentionWorksOnTheLatent) {
    const OperatorList decode = pass_of(deepseek_v3(), {.sequences = 1.0, .context = 500.0});
    EXPECT_DOUBLE_EQ(find(decode, "attn.core")->flops, 2.0 * 128.0 * (2.0 * 512.0 + 64.0) * 500.0);
    EXPECT_DOUBLE_EQ(find(decode, "attn.q_absorb")->flops, 2.0 * 128.0 * 128.0 * 512.0);
    EXPECT_EQ(find(decode, "attn.kv_b"), nullptr);
    const OperatorList prefill =
        pass_of(deepseek_v3(), {.phase = Phase::kPrefill, .sequences = 1.0, .new_tokens = 10.0});
    EXPECT_DOUBLE_EQ(find(prefill, "attn.core")->flops, 2.0 * 128.0 * (192.0 + 128.0) * 55.0);
    EXPECT_NE(find(prefill, "attn.kv_b"), nullptr);
}

TEST(OperatorList, PairsAreCausalAndCutAtTheWindow) {
    TransformerSpec spec = llama_2_70b();
    EXPECT_DOUBLE_EQ(causal_pairs(spec, 10.0), 55.0);
    spec.sliding_window = 4;
    EXPECT_DOUBLE_EQ(causal_pairs(spec, 10.0), 10.0 + 6.0 * 4.0);
    EXPECT_DOUBLE_EQ(causal_pairs(spec, 3.0), 6.0);
    const OperatorList list = pass_of(spec, {.sequences = 1.0, .context = 1000.0});
    EXPECT_DOUBLE_EQ(find(list, "attn.core")->flops, 4.0 * 64.0 * 128.0 * 4.0);
}

// docs/models/transformer.md, "Example 2": 256 experts, 8 a token.
TEST(OperatorList, DistinctExperts) {
    EXPECT_DOUBLE_EQ(distinct_experts(deepseek_v3(), 1.0), 8.0);
    EXPECT_NEAR(distinct_experts(deepseek_v3(), 64.0), 222.442, 1e-3);
    EXPECT_NEAR(distinct_experts(deepseek_v3(), 1e5), 256.0, 1e-9);
}

TEST(OperatorList, TensorRanksShareTheWork) {
    const PassShape shape{.sequences = 8.0, .context = 100.0};
    const OperatorList one = pass_of(llama_2_70b(), shape);
    const OperatorList four = pass_of(llama_2_70b(), shape, {.tensor = 4.0});
    EXPECT_NEAR(4.0 * sum_of(four, &Operator::flops), sum_of(one, &Operator::flops), 1.0);
    EXPECT_NEAR(4.0 * sum_of(four, &Operator::kv_bytes), sum_of(one, &Operator::kv_bytes), 1.0);
    EXPECT_DOUBLE_EQ(payload(four, "attn.all_reduce"), 2.0 * 8.0 * 8192.0);
}

TEST(OperatorList, ExpertGroupsExchangeTokensAndTheHottestSetsThePace) {
    PassShape shape{.sequences = 64.0, .context = 100.0};
    const Sharding spread{.tensor = 8.0, .expert = 8.0, .data = 8.0};
    const OperatorList even = pass_of(deepseek_v3(), shape, spread);
    EXPECT_EQ(find(even, "attn.all_reduce"), nullptr);
    EXPECT_DOUBLE_EQ(payload(even, "moe.dispatch"), 2.0 * 8.0 * 8.0 * 7168.0);
    shape.expert_imbalance = 1.25;
    const OperatorList skewed = pass_of(deepseek_v3(), shape, spread);
    EXPECT_NEAR(find(skewed, "moe.experts")->flops / find(even, "moe.experts")->flops, 1.25, 1e-12);
}

TEST(OperatorList, SumsTravelInSixteenBits) {
    const TensorFormats fp8{.activations = NumberFormat::kFp8};
    PassShape pass;
    pass.sequences = 64.0;
    pass.context = 1000.0;
    OperatorList list;
    list_pass(testing::deepseek_v3(), fp8, {.tensor = 16.0, .expert = 8.0, .data = 8.0}, pass,
              list);
    const double local = 64.0 / 8.0 * 7168.0;
    EXPECT_DOUBLE_EQ(payload(list, "attn.all_reduce"), 2.0 * local);
    EXPECT_DOUBLE_EQ(payload(list, "moe.dispatch"), local * 8.0 / 2.0);
    EXPECT_DOUBLE_EQ(payload(list, "moe.collect"), 2.0 * local * 8.0 / 2.0);
}

TEST(OperatorList, PrefillClassifiesOnlyLastTokens) {
    const OperatorList list =
        pass_of(llama_2_70b(), {.phase = Phase::kPrefill, .sequences = 3.0, .new_tokens = 100.0});
    EXPECT_DOUBLE_EQ(std::get<GemmShape>(find(list, "lm_head")->shape).m, 3.0);
    EXPECT_DOUBLE_EQ(std::get<GemmShape>(find(list, "attn.qkv")->shape).m, 300.0);
}

TEST(OperatorList, WindowsApartFromFullAttention) {
    const OperatorList list = pass_of(gpt_oss(), {.sequences = 2.0, .context = 1000.0});
    EXPECT_DOUBLE_EQ(find(list, "attn.core")->count, 18.0);
    EXPECT_DOUBLE_EQ(find(list, "attn.core")->flops, 4.0 * 64.0 * 64.0 * 2.0 * 1000.0);
    EXPECT_DOUBLE_EQ(find(list, "attn.window")->count, 18.0);
    EXPECT_DOUBLE_EQ(find(list, "attn.window")->flops, 4.0 * 64.0 * 64.0 * 2.0 * 128.0);
}

TEST(OperatorList, LinearLayersMoveTheirStateWhateverTheContext) {
    const OperatorList near = pass_of(qwen_hybrid(), {.sequences = 3.0, .context = 10.0});
    const OperatorList far = pass_of(qwen_hybrid(), {.sequences = 3.0, .context = 1e5});
    const Operator* state = find(near, "linear.state");
    ASSERT_NE(state, nullptr);
    EXPECT_DOUBLE_EQ(state->kv_bytes, 3.0 * 2.0 * 4.0 * 64.0 * 128.0 * 128.0);
    EXPECT_DOUBLE_EQ(state->kv_bytes, find(far, "linear.state")->kv_bytes);
    EXPECT_DOUBLE_EQ(state->count, 45.0);
    const OperatorList prefill =
        pass_of(qwen_hybrid(), {.phase = Phase::kPrefill, .sequences = 1.0, .new_tokens = 100.0});
    EXPECT_EQ(find(prefill, "linear.state"), nullptr);
    EXPECT_NE(find(prefill, "linear.chunks"), nullptr);
}

TEST(OperatorList, SparseIndexCapsWhatAttentionReads) {
    const OperatorList decode = pass_of(indexed_latent(), {.sequences = 1.0, .context = 50000.0});
    EXPECT_DOUBLE_EQ(find(decode, "attn.core")->flops, 2.0 * 128.0 * (2.0 * 512.0 + 64.0) * 2048.0);
    EXPECT_DOUBLE_EQ(find(decode, "index.decode")->flops, 2.0 * 32.0 * 128.0 * 50000.0);
    // Every query of a long prompt sees 2048 tokens at most.
    const OperatorList prefill = pass_of(
        indexed_latent(), {.phase = Phase::kPrefill, .sequences = 1.0, .new_tokens = 8192.0});
    const double pairs = 2048.0 * 2049.0 / 2.0 + 6144.0 * 2048.0;
    EXPECT_DOUBLE_EQ(find(prefill, "attn.core")->flops, 2.0 * 128.0 * (256.0 + 256.0) * pairs);
    const auto shape = std::get<LatentAttentionShape>(find(prefill, "attn.core")->shape);
    EXPECT_NEAR(
        shape.sequences * shape.queries * (shape.past + (shape.queries + 1.0) / 2.0) / pairs, 1.0,
        1e-12);
}

TEST(OperatorList, CachedTokensAreAttendedToButNotComputed) {
    const PassShape shape{
        .phase = Phase::kPrefill, .sequences = 2.0, .new_tokens = 100.0, .past = 900.0};
    const OperatorList list = pass_of(llama_2_70b(), shape);
    EXPECT_DOUBLE_EQ(std::get<GemmShape>(find(list, "attn.qkv")->shape).m, 200.0);
    EXPECT_DOUBLE_EQ(find(list, "attn.core")->flops,
                     4.0 * 64.0 * 128.0 * 2.0 * (100.0 * 900.0 + 5050.0));
}

TEST(OperatorList, DecodingRidesAlongWithAPrompt) {
    const PassShape both{.phase = Phase::kPrefill,
                         .sequences = 1.0,
                         .new_tokens = 100.0,
                         .riding = 7.0,
                         .riding_context = 500.0};
    for (const TransformerSpec& spec : {llama_2_70b(), deepseek_v3(), qwen_hybrid()}) {
        const OperatorList list = pass_of(spec, both);
        const OperatorList prompt =
            pass_of(spec, {.phase = Phase::kPrefill, .sequences = 1.0, .new_tokens = 100.0});
        const OperatorList decode = pass_of(spec, {.sequences = 7.0, .context = 500.0});
        // Apart from experts, which are not read twice, a pass together is the two passes.
        double together = 0.0;
        double apart = 0.0;
        for (const OperatorList* each : {&list, &prompt, &decode}) {
            for (const Operator& op : *each) {
                (each == &list ? together : apart) += op.count * op.flops;
            }
        }
        EXPECT_NEAR(together / apart, 1.0, 1e-12);
        EXPECT_DOUBLE_EQ(std::get<GemmShape>(find(list, "lm_head")->shape).m, 8.0);
    }
}

TEST(OperatorList, SequencesKeepWhatTheirLayersNeed) {
    const TensorFormats bf16;
    EXPECT_DOUBLE_EQ(sequence_bytes(llama_2_70b(), bf16, {.tensor = 8.0}, 1000.0),
                     327680.0 * 1000.0 / 8.0);
    EXPECT_DOUBLE_EQ(sequence_bytes(deepseek_v3(), bf16, {.tensor = 8.0}, 1000.0), 70272e3);
    const double state = 45.0 * 4.0 * linear_state_elements(qwen_hybrid());
    EXPECT_DOUBLE_EQ(sequence_bytes(qwen_hybrid(), bf16, {}, 10.0), state + 10.0 * 30720.0);
}

}  // namespace
}  // namespace wafercast
