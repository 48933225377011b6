#include "core/transformer.hpp"

namespace wafercast {
namespace {

/// Projections of one attention layer, with the norms inside a latent one.
double attention_parameters(const TransformerSpec& s) {
    const double hidden = s.hidden;
    const double heads = s.heads;
    const double head_dim = s.head_dim;
    const double output = heads * head_dim * hidden;
    if (s.attention != AttentionKind::kLatent) {
        return hidden * heads * head_dim + 2.0 * hidden * s.kv_heads * head_dim + output;
    }
    const double query_width = heads * (head_dim + s.qk_rope_dim);
    const double query = s.q_lora_rank > 0
                             ? hidden * s.q_lora_rank + s.q_lora_rank + s.q_lora_rank * query_width
                             : hidden * query_width;
    // Keys and values grow from one latent; the rope part of the key is shared by all heads.
    const double latent = hidden * (s.kv_lora_rank + s.qk_rope_dim) + s.kv_lora_rank;
    return query + latent + s.kv_lora_rank * heads * 2.0 * head_dim + output;
}

double mlp_parameters(const TransformerSpec& s, int width) {
    return (s.gated_mlp ? 3.0 : 2.0) * s.hidden * width;
}

}  // namespace

ParameterCount count_parameters(const TransformerSpec& s) {
    const double moe_layers = s.moe_layers();
    const double dense_layers = s.layers - moe_layers;
    const double expert = mlp_parameters(s, s.moe_ffn);
    const double norms = 2.0 * s.hidden;
    const double router = static_cast<double>(s.hidden) * s.routed_experts;

    ParameterCount count;
    count.embedding = (s.tied_embeddings ? 1.0 : 2.0) * s.vocab * s.hidden;
    const double always =
        count.embedding + s.hidden + s.layers * (attention_parameters(s) + norms) +
        dense_layers * mlp_parameters(s, s.ffn) + moe_layers * (router + s.shared_experts * expert);
    count.total = always + moe_layers * s.routed_experts * expert;
    count.active = always + moe_layers * s.experts_per_token * expert;
    return count;
}

double kv_elements_per_token(const TransformerSpec& s) {
    if (s.attention == AttentionKind::kLatent) {
        return static_cast<double>(s.layers) * (s.kv_lora_rank + s.qk_rope_dim);
    }
    return 2.0 * s.layers * s.kv_heads * s.head_dim;
}

}  // namespace wafercast
