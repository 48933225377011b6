#pragma once

#include <array>
#include <variant>

#include "core/number_format.hpp"
#include "core/transformer.hpp"
#include "kernels/attention.hpp"
#include "kernels/collective.hpp"
#include "kernels/experts.hpp"
#include "kernels/gemm.hpp"
#include "kernels/latent_attention.hpp"
#include "kernels/pointwise.hpp"

namespace wafercast {

enum class Phase { kPrefill, kDecode };

enum class OperatorKind {
    kGather,
    kElementwise,
    kGemm,
    kPrefillAttention,
    kDecodeAttention,
    kExperts,
    kCollective
};

/// What a kernel is asked to do; which kernel follows from the kind of operator.
using KernelShape = std::variant<PointwiseShape, GemmShape, AttentionShape, LatentAttentionShape,
                                 ExpertsShape, CollectiveShape>;

/// One operator of a forward pass, as one device of a stage sees it. The kernel model times the
/// shape; the bytes and operations beside it are what the operator needs by class of tensor, for
/// memory levels and energy.
struct Operator {
    const char* name = "";
    OperatorKind kind = OperatorKind::kElementwise;
    double count = 1.0;             ///< times in a pass over all layers
    bool in_layer = true;           ///< belongs to a layer, so pipeline stages share it
    double launches = 1.0;          ///< kernels each time; 0: fused into a neighbour
    double flops = 0.0;             ///< [op] each time
    double weight_bytes = 0.0;      ///< weights read [byte]
    double activation_bytes = 0.0;  ///< activations read and written [byte]
    double kv_bytes = 0.0;          ///< KV cache or other state read and written [byte]
    KernelShape shape = {};
};

inline constexpr int kMaxOperators = 48;

struct OperatorList {
    std::array<Operator, kMaxOperators> operators;
    int size = 0;
    [[nodiscard]] const Operator* begin() const { return operators.data(); }
    [[nodiscard]] const Operator* end() const { return operators.data() + size; }
};

/// How one layer is spread over the `tensor` devices of a stage. Attention: `data` groups take
/// different sequences and split heads inside a group; in decode, `context` devices of a group
/// share the tokens of a sequence's KV cache instead of copies of it. Routed experts: divided among
/// `expert` groups, each expert's inner width inside one.
struct Sharding {
    double tensor = 1.0;
    double expert = 1.0;
    double data = 1.0;
    double context = 1.0;
    /// Devices that split the heads of a sequence.
    [[nodiscard]] double group() const { return tensor / data; }
};

/// Format a class of weights is stored in and the one its multiplications are done in.
struct WeightFormats {
    NumberFormat weights = NumberFormat::kBf16;
    NumberFormat inputs = NumberFormat::kBf16;
    friend bool operator==(const WeightFormats&, const WeightFormats&) = default;
};

/// Formats by class of tensor.
struct TensorFormats {
    WeightFormats attention = {};                    ///< projections around attention
    WeightFormats mlp = {};                          ///< of dense layers and shared experts, router
    WeightFormats experts = {};                      ///< routed
    WeightFormats head = {};                         ///< embedding and classifier
    NumberFormat queries = NumberFormat::kBf16;      ///< multiplications of attention itself
    NumberFormat kv = NumberFormat::kBf16;           ///< as stored
    NumberFormat activations = NumberFormat::kBf16;  ///< inputs of multiplications
    /// Hidden states that devices add up or hand on: a sum is not rounded to the 8 bits of a
    /// GEMM's operands on its way. @cite deepseek-2024-v3
    NumberFormat sums = NumberFormat::kBf16;
    friend bool operator==(const TensorFormats&, const TensorFormats&) = default;
};

/// One forward pass through every layer.
struct PassShape {
    Phase phase = Phase::kDecode;
    double sequences = 1.0;         ///< of the whole tensor-parallel group
    double new_tokens = 1.0;        ///< per sequence; 1 in decode
    double context = 0.0;           ///< tokens a decode step attends to, its own included; mean
    double expert_imbalance = 1.0;  ///< load of the hottest expert over the mean, >= 1
    double layer_share = 1.0;       ///< layers run over layers present, (0, 1]
    double past = 0.0;  ///< prefill: tokens of each sequence that are cached before the new ones
    /// Prefill: sequences that decode in the same pass, one token each (of the whole group), and
    /// what they attend to.
    double riding = 0.0;
    double riding_context = 0.0;
};

/// Operators of one pass on one device, in order of execution.
///
///     GEMM         flops = 2 m k n,  weights k n,  activations m (k + n)
///     attention    flops = 4 heads head_dim pairs;  MLA absorbed: 2 heads (2 rank + rope) pairs
///     pairs        prefill: sum of 1..s, cut at the sliding window;  decode: context
///     experts      distinct = E (1 - (1 - k/E)^tokens)
///     window       attention of the layers that look through one, apart from those that do not
///     index        2 heads head_dim pairs, then the attention to `index_top` tokens
///     linear       the state is read and written each step; prompts in pieces of 64
///
/// Residual additions are fused with the norm behind them, rotary embedding with the KV write.
/// A router is not narrowed, nor is what MLA folds into its latent. Leaves out biases, sampling and
/// dropped tokens. @cite vaswani-2017-attention, shazeer-2017-moe,
/// deepseek-2024-v2
void list_pass(const TransformerSpec& spec, const TensorFormats& formats, const Sharding& sharding,
               const PassShape& pass, OperatorList& list);

/// KV cache of one token in one layer over all heads [element]. MLA stores a latent and one rope
/// key.
double kv_elements_per_layer(const TransformerSpec& spec);

/// The same on one device of a tensor-parallel group: whole heads are split, and copied where there
/// are more ranks than heads; a latent is copied to every rank.
double kv_elements_per_layer(const TransformerSpec& spec, double group);

/// What a sequence of `length` tokens keeps on one device over all layers [byte]: keys and values,
/// windows cut, and the fp32 state of linear layers.
double sequence_bytes(const TransformerSpec& spec, const TensorFormats& formats,
                      const Sharding& sharding, double length);

/// Tokens of a sequence of this length whose keys are kept: the window caps it.
double kept_tokens(const TransformerSpec& spec, double length);

/// Query-key pairs of a causal prefill of `tokens`: n (n + 1) / 2, or w (w + 1) / 2 + (n - w) w
/// beyond a sliding window w.
double causal_pairs(const TransformerSpec& spec, double tokens);

/// Expected number of experts that at least one of `tokens` selects under uniform routing [-].
///
///     E (1 - (1 - k / E)^tokens)
double distinct_experts(const TransformerSpec& spec, double tokens);

/// Weights one device stores [byte]: of one layer of each kind, and of the ends of the model.
struct StoredWeights {
    double dense_layer = 0.0;  ///< of one layer without experts
    double moe_layer = 0.0;
    double embedding = 0.0;
    double head = 0.0;  ///< classifier and last norm; a tied classifier is counted here too
};
StoredWeights stored_weights(const TransformerSpec& spec, const TensorFormats& formats,
                             const Sharding& sharding);

}  // namespace wafercast
