#include "transformer/operator_list.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "math/math.hpp"

namespace wafercast {
namespace {

/// Appends operators that share a sharding, a precision and a token count.
class PassWriter {
public:
    PassWriter(const ElementBytes& bytes, OperatorList& list) : bytes_{bytes}, list_{list} {
        list_.size = 0;
    }

    void layers(double count) { count_ = count, in_layer_ = true; }
    void ends() { count_ = 1.0, in_layer_ = false; }

    /// `groups` GEMMs of m x k by k x n, each with its own weights.
    Operator& gemm(const char* name, double m, double k, double n, double groups = 1.0) {
        Operator& op = add(name, OperatorKind::kGemm);
        op.groups = groups, op.m = m, op.k = k, op.n = n;
        op.flops = 2.0 * groups * m * k * n;
        op.weight_bytes = groups * k * n * bytes_.weights;
        op.activation_bytes = groups * m * (k + n) * bytes_.activations;
        return op;
    }

    /// Reads `read` and writes `written` activation elements.
    Operator& elementwise(const char* name, double read, double written, double weights = 0.0) {
        Operator& op = add(name, OperatorKind::kElementwise);
        op.activation_bytes = (read + written) * bytes_.activations;
        op.weight_bytes = weights * bytes_.weights;
        return op;
    }

    void collective(const char* name, OperatorKind kind, double payload) {
        Operator& op = add(name, kind);
        op.launches = 0.0;
        op.payload_bytes = payload;
    }

