/// The operator graph of one decoder token: one list, read by every interpreter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "functional/checkpoint.hpp"
#include "functional/numerics.hpp"

namespace wafercast::functional {

/// The vectors that flow between operators.
enum class Slot : std::uint8_t {
    Residual,
    Normed,
    Query,
    Key,
    Value,
    Scores,
    Mixed,
    Gate,
    Up,
    Update,  ///< what a residual operator adds
    Logits,
};

/// One step. `rows` and `columns` are those of its matrix; zero where there is none.
struct Operator {
    OperatorKind kind = OperatorKind::Residual;
    std::size_t layer = 0;
    Tensor tensor = Tensor::Embedding;
    Slot input = Slot::Residual;
    Slot output = Slot::Residual;
    std::size_t rows = 0;
    std::size_t columns = 0;
    bool same_input = false;  ///< reads the vector that the linear operator before it read
};

/// Operators in the order of execution: embed, per layer norm, q, k, v, rope, cache write, score,
/// softmax, mix, output, residual, norm, gate, up, SwiGLU, down, residual; final norm, classifier.
[[nodiscard]] std::vector<Operator> build_graph(const TransformerShape& shape);

/// What one run moved and multiplied, by class. All counts are exact.
///
/// Weights are charged once a token, as a decoder with one sequence does; that the interpreter
/// itself takes four tokens in one pass over its memory is not the candidate's business.
struct Traffic {
    std::uint64_t tokens = 0;             ///< that went through the layers
    std::uint64_t classified_tokens = 0;  ///< that also went through the classifier
    std::uint64_t linear_macs = 0;
    std::uint64_t classifier_macs = 0;
    std::uint64_t attention_macs = 0;
    std::uint64_t linear_weight_bytes = 0;
    std::uint64_t classifier_weight_bytes = 0;
    std::uint64_t embedding_bytes = 0;
    std::uint64_t kv_write_bytes = 0;
    std::uint64_t kv_read_bytes = 0;
    std::uint64_t linear_inputs = 0;       ///< activations that entered quantised linear operators
    std::uint64_t zero_linear_inputs = 0;  ///< of these, exactly zero after rounding

    [[nodiscard]] std::uint64_t macs() const {
        return linear_macs + classifier_macs + attention_macs;
    }
    [[nodiscard]] std::uint64_t flops() const { return 2 * macs(); }
    [[nodiscard]] std::uint64_t bytes() const {
        return linear_weight_bytes + classifier_weight_bytes + embedding_bytes + kv_write_bytes +
               kv_read_bytes;
    }
    Traffic& operator+=(const Traffic& other);
    friend bool operator==(const Traffic&, const Traffic&) = default;
};

/// Bytes of one position's keys (or values) of one layer in the cache.
[[nodiscard]] std::uint64_t cache_row_bytes(const OperandFormat& format,
                                            const TransformerShape& shape);

/// Closed forms for `count` tokens from position `first`, all classified:
///
///     linear MACs a token      L (2 d d + 2 d kv + 3 d h)
///     classifier MACs a token  V d
///     attention MACs at p      2 L d (p + 1)
///     KV bytes written, read   L x 2 kv,  L x 2 kv (p + 1), at the cache's bits
///
/// The interpreter counts by itself while it runs; tests hold the two equal.
/// Activation counts are data, so they stay zero here.
[[nodiscard]] Traffic closed_form_traffic(const TransformerShape& shape,
                                          const NumericsContract& numerics, std::size_t first,
                                          std::size_t count);

}  // namespace wafercast::functional
