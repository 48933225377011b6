/// Llama-family checkpoints: shape and float32 tensors, read without copying where possible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace wafercast::functional {

/// Sizes of a decoder-only transformer with RMS norm, RoPE, grouped-query attention and SwiGLU.
struct TransformerShape {
    std::size_t dim = 0;         ///< width of the residual stream, [2, 65536]
    std::size_t hidden = 0;      ///< width of the feed-forward layer, [1, 262144]
    std::size_t layers = 0;      ///< [1, 1024]
    std::size_t heads = 0;       ///< query heads; divides dim into even head sizes
    std::size_t kv_heads = 0;    ///< key and value heads; divides heads
    std::size_t vocabulary = 0;  ///< [1, 1048576]
    std::size_t context = 0;     ///< longest sequence, [1, 1048576]
    bool shared_classifier = true;
    float norm_epsilon = 1e-5F;
    float rope_base = 10000.0F;

    [[nodiscard]] std::size_t head_size() const { return dim / heads; }
    [[nodiscard]] std::size_t kv_dim() const { return kv_heads * head_size(); }
    /// Weights of the seven linear kinds, embedding, classifier if its own, and norms.
    [[nodiscard]] std::uint64_t parameters() const;
    friend bool operator==(const TransformerShape&, const TransformerShape&) = default;
};

/// Checks every range above; the problems name the field.
[[nodiscard]] std::vector<Failure> check_shape(const TransformerShape& shape,
                                               const std::string& name);

/// The weight tensors, each stacked over layers, row-major [out][in].
enum class Tensor : std::uint8_t {
    Embedding,      ///< [vocabulary][dim]
    AttentionNorm,  ///< [layers][dim]
    Query,          ///< [layers][dim][dim]
    Key,            ///< [layers][kv_dim][dim]
    Value,          ///< [layers][kv_dim][dim]
    Output,         ///< [layers][dim][dim]
    FeedForwardNorm,
    Gate,  ///< w1 [layers][hidden][dim]
    Down,  ///< w2 [layers][dim][hidden]
    Up,    ///< w3 [layers][hidden][dim]
    FinalNorm,
    Classifier,  ///< [vocabulary][dim]; the embedding when shared
};
inline constexpr std::size_t kTensorCount = 12;

/// Rows and columns of one layer's slice of a tensor; norms have one row.
struct TensorShape {
    std::size_t layers = 1;
    std::size_t rows = 0;
    std::size_t columns = 0;
    [[nodiscard]] std::uint64_t size() const {
        return std::uint64_t{layers} * std::uint64_t{rows} * std::uint64_t{columns};
    }
};
[[nodiscard]] TensorShape tensor_shape(const TransformerShape& shape, Tensor tensor);

/// A model as it lies in its file. Copies share the mapping.
struct Checkpoint {
    TransformerShape shape;
    std::string format;  ///< "llama2.c v0", "llama2.c v1" or "llama2.c v2 int8"
    std::span<const float> tensors[kTensorCount];
    std::span<const std::byte> bytes;     ///< the whole file, for identity
    std::shared_ptr<const void> storage;  ///< keeps the spans alive

    [[nodiscard]] std::span<const float> tensor(Tensor t) const {
        return tensors[static_cast<std::size_t>(t)];
    }
    /// One layer's slice.
    [[nodiscard]] std::span<const float> tensor(Tensor t, std::size_t layer) const;
};

/// Reads llama2.c v0 (28-byte header), v1 (float32) or v2 (int8 groups, dequantised on reading).
///
/// Every size is computed in 64 bits and checked against the end of the bytes before use, and the
/// file must end where the tensors end. v0 and v1 copy nothing; v2 allocates four bytes a weight,
/// under 4 x the size of the file. @cite karpathy-2023-llama2c
///
/// @param bytes    must stay valid while `storage` lives
[[nodiscard]] Result<Checkpoint> read_checkpoint(std::span<const std::byte> bytes,
                                                 std::shared_ptr<const void> storage,
                                                 const std::string& name);

/// Maps and reads a file.
[[nodiscard]] Result<Checkpoint> read_checkpoint(const std::filesystem::path& path);

/// The v1 layout of a set of tensors; sizes must match the shape.
[[nodiscard]] std::vector<std::byte> write_checkpoint_v1(
    const TransformerShape& shape, std::span<const float> const (&tensors)[kTensorCount]);

}  // namespace wafercast::functional
