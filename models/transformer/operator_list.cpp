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
        op.shape = CollectiveShape{.kind = kind, .ranks = ranks, .bytes = payload};
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

/// What the pieces of a layer share.
struct LayerContext {
    const TransformerSpec& spec;
    const TensorFormats& formats;
    const Sharding& sharding;
    const PassShape& pass;
    double tokens;     ///< of the whole stage
    double local;      ///< of one data-parallel attention group
    double sequences;  ///< likewise
    double heads;      ///< on one device
    double copies;     ///< devices that share the tokens of a KV cache
};

/// Attention itself: scores, softmax and weighted sum in one kernel that keeps scores on the die.
void add_attention(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const TensorFormats& f = c.formats;
    const bool prefill = c.pass.phase == Phase::kPrefill;
    const bool latent = s.attention == AttentionKind::kLatent;
    const bool absorbed = latent && !prefill;
    // Devices that share a cache each take all of their heads over a part of the tokens.
    const double heads = c.heads * c.copies;
    const double group = c.sharding.group() / c.copies;
    const double context = kept_tokens(s, c.pass.context) / c.copies;
    const double new_tokens = c.pass.new_tokens;
    const double pairs =
        prefill ? c.sequences * causal_pairs(s, new_tokens) : c.sequences * new_tokens * context;
    const double query_dim = latent ? s.head_dim + s.qk_rope_dim : s.head_dim;
    const double per_pair =
        absorbed ? 2.0 * (2.0 * s.kv_lora_rank + s.qk_rope_dim) : 2.0 * (query_dim + s.head_dim);
    const double out_dim = absorbed ? s.kv_lora_rank : s.head_dim;
    if (c.copies > 1.0) {
        const double in_dim = absorbed ? s.kv_lora_rank + s.qk_rope_dim : query_dim;
        writer.collective("attn.gather", CollectiveKind::kAllGather, c.copies,
                          c.local * heads * in_dim * bytes(f.sums));
    }
    Operator& op = writer.add(
        "attn.core", prefill ? OperatorKind::kPrefillAttention : OperatorKind::kDecodeAttention);
    op.flops = heads * per_pair * pairs;
    const double kept = c.sequences * (prefill ? new_tokens : context);
    op.kv_bytes = kept * kv_elements_per_layer(s, group) * bytes(f.kv);
    const double width = absorbed ? 2.0 * s.kv_lora_rank + s.qk_rope_dim : query_dim + s.head_dim;
    op.activation_bytes = c.local * heads * width * bytes(f.activations);
    const double past = prefill ? 0.0 : std::max(context - new_tokens, 0.0);
    if (latent) {
        op.shape = LatentAttentionShape{.sequences = c.sequences,
                                        .queries = new_tokens,
                                        .past = past,
                                        .heads = heads,
                                        .rank = static_cast<double>(s.kv_lora_rank),
                                        .rope_dim = static_cast<double>(s.qk_rope_dim),
                                        .nope_dim = static_cast<double>(s.head_dim),
                                        .value_dim = static_cast<double>(s.head_dim),
                                        .inputs = f.queries,
                                        .kv = f.kv};
    } else {
        op.shape = AttentionShape{.sequences = c.sequences,
                                  .queries = new_tokens,
                                  .past = past,
                                  .heads = heads,
                                  .kv_heads = std::max(s.kv_heads / group, 1.0),
                                  .head_dim = static_cast<double>(s.head_dim),
                                  .window = static_cast<double>(s.sliding_window),
                                  .inputs = f.queries,
                                  .kv = f.kv};
    }
    if (c.copies > 1.0) {
        writer.collective("attn.combine", CollectiveKind::kReduceScatter, c.copies,
                          c.local * heads * out_dim * bytes(f.sums));
    }
}

/// Rotates queries and keys and writes the new tokens' KV.
void add_rotation(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const double new_kv = kv_elements_per_layer(s, c.sharding.group());
    const double rotated = s.attention == AttentionKind::kLatent ? s.qk_rope_dim : s.head_dim;
    const double queries = c.heads * rotated;
    const double width = queries + new_kv;
    Operator& op =
        writer.pointwise("attn.rope", PointwiseKind::kRotary, c.local, width, 1.0, queries / width);
    op.kv_bytes = c.local * new_kv * bytes(c.formats.kv);
}

