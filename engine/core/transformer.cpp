#include "core/transformer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/catalog.hpp"

namespace wafercast {
namespace {

using Spec = TransformerSpec;

constexpr std::array kShapeFields{
    ShapeField{"layers", &Spec::layers, true},
    ShapeField{"hidden", &Spec::hidden, true},
    ShapeField{"heads", &Spec::heads, true},
    ShapeField{"kv_heads", &Spec::kv_heads, false},
    ShapeField{"head_dim", &Spec::head_dim, true},
    ShapeField{"ffn", &Spec::ffn, false},
    ShapeField{"vocab", &Spec::vocab, true},
    ShapeField{"context", &Spec::context, true},
    ShapeField{"moe_ffn", &Spec::moe_ffn, false},
    ShapeField{"routed_experts", &Spec::routed_experts, false},
    ShapeField{"experts_per_token", &Spec::experts_per_token, false},
    ShapeField{"shared_experts", &Spec::shared_experts, false},
    ShapeField{"first_dense_layers", &Spec::first_dense_layers, false},
    ShapeField{"sliding_window", &Spec::sliding_window, false},
    ShapeField{"full_attention_every", &Spec::full_attention_every, false},
    ShapeField{"full_attention_layers", &Spec::full_attention_layers, false},
    ShapeField{"kv_lora_rank", &Spec::kv_lora_rank, false},
    ShapeField{"qk_rope_dim", &Spec::qk_rope_dim, false},
    ShapeField{"q_lora_rank", &Spec::q_lora_rank, false},
    ShapeField{"qk_nope_dim", &Spec::qk_nope_dim, false},
    ShapeField{"v_head_dim", &Spec::v_head_dim, false},
    ShapeField{"o_lora_rank", &Spec::o_lora_rank, false},
    ShapeField{"o_groups", &Spec::o_groups, false},
    ShapeField{"linear_value_heads", &Spec::linear_value_heads, false},
    ShapeField{"linear_key_heads", &Spec::linear_key_heads, false},
    ShapeField{"linear_head_dim", &Spec::linear_head_dim, false},
    ShapeField{"linear_state", &Spec::linear_state, false},
    ShapeField{"linear_conv_width", &Spec::linear_conv_width, false},
    ShapeField{"index_heads", &Spec::index_heads, false},
    ShapeField{"index_head_dim", &Spec::index_head_dim, false},
    ShapeField{"index_top", &Spec::index_top, false},
    ShapeField{"kv_compression_ratio", &Spec::kv_compression_ratio, false},
    ShapeField{"kv_compression_ratio_sparse", &Spec::kv_compression_ratio_sparse, false},
};

/// Layers that have an index: all, or those of the sparse ratio.
double indexed_layers(const Spec& s) {
    if (s.index_heads == 0) {
        return 0.0;
    }
    return s.is_compressed() ? s.layers / 2.0 : s.layers;
}

double query_parameters(const Spec& s, double width) {
    const double hidden = s.hidden;
    return s.q_lora_rank > 0 ? hidden * s.q_lora_rank + s.q_lora_rank + s.q_lora_rank * width
                             : hidden * width;
}

double output_parameters(const Spec& s, double width) {
    const double hidden = s.hidden;
    return s.o_lora_rank > 0 ? width * s.o_lora_rank + s.output_groups() * s.o_lora_rank * hidden
                             : width * hidden;
}

/// Projections of one attention layer, with the norms inside a latent one.
double attention_parameters(const Spec& s) {
    const double hidden = s.hidden;
    const double heads = s.heads;
    const double output = output_parameters(s, heads * s.value_dim());
    if (s.is_latent()) {
        const double query = query_parameters(s, heads * (s.nope_dim() + s.qk_rope_dim));
        // Keys and values grow from one latent; the rope part of the key is shared by all heads.
        const double latent = hidden * (s.kv_lora_rank + s.qk_rope_dim) + s.kv_lora_rank;
        return query + latent + s.kv_lora_rank * heads * (s.nope_dim() + s.value_dim()) + output;
    }
    const double query = query_parameters(s, heads * s.head_dim * (s.attention_gate ? 2.0 : 1.0));
    // A compressed cache holds one vector that is key and value.
    const double kept = s.is_compressed() ? 1.0 : 2.0;
    return query + kept * hidden * s.kv_heads * s.head_dim + output;
}

/// Queries from the latent of attention's own queries where there is one, one key, one weight a
/// head.
double index_parameters(const Spec& s) {
    const double query_from = s.q_lora_rank > 0 ? s.q_lora_rank : s.hidden;
    return query_from * s.index_heads * s.index_head_dim +
           static_cast<double>(s.hidden) * (s.index_head_dim + s.index_heads);
}

/// Queries, keys, values, output gate, a decay and a rate per head, convolution, output.
double linear_parameters(const Spec& s) {
    const double keys = static_cast<double>(s.linear_key_heads) * s.linear_key_dim();
    const double values = static_cast<double>(s.linear_value_heads) * s.linear_head_dim;
    const double hidden = s.hidden;
    return hidden * (2.0 * keys + 2.0 * values + 2.0 * s.linear_value_heads) +
           (2.0 * keys + values) * s.linear_conv_width + values * hidden +
           2.0 * s.linear_value_heads + s.linear_head_dim;
}

double mlp_parameters(const Spec& s, int width) {
    return (s.gated_mlp ? 3.0 : 2.0) * s.hidden * width;
}

}  // namespace

int TransformerSpec::full_layers() const {
    if (full_attention_layers > 0) {
        return std::min(full_attention_layers, layers);
    }
    const bool others = sliding_window > 0 || linear_value_heads > 0;
    if (!others || is_compressed()) {
        return layers;
    }
    return full_attention_every > 0 ? layers / full_attention_every : 0;
}

int TransformerSpec::linear_layers() const {
    return linear_value_heads > 0 ? layers - full_layers() : 0;
}

int TransformerSpec::window_layers() const { return layers - full_layers() - linear_layers(); }

std::span<const ShapeField> shape_fields() { return kShapeFields; }

void complete_shape(TransformerSpec& spec) {
    spec.kv_heads = spec.kv_heads == 0 ? spec.heads : spec.kv_heads;
    const bool only_windows = spec.sliding_window > 0 && spec.full_layers() == 0;
    spec.attention = spec.kv_lora_rank > 0 ? AttentionKind::kLatent
                     : only_windows        ? AttentionKind::kSlidingWindow
                                           : AttentionKind::kMultiHead;
}

TransformerSpec read_shape(const CatalogEntry& entry) {
    TransformerSpec spec;
    for (const ShapeField& shape : kShapeFields) {
        if (const SourcedNumber* number = entry.number(shape.name)) {
            spec.*shape.field = static_cast<int>(std::lround(number->points.back().value));
        }
    }
    spec.gated_mlp = entry.text("mlp", "gated") == "gated";
    spec.tied_embeddings = entry.flag("tied_embeddings");
    spec.attention_gate = entry.flag("attention_gate");
    complete_shape(spec);
    return spec;
}

ParameterCount count_parameters(const TransformerSpec& s) {
    const double moe_layers = s.moe_layers();
    const double dense_layers = s.layers - moe_layers;
    const double expert = mlp_parameters(s, s.moe_ffn);
    const double norms = 2.0 * s.hidden;
    const double router = static_cast<double>(s.hidden) * s.routed_experts;
    const double linear_layers = s.linear_layers();

    ParameterCount count;
    count.embedding = (s.tied_embeddings ? 1.0 : 2.0) * s.vocab * s.hidden;
    const double mixers = (s.layers - linear_layers) * attention_parameters(s) +
                          linear_layers * linear_parameters(s) +
                          indexed_layers(s) * index_parameters(s);
    const double always = count.embedding + s.hidden + s.layers * norms + mixers +
                          dense_layers * mlp_parameters(s, s.ffn) +
                          moe_layers * (router + s.shared_experts * expert);
    count.total = always + moe_layers * s.routed_experts * expert;
    count.active = always + moe_layers * s.experts_per_token * expert;
    return count;
}

double kv_elements_per_token(const TransformerSpec& s) {
    const double index = indexed_layers(s) * s.index_head_dim;
    if (s.is_latent()) {
        return static_cast<double>(s.layers) * (s.kv_lora_rank + s.qk_rope_dim) + index;
    }
    const double width = static_cast<double>(s.kv_heads) * s.head_dim;
    if (s.is_compressed()) {
        const double half = s.layers / 2.0;
        const double sparse = std::max(s.kv_compression_ratio_sparse, 1);
        return half * width * (1.0 / s.kv_compression_ratio + 1.0 / sparse) + index / sparse;
    }
    return 2.0 * (s.layers - s.linear_layers()) * width + index;
}

double kept_kv_elements(const TransformerSpec& s, double length) {
    const double grows = kv_elements_per_token(s);
    if (s.sliding_window <= 0) {
        return grows * length;
    }
    const double window = std::min(length, static_cast<double>(s.sliding_window));
    const double width = static_cast<double>(s.kv_heads) * s.head_dim;
    if (s.is_compressed()) {
        return grows * length + s.layers * width * window;
    }
    return grows * length - 2.0 * s.window_layers() * width * (length - window);
}

double linear_state_elements(const TransformerSpec& s) {
    const double keys = static_cast<double>(s.linear_key_heads) * s.linear_key_dim();
    const double values = static_cast<double>(s.linear_value_heads) * s.linear_head_dim;
    return values * s.linear_key_dim() +
           (2.0 * keys + values) * std::max(s.linear_conv_width - 1, 0);
}

}  // namespace wafercast
