#include "transformer/operator_list.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "math/math.hpp"

namespace wafercast {
namespace {

double bytes(NumberFormat format) { return bytes_per_element(format); }

/// Appends operators that share a sharding, formats and a token count.
class PassWriter {
public:
    PassWriter(const TensorFormats& formats, OperatorList& list) : formats_{formats}, list_{list} {
        list_.size = 0;
    }

    void layers(double count) { count_ = count, in_layer_ = true; }
    void ends() { count_ = 1.0, in_layer_ = false; }

    /// `groups` GEMMs of m x k by k x n in one kernel, each with its own weights.
    Operator& gemm(const char* name, const WeightFormats& f, double m, double k, double n,
                   double groups = 1.0) {
        Operator& op = add(name, OperatorKind::kGemm);
        op.flops = 2.0 * groups * m * k * n;
        op.weight_bytes = groups * k * n * bytes(f.weights);
        op.activation_bytes = groups * m * (k + n) * bytes(formats_.activations);
        op.shape = GemmShape{
            .m = m, .n = n, .k = k, .weights = f.weights, .inputs = f.inputs, .batches = groups};
        return op;
    }

    /// Reads `read` and writes `written` hidden elements for each of `rows` x `width`.
    Operator& pointwise(const char* name, PointwiseKind kind, double rows, double width,
                        double read, double written) {
        Operator& op = add(name, OperatorKind::kElementwise);
        op.activation_bytes = rows * width * (read + written) * bytes(formats_.activations);
        op.shape = PointwiseShape{.kind = kind,
                                  .rows = rows,
                                  .width = width,
                                  .bytes_in = read * bytes(formats_.sums),
                                  .bytes_out = written * bytes(formats_.sums)};
        return op;
    }

    /// A norm with the residual addition before it.
    Operator& norm(const char* name, double rows, double width) {
        Operator& op = pointwise(name, PointwiseKind::kNorm, rows, width, 2.0, 2.0);
        op.weight_bytes = width * bytes(formats_.mlp.weights);
        return op;
    }

    /// @param payload [byte] as CollectiveShape::bytes
    void collective(const char* name, CollectiveKind kind, double ranks, double payload) {
        Operator& op = add(name, OperatorKind::kCollective);
        op.launches = 0.0;
        // Stacks add up small tensors over peers' memory and exchange tokens in one kernel.
        const CollectiveCode code = kind == CollectiveKind::kAllReduce
                                        ? CollectiveCode::kCustomGraph
                                    : kind == CollectiveKind::kAllToAll ? CollectiveCode::kRouted
                                                                        : CollectiveCode::kNccl;
        op.shape = CollectiveShape{.kind = kind, .ranks = ranks, .bytes = payload, .code = code};
    }