void add_attention_layer(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const WeightFormats& f = c.formats.attention;
    const double group = c.sharding.group();
    const double hidden = s.hidden;
    const double head_dim = s.head_dim;
    writer.norm("attn.norm", c.local, hidden);
    if (s.attention == AttentionKind::kLatent) {
        const double query_width = c.heads * (s.head_dim + s.qk_rope_dim);
        const double rank = s.kv_lora_rank;
        if (s.q_lora_rank > 0) {
            writer.gemm("attn.q_a", f, c.local, hidden, s.q_lora_rank);
            writer.gemm("attn.q_b", f, c.local, s.q_lora_rank, query_width);
        } else {
            writer.gemm("attn.q", f, c.local, hidden, query_width);
        }
        writer.gemm("attn.kv_a", f, c.local, hidden, rank + s.qk_rope_dim);
        const double inner = s.q_lora_rank + rank;
        Operator& norm =
            writer.pointwise("attn.latent_norm", PointwiseKind::kNorm, c.local, inner, 1.0, 1.0);
        norm.weight_bytes = inner * bytes(f.weights);
        norm.launches = 0.0;
        add_rotation(writer, c);
        if (c.pass.phase == Phase::kPrefill) {
            writer.gemm("attn.kv_b", f, c.local, rank, c.heads * 2.0 * head_dim);
            add_attention(writer, c);
        } else {
            writer.gemm("attn.q_absorb", f, c.local, head_dim, rank, c.heads);
            add_attention(writer, c);
            writer.gemm("attn.v_absorb", f, c.local, rank, head_dim, c.heads);
        }
    } else {
        const double kv_width = std::max(s.kv_heads / group, 1.0) * head_dim;
        writer.gemm("attn.qkv", f, c.local, hidden, c.heads * head_dim + 2.0 * kv_width);
        add_rotation(writer, c);
        add_attention(writer, c);
    }
    writer.gemm("attn.o", f, c.local, c.heads * head_dim, hidden);
    if (group > 1.0) {
        writer.collective("attn.all_reduce", CollectiveKind::kAllReduce, group,
                          c.local * hidden * bytes(c.formats.sums));
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
                            .load = imbalance};
    if (exchanges) {
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
    writer.gemm("moe.router", f, c.local, hidden, s.routed_experts);
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
    const double tokens = pass.sequences * pass.new_tokens;
    const LayerContext context{.spec = spec,
                               .formats = formats,
                               .sharding = sharding,
                               .pass = pass,
                               .tokens = tokens,
                               .local = tokens / sharding.data,
                               .sequences = pass.sequences / sharding.data,
                               .heads = std::max(spec.heads / sharding.group(), 1.0),
                               .copies = pass.phase == Phase::kDecode ? sharding.context : 1.0};
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

    writer.layers(pass.layer_share * spec.layers);
    add_attention_layer(writer, context);
    if (dense_layers > 0.0) {
        writer.layers(pass.layer_share * dense_layers);
        add_dense_mlp(writer, context);
    }
    if (spec.moe_layers() > 0) {
        writer.layers(pass.layer_share * spec.moe_layers());
        add_moe_mlp(writer, context);
    }

    // Only the last token of a prompt is classified.
    const double classified =
        pass.phase == Phase::kPrefill ? context.sequences : context.sequences * pass.new_tokens;
    writer.ends();
    writer.norm("final.norm", classified, hidden);
    writer.gemm("lm_head", formats.head, classified, hidden, spec.vocab / sharding.group());
}

StoredWeights stored_weights(const TransformerSpec& s, const TensorFormats& formats,
                             const Sharding& sharding) {
    const double group = sharding.group();
    const double hidden = s.hidden;
    const double heads = std::max(s.heads / group, 1.0);
    const double head_dim = s.head_dim;
    const double branches = s.gated_mlp ? 3.0 : 2.0;
    double attention = heads * head_dim * hidden + 2.0 * hidden;
    if (s.attention == AttentionKind::kLatent) {
        const double query_width = heads * (head_dim + s.qk_rope_dim);
        const double rank = s.kv_lora_rank;
        attention += s.q_lora_rank > 0 ? s.q_lora_rank * (hidden + query_width) + s.q_lora_rank
                                       : hidden * query_width;
        attention += hidden * (rank + s.qk_rope_dim) + rank + rank * heads * 2.0 * head_dim;
    } else {
        attention += hidden * head_dim * (heads + 2.0 * std::max(s.kv_heads / group, 1.0));
    }
    attention *= bytes(formats.attention.weights);
    const double mlp = bytes(formats.mlp.weights);
    StoredWeights stored;
    stored.dense_layer = attention + branches * hidden * s.ffn / group * mlp;
    if (s.is_moe()) {
        const double expert = branches * hidden * s.moe_ffn;
        stored.moe_layer =
            attention + (hidden * s.routed_experts + expert * s.shared_experts / group) * mlp +
            expert * s.routed_experts / sharding.tensor * bytes(formats.experts.weights);
    }
    const double head = bytes(formats.head.weights);
    stored.embedding = s.vocab * hidden / group * head;
    stored.head = (s.vocab * hidden / group + hidden) * head;
    return stored;
}

}  // namespace wafercast
