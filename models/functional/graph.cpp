#include "functional/graph.hpp"

namespace wafercast::functional {
namespace {

class GraphBuilder {
public:
    explicit GraphBuilder(const TransformerShape& shape) : shape_(shape) {}

    void plain(OperatorKind kind, std::size_t layer, Slot input, Slot output) {
        operators_.push_back({.kind = kind, .layer = layer, .input = input, .output = output});
    }
    void weighted(OperatorKind kind, std::size_t layer, Tensor tensor, Slot input, Slot output,
                  bool same_input = false) {
        const TensorShape s = tensor_shape(shape_, tensor);
        operators_.push_back({kind, layer, tensor, input, output, s.rows, s.columns, same_input});
    }
    void attention(std::size_t layer) {
        using enum OperatorKind;
        weighted(Norm, layer, Tensor::AttentionNorm, Slot::Residual, Slot::Normed);
        weighted(Linear, layer, Tensor::Query, Slot::Normed, Slot::Query);
        weighted(Linear, layer, Tensor::Key, Slot::Normed, Slot::Key, true);
        weighted(Linear, layer, Tensor::Value, Slot::Normed, Slot::Value, true);
        plain(Rope, layer, Slot::Query, Slot::Query);
        plain(Rope, layer, Slot::Key, Slot::Key);
        plain(CacheWrite, layer, Slot::Key, Slot::Key);
        plain(AttentionScore, layer, Slot::Query, Slot::Scores);
        plain(Softmax, layer, Slot::Scores, Slot::Scores);
        plain(AttentionMix, layer, Slot::Scores, Slot::Mixed);
        weighted(Linear, layer, Tensor::Output, Slot::Mixed, Slot::Update);
        plain(Residual, layer, Slot::Update, Slot::Residual);
    }
    void feed_forward(std::size_t layer) {
        using enum OperatorKind;
        weighted(Norm, layer, Tensor::FeedForwardNorm, Slot::Residual, Slot::Normed);
        weighted(Linear, layer, Tensor::Gate, Slot::Normed, Slot::Gate);
        weighted(Linear, layer, Tensor::Up, Slot::Normed, Slot::Up, true);
        plain(Gate, layer, Slot::Up, Slot::Gate);
        weighted(Linear, layer, Tensor::Down, Slot::Gate, Slot::Update);
        plain(Residual, layer, Slot::Update, Slot::Residual);
    }
    std::vector<Operator> take() { return std::move(operators_); }

private:
    const TransformerShape& shape_;
    std::vector<Operator> operators_;
};

std::uint64_t row_bytes(const OperandFormat& format, std::size_t count) {
    return format.storage_bits(count) / 8;
}

std::uint64_t matrix_bytes(const TransformerShape& shape, Tensor tensor,
                           const OperandFormat& format) {
    const TensorShape s = tensor_shape(shape, tensor);
    return s.layers * s.rows * row_bytes(format, s.columns);
}

}  // namespace

std::vector<Operator> build_graph(const TransformerShape& shape) {
    using enum OperatorKind;
    GraphBuilder graph(shape);
    graph.weighted(Embed, 0, Tensor::Embedding, Slot::Residual, Slot::Residual);
    for (std::size_t layer = 0; layer < shape.layers; ++layer) {
        graph.attention(layer);
        graph.feed_forward(layer);
    }
    graph.weighted(Norm, 0, Tensor::FinalNorm, Slot::Residual, Slot::Normed);
    graph.weighted(Classifier, 0, Tensor::Classifier, Slot::Normed, Slot::Logits);
    return graph.take();
}

Traffic& Traffic::operator+=(const Traffic& other) {
    tokens += other.tokens;
    classified_tokens += other.classified_tokens;
    linear_macs += other.linear_macs;
    classifier_macs += other.classifier_macs;
    attention_macs += other.attention_macs;
    linear_weight_bytes += other.linear_weight_bytes;
    classifier_weight_bytes += other.classifier_weight_bytes;
    embedding_bytes += other.embedding_bytes;
    kv_write_bytes += other.kv_write_bytes;
    kv_read_bytes += other.kv_read_bytes;
    linear_inputs += other.linear_inputs;
    zero_linear_inputs += other.zero_linear_inputs;
    return *this;
}

Traffic closed_form_traffic(const TransformerShape& shape, const NumericsContract& numerics,
                            std::size_t first, std::size_t count) {
    const std::uint64_t n = count;
    const std::uint64_t attended = n * first + n * (n + 1) / 2;  // sum of p + 1
    const std::uint64_t d = shape.dim;
    const std::uint64_t kv = shape.kv_dim();
    const std::uint64_t layers = shape.layers;
    const auto& linear = numerics.of(OperatorKind::Linear).weight;
    const auto& table = numerics.of(OperatorKind::Embed).weight;
    const std::uint64_t position_bytes =
        2 * layers * cache_row_bytes(numerics.of(OperatorKind::CacheWrite).weight, shape);
    std::uint64_t layer_bytes = 0;
    for (const Tensor t : {Tensor::Query, Tensor::Key, Tensor::Value, Tensor::Output, Tensor::Gate,
                           Tensor::Down, Tensor::Up}) {
        layer_bytes += matrix_bytes(shape, t, linear);
    }
    Traffic traffic;
    traffic.tokens = n;
    traffic.classified_tokens = n;
    traffic.linear_macs = n * layers * (2 * d * d + 2 * d * kv + 3 * d * shape.hidden);
    traffic.classifier_macs = n * shape.vocabulary * d;
    traffic.attention_macs = layers * 2 * d * attended;
    traffic.linear_weight_bytes = n * layer_bytes;
    traffic.classifier_weight_bytes =
        n * matrix_bytes(shape, Tensor::Classifier, numerics.of(OperatorKind::Classifier).weight);
    traffic.embedding_bytes = n * row_bytes(table, shape.dim);
    traffic.kv_write_bytes = n * position_bytes;
    traffic.kv_read_bytes = attended * position_bytes;
    return traffic;
}

std::uint64_t cache_row_bytes(const OperandFormat& format, const TransformerShape& shape) {
    if (format.group == kPerHead) return shape.kv_heads * row_bytes(format, shape.head_size());
    return row_bytes(format, shape.kv_dim());
}

}  // namespace wafercast::functional
