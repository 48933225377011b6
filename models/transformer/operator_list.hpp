#pragma once

#include <array>

#include "core/number_format.hpp"
#include "core/transformer.hpp"

namespace wafercast {

enum class Phase { kPrefill, kDecode };

enum class OperatorKind {
    kGather,
    kElementwise,
    kGemm,
    kGroupedGemm,
    kAttention,
    kAllReduce,
    kAllToAll
};

/// One operator of a forward pass, as one device of a tensor-parallel group sees it.
struct Operator {
    const char* name = "";
    OperatorKind kind = OperatorKind::kElementwise;
    double count = 1.0;     ///< times in a pass over all layers
    bool in_layer = true;   ///< belongs to a layer, so pipeline stages share it
    double launches = 1.0;  ///< kernels each time; 0: fused into a neighbour
    double groups = 1.0;    ///< GEMMs of the shape below
    double m = 0.0, k = 0.0, n = 0.0;
    double flops = 0.0;             ///< [op] each time
    double weight_bytes = 0.0;      ///< weights read [byte]
    double activation_bytes = 0.0;  ///< activations read and written [byte]
    double kv_bytes = 0.0;          ///< KV cache read and written [byte]
    double payload_bytes = 0.0;     ///< of a collective: tensor held by one device [byte]
};

inline constexpr int kMaxOperators = 32;

struct OperatorList {
    std::array<Operator, kMaxOperators> operators;
    int size = 0;
    [[nodiscard]] const Operator* begin() const { return operators.data(); }
    [[nodiscard]] const Operator* end() const { return operators.data() + size; }
};

/// How one layer is spread over devices. `tensor` ranks form `expert` groups: attention is
/// data-parallel over the groups and tensor-parallel inside one; routed experts are divided among
/// the groups.
struct Sharding {
    double tensor = 1.0;
    double expert = 1.0;
    [[nodiscard]] double group() const { return tensor / expert; }
};

/// Bytes an element takes by class of tensor [byte].
struct ElementBytes {
    double weights = 2.0;
    double activations = 2.0;
    double kv = 2.0;
    /// Of hidden states that devices add up or hand on: a sum is not rounded to the 8 bits of a
    /// GEMM's operands on its way. @cite deepseek-2024-v3
    double sums = 2.0;
};

/// One forward pass through every layer.
struct PassShape {
    Phase phase = Phase::kDecode;
    double sequences = 1.0;         ///< of the whole tensor-parallel group
    double new_tokens = 1.0;        ///< per sequence; 1 in decode
    double context = 0.0;           ///< tokens a decode step attends to, its own included; mean
    double expert_imbalance = 1.0;  ///< load of the hottest expert over the mean, >= 1
    double layer_share = 1.0;       ///< layers run over layers present, (0, 1]
};

/// Operators of one pass on one device, in order of execution.
///
///     GEMM         flops = 2 m k n,  weights k n,  activations m (k + n)
///     attention    flops = 4 heads head_dim pairs;  MLA absorbed: 2 heads (2 rank + rope) pairs
///     pairs        prefill: sum of 1..s, cut at the sliding window;  decode: context
///     experts      distinct = E (1 - (1 - k/E)^tokens)
///
/// Residual additions are fused with the norm behind them, rotary embedding with the KV write.
/// Leaves out biases, sampling and dropped tokens. @cite vaswani-2017-attention, shazeer-2017-moe, deepseek-2024-v2
void list_pass(const TransformerSpec& spec, const ElementBytes& bytes, const Sharding& sharding,
               const PassShape& pass, OperatorList& list);

/// KV cache of one token in one layer over all heads [element]. MLA stores a latent and one rope
/// key.
double kv_elements_per_layer(const TransformerSpec& spec);

/// The same on one device of a tensor-parallel group: whole heads are split, and copied where there
/// are more ranks than heads; a latent is copied to every rank.
double kv_elements_per_layer(const TransformerSpec& spec, double group);

/// Tokens of a sequence of this length whose keys are kept: the window caps it.
double kept_tokens(const TransformerSpec& spec, double length);

/// Query-key pairs of a causal prefill of `tokens`: n (n + 1) / 2, or w (w + 1) / 2 + (n - w) w
/// beyond a sliding window w.
double causal_pairs(const TransformerSpec& spec, double tokens);

/// Expected number of experts that at least one of `tokens` selects under uniform routing [-].
///
///     E (1 - (1 - k / E)^tokens)
double distinct_experts(const TransformerSpec& spec, double tokens);

/// Weights one device stores [element]: of all layers (`layers`), and of the ends of the model.
struct StoredWeights {
    double dense_layer = 0.0;  ///< of one layer without experts
    double moe_layer = 0.0;
    double embedding = 0.0;
    double head = 0.0;  ///< classifier and last norm; a tied classifier is counted here too
};
StoredWeights stored_weights(const TransformerSpec& spec, const Sharding& sharding);

}  // namespace wafercast
