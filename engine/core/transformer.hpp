#pragma once

#include <array>
#include <string>

namespace wafercast {

enum class AttentionKind { kMultiHead, kLatent, kSlidingWindow };

/// The shape of a decoder-only transformer; MHA, GQA and MQA differ in kv_heads.
struct TransformerSpec {
    int layers = 0;
    int hidden = 0;
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
    int ffn = 0;            ///< inner width of a dense layer's MLP
    bool gated_mlp = true;  ///< three matrices instead of two
    int vocab = 0;
    int context = 0;
    bool tied_embeddings = false;
    AttentionKind attention = AttentionKind::kMultiHead;
    int sliding_window = 0;  ///< 0: none
    int kv_lora_rank = 0;    ///< MLA
    int qk_rope_dim = 0;     ///< MLA: decoupled rope width per head; head_dim is the no-rope width
    int q_lora_rank = 0;     ///< MLA
    int moe_ffn = 0;         ///< inner width of one expert
    int routed_experts = 0;  ///< 0: dense
    int experts_per_token = 0;
    int shared_experts = 0;
    int first_dense_layers = 0;  ///< leading layers without experts

    [[nodiscard]] bool is_moe() const { return routed_experts > 0; }
    [[nodiscard]] int moe_layers() const { return is_moe() ? layers - first_dense_layers : 0; }
    friend bool operator==(const TransformerSpec&, const TransformerSpec&) = default;
};

/// Parameters counted from the shape; norms included, biases left out. Latent attention has values
/// as wide as the no-rope part of its keys (head_dim).
struct ParameterCount {
    double total = 0.0;
    double active = 0.0;  ///< all but the experts a token does not visit; both embeddings count, as
                          ///< in model cards
    double embedding = 0.0;  ///< input embedding and classifier
};

ParameterCount count_parameters(const TransformerSpec& spec);

/// KV elements one token adds over all layers: 2 x kv_heads x head_dim each, or the latent and its
/// rope part for MLA. A sliding window does not change what a token adds, only how many tokens are
/// kept.
double kv_elements_per_token(const TransformerSpec& spec);

/// What a run or a source says about how a model is used; assumed unless a functional run measured
/// it.
struct WorkloadStatistics {
    double expert_imbalance = 1.0;       ///< load of the hottest expert over the mean
    double draft_acceptance = 0.0;       ///< speculative tokens accepted per proposed, 0: no draft
    double mean_exit_layer_share = 1.0;  ///< layers run over layers present
    double weight_sparsity = 0.0;
    bool measured = false;
    friend bool operator==(const WorkloadStatistics&, const WorkloadStatistics&) = default;
};

}  // namespace wafercast