    Operator& add(const char* name, OperatorKind kind) {
        WAFERCAST_ASSERT(list_.size < kMaxOperators);
        Operator& op = list_.operators[static_cast<unsigned>(list_.size++)];
        op = Operator{};
        op.name = name, op.kind = kind, op.count = count_, op.in_layer = in_layer_;
        return op;
    }

private:
    const ElementBytes& bytes_;
    OperatorList& list_;
    double count_ = 1.0;
    bool in_layer_ = true;
};

/// What the pieces of a layer share.
struct LayerContext {
    const TransformerSpec& spec;
    const ElementBytes& bytes;
    const Sharding& sharding;
    const PassShape& pass;
    double tokens;     ///< of the whole tensor-parallel group
    double local;      ///< of one data-parallel attention group
    double sequences;  ///< likewise
    double heads;      ///< on one device
};

/// Attention itself: scores, softmax and weighted sum in one kernel that keeps scores on the die.
void add_attention(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const bool latent = s.attention == AttentionKind::kLatent;
    const bool absorbed = latent && c.pass.phase == Phase::kDecode;
    const double pairs = c.pass.phase == Phase::kPrefill
                             ? c.sequences * causal_pairs(s, c.pass.new_tokens)
                             : c.sequences * c.pass.new_tokens * kept_tokens(s, c.pass.context);
    const double query_dim = latent ? s.head_dim + s.qk_rope_dim : s.head_dim;
    const double per_pair =
        absorbed ? 2.0 * (2.0 * s.kv_lora_rank + s.qk_rope_dim) : 2.0 * (query_dim + s.head_dim);
    Operator& op = writer.add("attn.core", OperatorKind::kAttention);
    op.flops = c.heads * per_pair * pairs;
    const double kept = c.pass.phase == Phase::kPrefill
                            ? c.sequences * c.pass.new_tokens
                            : c.sequences * kept_tokens(s, c.pass.context);
    op.kv_bytes = kept * kv_elements_per_layer(s, c.sharding.group()) * c.bytes.kv;
    const double width = absorbed ? 2.0 * s.kv_lora_rank + s.qk_rope_dim : query_dim + s.head_dim;
    op.activation_bytes = c.local * c.heads * width * c.bytes.activations;
}

/// Rotates queries and keys and writes the new tokens' KV.
void add_rotation(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const double new_kv = c.local * kv_elements_per_layer(s, c.sharding.group());
    const double rotated = s.attention == AttentionKind::kLatent ? s.qk_rope_dim : s.head_dim;
    const double queries = c.local * c.heads * rotated;
    Operator& op = writer.elementwise("attn.rope", queries + new_kv, queries);
    op.kv_bytes = new_kv * c.bytes.kv;
}

void add_attention_layer(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const double group = c.sharding.group();
    const double hidden = s.hidden;
    const double head_dim = s.head_dim;
    writer.elementwise("attn.norm", 2.0 * c.local * hidden, 2.0 * c.local * hidden, hidden);
    if (s.attention == AttentionKind::kLatent) {
        const double query_width = c.heads * (s.head_dim + s.qk_rope_dim);
        const double rank = s.kv_lora_rank;
        if (s.q_lora_rank > 0) {
            writer.gemm("attn.q_a", c.local, hidden, s.q_lora_rank);
            writer.gemm("attn.q_b", c.local, s.q_lora_rank, query_width);
        } else {
            writer.gemm("attn.q", c.local, hidden, query_width);
        }
        writer.gemm("attn.kv_a", c.local, hidden, rank + s.qk_rope_dim);
        const double inner = s.q_lora_rank + rank;
        Operator& norm =
            writer.elementwise("attn.latent_norm", c.local * inner, c.local * inner, inner);
        norm.launches = 0.0;
        add_rotation(writer, c);
        if (c.pass.phase == Phase::kPrefill) {
            writer.gemm("attn.kv_b", c.local, rank, c.heads * 2.0 * head_dim);
            add_attention(writer, c);
        } else {
            writer.gemm("attn.q_absorb", c.local, head_dim, rank, c.heads);
            add_attention(writer, c);
            writer.gemm("attn.v_absorb", c.local, rank, head_dim, c.heads);
        }
    } else {
        const double kv_width = std::max(s.kv_heads / group, 1.0) * head_dim;
        writer.gemm("attn.qkv", c.local, hidden, c.heads * head_dim + 2.0 * kv_width);
        add_rotation(writer, c);
        add_attention(writer, c);
    }
    writer.gemm("attn.o", c.local, c.heads * head_dim, hidden);
    if (group > 1.0) {
        writer.collective("attn.all_reduce", OperatorKind::kAllReduce,
                          c.local * hidden * c.bytes.sums);
    }
}

void add_dense_mlp(PassWriter& writer, const LayerContext& c) {
    const double group = c.sharding.group();
    const double hidden = c.spec.hidden;
    const double inner = c.spec.ffn / group;
    const double branches = c.spec.gated_mlp ? 2.0 : 1.0;
    writer.elementwise("mlp.norm", 2.0 * c.local * hidden, 2.0 * c.local * hidden, hidden);
    writer.gemm(c.spec.gated_mlp ? "mlp.gate_up" : "mlp.up", c.local, hidden, branches * inner);
    writer.elementwise("mlp.act", c.local * branches * inner, c.local * inner);
    writer.gemm("mlp.down", c.local, inner, hidden);
    if (group > 1.0) {
        writer.collective("mlp.all_reduce", OperatorKind::kAllReduce,
                          c.local * hidden * c.bytes.sums);
    }
}

/// Grouped GEMMs read only the experts that were selected; with experts spread over groups the
/// hottest group sets the pace.
void add_experts(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const double group = c.sharding.group();
    const double spread = c.sharding.expert;
    const double hidden = s.hidden;
    const double inner = s.moe_ffn / group;
    const double branches = s.gated_mlp ? 2.0 : 1.0;
    const double distinct = std::max(distinct_experts(s, c.tokens) / spread, 1e-9);
    const double imbalance = spread > 1.0 ? c.pass.expert_imbalance : 1.0;
    const double pairs = c.tokens * s.experts_per_token / spread * imbalance;
    const double rows = pairs / distinct;
    if (spread > 1.0) {
        writer.collective("moe.dispatch", OperatorKind::kAllToAll,
                          c.local * s.experts_per_token * hidden / group * c.bytes.activations);
    }
    writer.gemm(s.gated_mlp ? "moe.gate_up" : "moe.up", rows, hidden, branches * inner, distinct)
        .kind = OperatorKind::kGroupedGemm;
    writer.elementwise("moe.act", pairs * branches * inner, pairs * inner);
    writer.gemm("moe.down", rows, inner, hidden, distinct).kind = OperatorKind::kGroupedGemm;
    writer.elementwise("moe.combine", pairs * hidden, c.local * hidden);
    if (spread > 1.0) {
        writer.collective("moe.collect", OperatorKind::kAllToAll,
                          c.local * s.experts_per_token * hidden / group * c.bytes.sums);
    }
}

void add_moe_mlp(PassWriter& writer, const LayerContext& c) {
    const TransformerSpec& s = c.spec;
    const double group = c.sharding.group();
    const double hidden = s.hidden;
    writer.elementwise("moe.norm", 2.0 * c.local * hidden, 2.0 * c.local * hidden, hidden);
    writer.gemm("moe.router", c.local, hidden, s.routed_experts);
    add_experts(writer, c);
    if (s.shared_experts > 0) {
        const double inner = s.shared_experts * s.moe_ffn / group;
        const double branches = s.gated_mlp ? 2.0 : 1.0;
        writer.gemm(s.gated_mlp ? "moe.shared_gate_up" : "moe.shared_up", c.local, hidden,
                    branches * inner);
        writer.elementwise("moe.shared_act", c.local * branches * inner, c.local * inner);
        writer.gemm("moe.shared_down", c.local, inner, hidden);
    }
    if (group > 1.0) {
        writer.collective("moe.all_reduce", OperatorKind::kAllReduce,
                          c.local * hidden * c.bytes.sums);
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

void list_pass(const TransformerSpec& spec, const ElementBytes& bytes, const Sharding& sharding,
               const PassShape& pass, OperatorList& list) {
    PassWriter writer{bytes, list};
    const double tokens = pass.sequences * pass.new_tokens;
    const LayerContext context{.spec = spec,
                               .bytes = bytes,
                               .sharding = sharding,
                               .pass = pass,
                               .tokens = tokens,
                               .local = tokens / sharding.expert,
                               .sequences = pass.sequences / sharding.expert,
                               .heads = std::max(spec.heads / sharding.group(), 1.0)};
    const double hidden = spec.hidden;
    const double dense_layers = spec.layers - spec.moe_layers();

    writer.ends();
    Operator& embed = writer.elementwise("embed", 0.0, context.local * hidden);
    embed.kind = OperatorKind::kGather;
    embed.weight_bytes = context.local * hidden * bytes.weights;

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
    writer.elementwise("final.norm", classified * hidden, classified * hidden, hidden);
    writer.gemm("lm_head", classified, hidden, spec.vocab / sharding.group());
}

StoredWeights stored_weights(const TransformerSpec& s, const Sharding& sharding) {
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
    StoredWeights stored;
    stored.dense_layer = attention + branches * hidden * s.ffn / group;
    if (s.is_moe()) {
        const double expert = branches * hidden * s.moe_ffn;
        stored.moe_layer = attention + hidden * s.routed_experts +
                           expert * (s.routed_experts / sharding.tensor + s.shared_experts / group);
    }
    stored.embedding = s.vocab * hidden / group;
    stored.head = s.vocab * hidden / group + hidden;
    return stored;
}

}  // namespace wafercast