    Operator& add(const char* name, OperatorKind kind) {
        WAFERCAST_ASSERT(list_.size < kMaxOperators);
        Operator& op = list_.operators[static_cast<unsigned>(list_.size++)];
        op = Operator{};
        op.name = name, op.kind = kind, op.count = count_, op.in_layer = in_layer_;
        return op;
    }

private:
    const TensorFormats& formats_;
    OperatorList& list_;
    double count_ = 1.0;
    bool in_layer_ = true;
};

/// Prompts are taken through linear attention in pieces of so many tokens.
constexpr double kLinearChunk = 64.0;
constexpr double kStateBytes = 4.0;  ///< fp32: what stacks keep states in

/// What the pieces of a layer share.
struct LayerContext {
    const TransformerSpec& spec;
    const TensorFormats& formats;
    const Sharding& sharding;
    const PassShape& pass;
    double tokens;  ///< of the whole stage
    double local;   ///< of one data-parallel attention group
    /// Of that group: prompts and their new tokens, sequences that decode and their tokens.
    double prompts, new_tokens;
    double decoding, width, context;
    double heads;   ///< on one device
    double copies;  ///< devices that share the tokens of a KV cache
    /// Layers of each kind that this pass runs.
    double full_layers, window_layers, linear_layers;
};

/// Layers that attend to some of the tokens only: prompts of `queries` behind `past`.
struct Prompts {
    double sequences, queries, past;
};

/// The same number of query-key pairs without a window, for kernels that have none: pieces as long
/// as the window.
Prompts cut_to(const Prompts& p, double window) {
    if (window <= 0.0 || p.past + p.queries <= window) {
        return p;
    }
    const double first = std::max(window - p.past, 0.0);  // queries that see less than a window
    const double pairs = first * (p.past + (first + 1.0) / 2.0) + (p.queries - first) * window;
    const double piece = std::min(p.queries, window);
    return {p.sequences * p.queries / piece, piece,
            std::max(pairs / p.queries - (piece + 1.0) / 2.0, 0.0)};
}

double pairs_of(const Prompts& p, double window) {
    const Prompts cut = cut_to(p, window);
    return cut.sequences * cut.queries * (cut.past + (cut.queries + 1.0) / 2.0);
}

/// Attention of one kind of layer: all tokens, or `window` of them.
struct AttentionReach {
    const char* prefill;
    const char* decode;
    double layers;
    double window;   ///< 0: none
    double divisor;  ///< tokens that one key stands for; 1 but behind a compressed cache
};

double reached(const AttentionReach& reach, double context) {
    const double kept = context / reach.divisor;
    return reach.window > 0.0 ? std::min(kept, reach.window) : kept;
}

void add_prefill_core(PassWriter& writer, const LayerContext& c, const AttentionReach& reach) {
    const TransformerSpec& s = c.spec;
    const TensorFormats& f = c.formats;
    const bool latent = s.is_latent();
    const double query_dim = latent ? s.nope_dim() + s.qk_rope_dim : s.head_dim;
    const Prompts prompts{c.prompts, c.new_tokens, c.pass.past / reach.divisor};
    Operator& op = writer.add(reach.prefill, OperatorKind::kPrefillAttention);
    op.count = reach.layers;
    op.flops = c.heads * 2.0 * (query_dim + s.value_dim()) * pairs_of(prompts, reach.window);
    const double kept = c.prompts * (prompts.queries + prompts.past);
    op.kv_bytes = kept * kv_elements_per_layer(s, c.sharding.group()) * bytes(f.kv);
    op.activation_bytes =
        c.prompts * c.new_tokens * c.heads * (query_dim + s.value_dim()) * bytes(f.activations);
    if (latent) {
        const Prompts cut = cut_to(prompts, reach.window);
        op.shape = LatentAttentionShape{.sequences = cut.sequences,
                                        .queries = cut.queries,
                                        .past = cut.past,
                                        .heads = c.heads,
                                        .rank = static_cast<double>(s.kv_lora_rank),
                                        .rope_dim = static_cast<double>(s.qk_rope_dim),
                                        .nope_dim = static_cast<double>(s.nope_dim()),
                                        .value_dim = static_cast<double>(s.value_dim()),
                                        .inputs = f.queries,
                                        .kv = f.kv};
        return;
    }
    op.shape = AttentionShape{.sequences = prompts.sequences,
                              .queries = prompts.queries,
                              .past = prompts.past,
                              .heads = c.heads,
                              .kv_heads = std::max(s.kv_heads / c.sharding.group(), 1.0),
                              .head_dim = static_cast<double>(s.head_dim),
                              .value_dim = static_cast<double>(s.v_head_dim),
                              .window = reach.window,
                              .inputs = f.queries,
                              .kv = f.kv};
}

void add_decode_core(PassWriter& writer, const LayerContext& c, const AttentionReach& reach) {
    const TransformerSpec& s = c.spec;
    const TensorFormats& f = c.formats;
    const bool latent = s.is_latent();
    // Devices that share a cache each take all of their heads over a part of the tokens.
    const double heads = c.heads * c.copies;
    const double group = c.sharding.group() / c.copies;
    const double context = reached(reach, c.context) / c.copies;
    const double tokens = c.decoding * c.width;
    const double query_dim = latent ? s.kv_lora_rank + s.qk_rope_dim : s.head_dim;
    const double out_dim = latent ? s.kv_lora_rank : s.value_dim();
    if (c.copies > 1.0) {
        writer.collective("attn.gather", CollectiveKind::kAllGather, c.copies,
                          tokens * heads * query_dim * bytes(f.sums));
    }
    Operator& op = writer.add(reach.decode, OperatorKind::kDecodeAttention);
    op.count = reach.layers;
    op.flops = heads * 2.0 * (query_dim + out_dim) * tokens * context;
    op.kv_bytes = c.decoding * context * kv_elements_per_layer(s, group) * bytes(f.kv);
    op.activation_bytes = tokens * heads * (query_dim + out_dim) * bytes(f.activations);
    const double past = std::max(context - c.width, 0.0);
    if (latent) {
        op.shape = LatentAttentionShape{.sequences = c.decoding,
                                        .queries = c.width,
                                        .past = past,
                                        .heads = heads,
                                        .rank = static_cast<double>(s.kv_lora_rank),
                                        .rope_dim = static_cast<double>(s.qk_rope_dim),
                                        .nope_dim = static_cast<double>(s.nope_dim()),
                                        .value_dim = static_cast<double>(s.value_dim()),
                                        .inputs = f.queries,
                                        .kv = f.kv};
    } else {
        op.shape = AttentionShape{.sequences = c.decoding,
                                  .queries = c.width,
                                  .past = past,
                                  .heads = heads,
                                  .kv_heads = std::max(s.kv_heads / group, 1.0),
                                  .head_dim = static_cast<double>(s.head_dim),
                                  .value_dim = static_cast<double>(s.v_head_dim),
                                  .window = reach.divisor > 1.0 ? 0.0 : reach.window,
                                  .inputs = f.queries,
                                  .kv = f.kv};
    }
    if (c.copies > 1.0) {
        writer.collective("attn.combine", CollectiveKind::kReduceScatter, c.copies,
                          tokens * heads * out_dim * bytes(f.sums));
    }
}

/// Attention itself: scores, softmax and weighted sum in one kernel that keeps scores on the die.
/// Latent attention expands its latent for prompts and works on it in decode.
void add_core(PassWriter& writer, const LayerContext& c, const AttentionReach& reach) {
    if (reach.layers <= 0.0) {
        return;
    }
    const TransformerSpec& s = c.spec;
    const WeightFormats folded{c.formats.queries, c.formats.queries};
    if (c.prompts > 0.0) {
        if (s.is_latent()) {
            writer.gemm("attn.kv_b", c.formats.attention, c.prompts * c.new_tokens, s.kv_lora_rank,
                        c.heads * (s.nope_dim() + s.value_dim()));
        }
        add_prefill_core(writer, c, reach);
    }
    if (c.decoding > 0.0) {
        const double tokens = c.decoding * c.width;
        if (s.is_latent()) {
            writer.gemm("attn.q_absorb", folded, tokens, s.nope_dim(), s.kv_lora_rank, c.heads);
        }
        add_decode_core(writer, c, reach);
        if (s.is_latent()) {
            writer.gemm("attn.v_absorb", folded, tokens, s.kv_lora_rank, s.value_dim(), c.heads);
        }
    }
}

/// Scores of the sparse index over all tokens before a query, and the choice of the best.
void add_index(PassWriter& writer, const LayerContext& c, double layers, double divisor) {
    const TransformerSpec& s = c.spec;
    const double heads = s.index_heads;
    const double dim = s.index_head_dim;
    const double query_from = s.q_lora_rank > 0 ? s.q_lora_rank : s.hidden;
    const WeightFormats& f = c.formats.attention;
    writer.gemm("index.q", f, c.local, query_from, heads * dim).count = layers;
    writer.gemm("index.k", f, c.local, s.hidden, dim + heads).count = layers;
    const auto score = [&](const char* name, double sequences, double queries, double keys) {
        if (sequences <= 0.0 || keys < 1.0) {
            return;
        }
        Operator& op = writer.add(name, OperatorKind::kGemm);
        op.count = layers;
        op.flops = 2.0 * sequences * queries * heads * dim * keys;
        op.kv_bytes = sequences * keys * dim * bytes(NumberFormat::kFp8);
        op.shape = GemmShape{.m = heads * queries,
                             .n = keys,
                             .k = dim,
                             .weights = NumberFormat::kFp8,
                             .inputs = NumberFormat::kFp8,
                             .batches = sequences,
                             .narrowed_before = true};
        writer.pointwise("index.top", PointwiseKind::kSoftmax, sequences * queries, keys, 2.0, 0.0)
            .count = layers;
    };
    score("index.prompt", c.prompts, c.new_tokens,
          (c.pass.past + (c.new_tokens + 1.0) / 2.0) / divisor);
    score("index.decode", c.decoding, c.width, c.context / divisor);
}

/// Rotates queries and keys and writes the new tokens' KV.
void add_rotation(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const double new_kv = kv_elements_per_layer(s, c.sharding.group());
    const double rotated = s.is_latent() ? s.qk_rope_dim : s.head_dim;
    const double queries = c.heads * rotated;
    const double width = queries + new_kv;
    Operator& op =
        writer.pointwise("attn.rope", PointwiseKind::kRotary, c.local, width, 1.0, queries / width);
    op.kv_bytes = c.local * new_kv * bytes(c.formats.kv);
}

void add_output(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const WeightFormats& f = c.formats.attention;
    const double group = c.sharding.group();
    const double width = c.heads * s.value_dim();
    if (s.o_lora_rank > 0) {
        const double groups = std::max(s.output_groups() / group, 1.0);
        writer.gemm("attn.o_a", f, c.local, width / groups, s.o_lora_rank, groups);
        writer.gemm("attn.o_b", f, c.local, groups * s.o_lora_rank, s.hidden);
    } else {
        writer.gemm("attn.o", f, c.local, width, s.hidden);
    }
    if (group > 1.0) {
        writer.collective("attn.all_reduce", CollectiveKind::kAllReduce, group,
                          c.local * s.hidden * bytes(c.formats.sums));
    }
}

void add_cores(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const double window = s.sliding_window;
    if (s.is_compressed()) {
        // Half of the layers see one key for many tokens, half choose among keys for few.
        const double half = c.full_layers / 2.0;
        const double wide = s.kv_compression_ratio;
        const double few = std::max(s.kv_compression_ratio_sparse, 1);
        add_index(writer, c, half, few);
        add_core(writer, c, {"attn.sparse", "attn.sparse", half, window + s.index_top, few});
        add_core(writer, c, {"attn.core", "attn.core", half, 0.0, wide});
        add_core(writer, c, {"attn.window", "attn.window", half, window, 1.0});
        return;
    }
    const bool indexed =
        s.index_heads > 0 &&
        std::max(c.pass.past + c.new_tokens, c.decoding > 0.0 ? c.context : 0.0) > s.index_top;
    if (s.index_heads > 0) {
        add_index(writer, c, c.full_layers, 1.0);
    }
    add_core(writer, c,
             {"attn.core", "attn.core", c.full_layers, indexed ? 1.0 * s.index_top : 0.0, 1.0});
    const bool only = c.full_layers <= 0.0;
    const char* name = only ? "attn.core" : "attn.window";
    add_core(writer, c, {name, name, c.window_layers, window, 1.0});
}

void add_attention_layer(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const WeightFormats& f = c.formats.attention;
    const double group = c.sharding.group();
    const double hidden = s.hidden;
    writer.norm("attn.norm", c.local, hidden);
    if (s.is_latent() || s.q_lora_rank > 0) {
        // One multiplication makes both latents.
        const double query_width =
            c.heads * (s.is_latent() ? s.nope_dim() + s.qk_rope_dim : s.head_dim);
        const double kept = s.is_latent()
                                ? s.kv_lora_rank + s.qk_rope_dim
                                : (s.is_compressed() ? 1.0 : 2.0) * s.kv_heads * s.head_dim;
        if (s.q_lora_rank > 0) {
            writer.gemm("attn.qkv_a", f, c.local, hidden, s.q_lora_rank + kept);
        } else {
            writer.gemm("attn.kv_a", f, c.local, hidden, kept);
        }
        const double inner = s.q_lora_rank + s.kv_lora_rank;
        Operator& norm =
            writer.pointwise("attn.latent_norm", PointwiseKind::kNorm, c.local, inner, 1.0, 1.0);
        norm.weight_bytes = inner * bytes(f.weights);
        if (s.q_lora_rank > 0) {
            writer.gemm("attn.q_b", f, c.local, s.q_lora_rank, query_width);
        } else {
            writer.gemm("attn.q", f, c.local, hidden, query_width);
        }
    } else {
        const double kv_width = std::max(s.kv_heads / group, 1.0) * s.head_dim;
        const double gates = s.attention_gate ? 2.0 : 1.0;
        writer.gemm("attn.qkv", f, c.local, hidden, gates * c.heads * s.head_dim + 2.0 * kv_width);
    }
    add_rotation(writer, c);
    add_cores(writer, c);
    if (s.attention_gate) {
        writer.pointwise("attn.gate", PointwiseKind::kActivation, c.local, c.heads * s.head_dim,
                         2.0, 1.0);
    }
    add_output(writer, c);
}

/// Gated delta rule or state space: projections, a short convolution, the state's update and its
/// reading, a gated norm, output.
void add_linear_layer(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const WeightFormats& f = c.formats.attention;
    const double group = c.sharding.group();
    const double heads = std::max(s.linear_value_heads / group, 1.0);
    const double key = s.linear_key_dim();
    const double value = s.linear_head_dim;
    const double keys = std::max(s.linear_key_heads / group, 1.0) * key;
    const double values = heads * value;
    writer.norm("linear.norm", c.local, s.hidden);
    writer.gemm("linear.in", f, c.local, s.hidden, 2.0 * keys + 2.0 * values + 2.0 * heads);
    Operator& conv = writer.pointwise("linear.conv", PointwiseKind::kActivation, c.local,
                                      2.0 * keys + values, 1.0, 1.0);
    conv.weight_bytes = (2.0 * keys + values) * s.linear_conv_width * bytes(f.weights);
    const double state = key * value;
    if (c.prompts > 0.0) {
        // Inside a piece keys meet each other, then the state.
        const double tokens = c.prompts * c.new_tokens;
        const double inner = key + kLinearChunk;
        Operator& op = writer.add("linear.chunks", OperatorKind::kGemm);
        op.flops = 2.0 * heads * tokens * inner * 2.0 * value;
        op.kv_bytes = c.prompts * heads * state * kStateBytes;
        op.activation_bytes = tokens * (2.0 * keys + 2.0 * values) * bytes(c.formats.sums);
        op.shape = GemmShape{
            .m = tokens, .n = 2.0 * value, .k = inner, .batches = heads, .weights_cold = false};
    }
    if (c.decoding > 0.0) {
        Operator& op = writer.add("linear.state", OperatorKind::kElementwise);
        op.flops = 4.0 * c.decoding * c.width * heads * state;
        op.kv_bytes = 2.0 * c.decoding * heads * state * kStateBytes;
        op.shape = PointwiseShape{.kind = PointwiseKind::kCopy,
                                  .rows = c.decoding * heads,
                                  .width = state,
                                  .bytes_in = kStateBytes,
                                  .bytes_out = kStateBytes,
                                  .cold = true};
    }
    writer.pointwise("linear.gate", PointwiseKind::kNorm, c.local * heads, value, 2.0, 1.0);
    writer.gemm("linear.out", f, c.local, values, s.hidden);
    if (group > 1.0) {
        writer.collective("linear.all_reduce", CollectiveKind::kAllReduce, group,
                          c.local * s.hidden * bytes(c.formats.sums));
    }
}

void add_dense_mlp(PassWriter& writer, const LayerContext& c) {
    const WeightFormats& f = c.formats.mlp;
    const double group = c.sharding.group();
    const double hidden = c.spec.hidden;
    const double inner = c.spec.ffn / group;
    const double branches = c.spec.gated_mlp ? 2.0 : 1.0;
    writer.norm("mlp.norm", c.local, hidden);
    writer.gemm(c.spec.gated_mlp ? "mlp.gate_up" : "mlp.up", f, c.local, hidden, branches * inner);
    writer.pointwise("mlp.act", PointwiseKind::kActivation, c.local, branches * inner, 1.0,
                     1.0 / branches);
    writer.gemm("mlp.down", f, c.local, inner, hidden);
    if (group > 1.0) {
        writer.collective("mlp.all_reduce", CollectiveKind::kAllReduce, group,
                          c.local * hidden * bytes(c.formats.sums));
    }
}

/// One fused kernel from dispatched tokens to weighted sums. It reads only the experts that were
/// selected; with experts spread over groups the hottest group sets the pace.
void add_experts(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const TensorFormats& f = c.formats;
    const double spread = c.sharding.expert;
    const double split = c.sharding.tensor / spread;
    const double hidden = s.hidden;
    const double branches = s.gated_mlp ? 3.0 : 2.0;
    const double matrices = branches * hidden * s.moe_ffn / split;
    const double distinct = distinct_experts(s, c.tokens) / spread;
    const double imbalance = spread > 1.0 ? c.pass.expert_imbalance : 1.0;
    const double pairs = c.tokens * s.experts_per_token / spread * imbalance;
    // A device holds 1/group of its attention group's tokens for the exchange.
    const double exchanged = c.local / c.sharding.group() * s.experts_per_token * hidden;
    const bool exchanges = spread > 1.0 && c.sharding.data > 1.0;
    const bool gathers = spread <= 1.0 && c.sharding.data > 1.0;
    if (exchanges) {
        writer.collective("moe.dispatch", CollectiveKind::kAllToAll, spread,
                          exchanged * bytes(f.activations));
    } else if (gathers) {
        writer.collective("moe.gather", CollectiveKind::kAllGather, c.sharding.tensor,
                          c.tokens * hidden * bytes(f.activations));
    }
    Operator& op = writer.add("moe.experts", OperatorKind::kExperts);
    op.flops = 2.0 * pairs * matrices;
    op.weight_bytes = distinct * matrices * bytes(f.experts.weights);
    op.activation_bytes =
        (pairs * (2.0 * hidden + branches * s.moe_ffn / split) + c.local * hidden) *
        bytes(f.activations);
    op.shape = ExpertsShape{.tokens = c.tokens,
                            .hidden = hidden,
                            .inner = static_cast<double>(s.moe_ffn),
                            .experts = static_cast<double>(s.routed_experts),
                            .top_k = static_cast<double>(s.experts_per_token),
                            .tensor = split,
                            .expert = spread,
                            .gated = s.gated_mlp,
                            .weights = f.experts.weights,
                            .inputs = f.experts.inputs,
                            .load = imbalance > 1.0 ? imbalance : 0.0,
                            .exchanged = exchanges};
    if (exchanges) {
        // After an exchange a rank holds the pairs of its own experts and no other token.
        auto& own = std::get<ExpertsShape>(op.shape);
        own.tokens = pairs;
        own.experts = std::max(s.routed_experts / spread, 1.0);
        own.top_k = own.expert = own.load = 1.0;

        writer.collective("moe.collect", CollectiveKind::kAllToAll, spread,
                          exchanged * bytes(f.sums));
    } else if (gathers) {
        writer.collective("moe.scatter", CollectiveKind::kReduceScatter, c.sharding.tensor,
                          c.tokens * hidden * bytes(f.sums));
    }
}

void add_moe_mlp(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const WeightFormats& f = c.formats.mlp;
    const double group = c.sharding.group();
    const double hidden = s.hidden;
    writer.norm("moe.norm", c.local, hidden);
    writer.gemm("moe.router", c.formats.head, c.local, hidden, s.routed_experts);
    add_experts(writer, c);
    if (s.shared_experts > 0) {
        const double inner = s.shared_experts * s.moe_ffn / group;
        const double branches = s.gated_mlp ? 2.0 : 1.0;
        writer.gemm(s.gated_mlp ? "moe.shared_gate_up" : "moe.shared_up", f, c.local, hidden,
                    branches * inner);
        writer.pointwise("moe.shared_act", PointwiseKind::kActivation, c.local, branches * inner,
                         1.0, 1.0 / branches);
        writer.gemm("moe.shared_down", f, c.local, inner, hidden);
    }
    if (group > 1.0) {
        writer.collective("moe.all_reduce", CollectiveKind::kAllReduce, group,
                          c.local * hidden * bytes(c.formats.sums));
    }
}

}  // namespace

double kv_elements_per_layer(const TransformerSpec& s) { return kv_elements_per_layer(s, 1.0); }

double kv_elements_per_layer(const TransformerSpec& s, double group) {
    if (s.attention == AttentionKind::kLatent) {
        return static_cast<double>(s.kv_lora_rank) + s.qk_rope_dim;
    }
    return 2.0 * std::max(s.kv_heads / group, 1.0) * s.head_dim;
}

double kept_tokens(const TransformerSpec& s, double length) {
    return s.sliding_window > 0 ? std::min(length, static_cast<double>(s.sliding_window)) : length;
}

double causal_pairs(const TransformerSpec& s, double tokens) {
    const double window = kept_tokens(s, tokens);
    return window * (window + 1.0) / 2.0 + (tokens - window) * window;
}

double distinct_experts(const TransformerSpec& s, double tokens) {
    const double miss = 1.0 - static_cast<double>(s.experts_per_token) / s.routed_experts;
    return s.routed_experts * (1.0 - math::pow(miss, tokens));
}

void list_pass(const TransformerSpec& spec, const TensorFormats& formats, const Sharding& sharding,
               const PassShape& pass, OperatorList& list) {
    PassWriter writer{formats, list};
    const bool prefill = pass.phase == Phase::kPrefill;
    const double prompts = prefill ? pass.sequences : 0.0;
    const double decoding = prefill ? pass.riding : pass.sequences;
    const double width = prefill ? 1.0 : pass.new_tokens;
    const double tokens = prompts * pass.new_tokens + decoding * width;
    const LayerContext context{
        .spec = spec,
        .formats = formats,
        .sharding = sharding,
        .pass = pass,
        .tokens = tokens,
        .local = tokens / sharding.data,
        .prompts = prompts / sharding.data,
        .new_tokens = pass.new_tokens,
        .decoding = decoding / sharding.data,
        .width = width,
        .context = prefill ? pass.riding_context : pass.context,
        .heads = std::max(spec.heads / sharding.group(), 1.0),
        .copies = prefill ? 1.0 : sharding.context,
        .full_layers = pass.layer_share * spec.full_layers(),
        .window_layers = pass.layer_share * spec.window_layers(),
        .linear_layers = pass.layer_share * spec.linear_layers(),
    };
    const double hidden = spec.hidden;
    const double dense_layers = spec.layers - spec.moe_layers();

    writer.ends();
    Operator& embed =
        writer.pointwise("embed", PointwiseKind::kCopy, context.local, hidden, 0.0, 1.0);
    embed.kind = OperatorKind::kGather;
    embed.weight_bytes = context.local * hidden * bytes(formats.head.weights);
    auto& gathered = std::get<PointwiseShape>(embed.shape);
    gathered.bytes_in = bytes(formats.head.weights);
    gathered.cold = true;

    writer.layers(context.full_layers + context.window_layers);
    add_attention_layer(writer, context);
    if (context.linear_layers > 0.0) {
        writer.layers(context.linear_layers);
        add_linear_layer(writer, context);
    }
    if (dense_layers > 0.0) {
        writer.layers(pass.layer_share * dense_layers);
        add_dense_mlp(writer, context);
    }
    if (spec.moe_layers() > 0) {
        writer.layers(pass.layer_share * spec.moe_layers());
        add_moe_mlp(writer, context);
    }

    // Only the last token of a prompt is classified.
    const double classified = context.prompts + context.decoding * width;
    writer.ends();
    writer.norm("final.norm", classified, hidden);
    writer.gemm("lm_head", formats.head, classified, hidden, spec.vocab / sharding.group());
}

double sequence_bytes(const TransformerSpec& s, const TensorFormats& formats,
                      const Sharding& sharding, double length) {
    // Heads are split, a latent or a shared key is copied.
    const bool copied = s.is_latent() || s.is_compressed();
    const double split = copied ? 1.0 : std::min(sharding.group(), static_cast<double>(s.kv_heads));
    const double kept = kept_kv_elements(s, length) * bytes(formats.kv) / split / sharding.context;
    if (s.linear_layers() == 0) {
        return kept;
    }
    const double heads = std::min(sharding.group(), static_cast<double>(s.linear_value_heads));
    return kept + s.linear_layers() * linear_state_elements(s) * kStateBytes / heads;
}

StoredWeights stored_weights(const TransformerSpec& s, const TensorFormats& formats,
                             const Sharding& sharding) {
    const double group = sharding.group();
    const double hidden = s.hidden;
    const double heads = std::max(s.heads / group, 1.0);
    const double branches = s.gated_mlp ? 3.0 : 2.0;
    const double value_width = heads * s.value_dim();
    const double query_width =
        heads * (s.is_latent() ? s.nope_dim() + s.qk_rope_dim
                               : s.head_dim * (s.attention_gate ? 2.0 : 1.0));
    double attention = s.q_lora_rank > 0 ? s.q_lora_rank * (hidden + query_width) + s.q_lora_rank
                                         : hidden * query_width;
    if (s.o_lora_rank > 0) {
        const double groups = std::max(s.output_groups() / group, 1.0);
        attention += value_width * s.o_lora_rank + groups * s.o_lora_rank * hidden;
    } else {
        attention += value_width * hidden;
    }
    if (s.is_latent()) {
        const double rank = s.kv_lora_rank;
        attention +=
            hidden * (rank + s.qk_rope_dim) + rank + rank * heads * (s.nope_dim() + s.value_dim());
    } else {
        const double kept = s.is_compressed() ? 1.0 : 2.0;
        attention += kept * hidden * s.head_dim * std::max(s.kv_heads / group, 1.0);
    }
    if (s.index_heads > 0) {
        const double query_from = s.q_lora_rank > 0 ? s.q_lora_rank : hidden;
        const double share = s.is_compressed() ? 0.5 : 1.0;
        attention += share * (query_from * s.index_heads * s.index_head_dim +
                              hidden * (s.index_head_dim + s.index_heads));
    }
    if (s.linear_layers() > 0) {
        const double linear_heads = std::max(s.linear_value_heads / group, 1.0);
        const double keys = std::max(s.linear_key_heads / group, 1.0) * s.linear_key_dim();
        const double values = linear_heads * s.linear_head_dim;
        const double linear = hidden * (2.0 * keys + 3.0 * values + 2.0 * linear_heads) +
                              (2.0 * keys + values) * s.linear_conv_width + 2.0 * linear_heads +
                              s.linear_head_dim;
        const double share = static_cast<double>(s.linear_layers()) / s.layers;
        attention = (1.0 - share) * attention + share * linear;
    }
    attention = attention * bytes(formats.attention.weights) +
                2.0 * hidden * bytes(formats.attention.weights);
    const double mlp = bytes(formats.mlp.weights);
    StoredWeights stored;
    stored.dense_layer = attention + branches * hidden * s.ffn / group * mlp;
    if (s.is_moe()) {
        const double expert = branches * hidden * s.moe_ffn;
        stored.moe_layer =
            attention + hidden * s.routed_experts * bytes(formats.head.weights) +
            expert * s.shared_experts / group * mlp +
            expert * s.routed_experts / sharding.tensor * bytes(formats.experts.weights);
    }
    const double head = bytes(formats.head.weights);
    stored.embedding = s.vocab * hidden / group * head;
    stored.head = (s.vocab * hidden / group + hidden) * head;
    return stored;
}

}  // namespace wafercast
