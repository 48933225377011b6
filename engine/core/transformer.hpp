#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace wafercast {

struct CatalogEntry;

enum class AttentionKind { kMultiHead, kLatent, kSlidingWindow };

/// The shape of a decoder-only transformer; MHA, GQA and MQA differ in kv_heads. A field that is 0
/// and not said otherwise is a feature that the model lacks.
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
    int qk_rope_dim = 0;     ///< MLA: decoupled rope width per head
    int q_lora_rank = 0;     ///< queries through a low rank; MLA, but not only
    int moe_ffn = 0;         ///< inner width of one expert
    int routed_experts = 0;  ///< 0: dense
    int experts_per_token = 0;
    int shared_experts = 0;
    int first_dense_layers = 0;  ///< layers without experts

    /// Of so many layers one attends to everything; the others look through the window, or are
    /// linear. 0: none of them does (with a window), else all.
    int full_attention_every = 0;
    int full_attention_layers = 0;  ///< how many do; 0: layers / full_attention_every
    int qk_nope_dim = 0;            ///< MLA: width of a key without rope; 0: head_dim
    int v_head_dim = 0;             ///< 0: head_dim
    int o_lora_rank = 0;            ///< output projection through a low rank in each group
    int o_groups = 0;               ///< groups of heads of that projection; 0: one
    bool attention_gate = false;    ///< queries bring a gate of the same width for the output

    /// Linear attention (gated delta rule) or a state space: a state of value_heads x key width x
    /// head_dim takes the place of keys and values.
    int linear_value_heads = 0;
    int linear_key_heads = 0;   ///< groups that share queries and keys
    int linear_head_dim = 0;    ///< of values
    int linear_state = 0;       ///< of queries and keys; 0: linear_head_dim
    int linear_conv_width = 0;  ///< taps of the convolution in front

    /// Sparse attention: an index scores all tokens and `index_top` of them are attended to.
    int index_heads = 0;
    int index_head_dim = 0;
    int index_top = 0;

    /// Keys and values of so many tokens become one behind the window; layers alternate between the
    /// two ratios, the sparse one with an index.
    int kv_compression_ratio = 0;
    int kv_compression_ratio_sparse = 0;

    [[nodiscard]] bool is_moe() const { return routed_experts > 0; }
    [[nodiscard]] int moe_layers() const { return is_moe() ? layers - first_dense_layers : 0; }
    [[nodiscard]] bool is_latent() const { return attention == AttentionKind::kLatent; }
    [[nodiscard]] bool is_compressed() const { return kv_compression_ratio > 0; }

    /// Layers that attend to all tokens, to a window of them, and without keys.
    [[nodiscard]] int full_layers() const;
    [[nodiscard]] int window_layers() const;
    [[nodiscard]] int linear_layers() const;

    [[nodiscard]] int nope_dim() const { return qk_nope_dim > 0 ? qk_nope_dim : head_dim; }
    [[nodiscard]] int value_dim() const { return v_head_dim > 0 ? v_head_dim : head_dim; }
    [[nodiscard]] int linear_key_dim() const {
        return linear_state > 0 ? linear_state : linear_head_dim;
    }
    [[nodiscard]] int output_groups() const { return o_groups > 0 ? o_groups : 1; }

    friend bool operator==(const TransformerSpec&, const TransformerSpec&) = default;
};

/// A whole number of a shape as the catalog calls it.
struct ShapeField {
    std::string_view name;
    int TransformerSpec::*field;
    bool required;
};

/// Every number of a shape, in the order in which entries state them.
std::span<const ShapeField> shape_fields();

/// What follows from the numbers: heads of keys, kind of attention.
void complete_shape(TransformerSpec& spec);

/// The shape that an entry of `models` states; what it lacks is 0.
TransformerSpec read_shape(const CatalogEntry& entry);

/// Parameters counted from the shape; norms included, biases left out.
struct ParameterCount {
    double total = 0.0;
    double active = 0.0;  ///< all but the experts a token does not visit; both embeddings count, as
                          ///< in model cards
    double embedding = 0.0;  ///< input embedding and classifier
};

ParameterCount count_parameters(const TransformerSpec& spec);

/// KV elements one token adds over all layers: 2 x kv_heads x head_dim each, or the latent and its
/// rope part for MLA, and the key of a sparse index. A sliding window does not change what a token
/// adds, only how many tokens are kept; linear layers add nothing; a compressed cache adds a share
/// of one shared key that is also the value.
double kv_elements_per_token(const TransformerSpec& spec);

/// What a sequence of `length` tokens keeps over all layers [element]: windows cap what theirs
/// keep. State of linear layers is left out: see linear_state_elements.
double kept_kv_elements(const TransformerSpec& spec, double length);

/// State of one sequence in one linear layer, its convolution's included [element].
double linear_state_elements(const TransformerSpec& spec);

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
