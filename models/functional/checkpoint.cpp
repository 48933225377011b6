#include "functional/checkpoint.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "functional/byte_cursor.hpp"
#include "functional/mapped_file.hpp"

namespace wafercast::functional {
namespace {

constexpr std::uint32_t kMagic = 0x616b3432;  // "ak42"
constexpr std::size_t kHeaderBytes = 256;

// Order of the tensors in each layout; the classifier follows when it is not shared.
using TensorOrder = std::array<Tensor, 11>;
constexpr TensorOrder kLegacyOrder = {
    Tensor::Embedding, Tensor::AttentionNorm,   Tensor::Query, Tensor::Key,  Tensor::Value,
    Tensor::Output,    Tensor::FeedForwardNorm, Tensor::Gate,  Tensor::Down, Tensor::Up,
    Tensor::FinalNorm};
constexpr TensorOrder kVersionedOrder = {Tensor::AttentionNorm,
                                         Tensor::FeedForwardNorm,
                                         Tensor::FinalNorm,
                                         Tensor::Embedding,
                                         Tensor::Query,
                                         Tensor::Key,
                                         Tensor::Value,
                                         Tensor::Output,
                                         Tensor::Gate,
                                         Tensor::Down,
                                         Tensor::Up};

const char* name_of(Tensor tensor) {
    constexpr std::array<const char*, kTensorCount> kNames = {
        "token_embedding", "attention_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w1", "w2", "w3",
        "final_norm",      "classifier"};
    return kNames[static_cast<std::size_t>(tensor)];
}

bool is_norm(Tensor tensor) {
    return tensor == Tensor::AttentionNorm || tensor == Tensor::FeedForwardNorm ||
           tensor == Tensor::FinalNorm;
}

std::size_t size_field(ByteCursor& cursor, const char* field) {
    const std::int32_t value = cursor.int32(field);
    if (value <= 0) cursor.reject(field, "is " + std::to_string(value) + ", not positive");
    return value > 0 ? static_cast<std::size_t>(value) : 0;
}

TransformerShape read_sizes(ByteCursor& cursor) {
    TransformerShape shape;
    shape.dim = size_field(cursor, "dim");
    shape.hidden = size_field(cursor, "hidden_dim");
    shape.layers = size_field(cursor, "n_layers");
    shape.heads = size_field(cursor, "n_heads");
    shape.kv_heads = size_field(cursor, "n_kv_heads");
    return shape;
}

/// Owns whatever the tensors' spans point at besides the file itself.
struct OwnedTensors {
    std::shared_ptr<const void> file;
    std::vector<std::vector<float>> values;
};

class TensorReader {
public:
    TensorReader(ByteCursor& cursor, Checkpoint& checkpoint, OwnedTensors& owned)
        : cursor_(cursor), checkpoint_(checkpoint), owned_(owned) {}

    void float32(Tensor tensor) {
        const std::uint64_t count = tensor_shape(checkpoint_.shape, tensor).size();
        const auto bytes = cursor_.array(name_of(tensor), count, sizeof(float));
        if (cursor_.failed()) return;
        if (std::bit_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0) {
            const auto* first = reinterpret_cast<const float*>(bytes.data());
            slot(tensor) = {first, static_cast<std::size_t>(count)};
            return;
        }
        std::vector<float> copy(static_cast<std::size_t>(count));
        std::memcpy(copy.data(), bytes.data(), bytes.size());
        keep(tensor, std::move(copy));
    }

    void int8_groups(Tensor tensor, std::size_t group) {
        const std::uint64_t count = tensor_shape(checkpoint_.shape, tensor).size();
        if (count % group != 0) {
            cursor_.reject(name_of(tensor), "is not a multiple of the group size");
            return;
        }
        const auto quants = cursor_.array(name_of(tensor), count, 1);
        const std::string scale_field = std::string{name_of(tensor)} + ".scale";
        const auto scales = cursor_.array(scale_field, count / group, sizeof(float));
        if (cursor_.failed()) return;
        std::vector<float> values(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < values.size(); ++i) {
            float scale = 0.0F;
            std::memcpy(&scale, scales.data() + sizeof(float) * (i / group), sizeof scale);
            values[i] = static_cast<float>(static_cast<std::int8_t>(quants[i])) * scale;
        }
        keep(tensor, std::move(values));
    }

private:
    std::span<const float>& slot(Tensor tensor) {
        return checkpoint_.tensors[static_cast<std::size_t>(tensor)];
    }
    void keep(Tensor tensor, std::vector<float> values) {
        owned_.values.push_back(std::move(values));
        slot(tensor) = owned_.values.back();
    }

    ByteCursor& cursor_;
    Checkpoint& checkpoint_;
    OwnedTensors& owned_;
};

void read_legacy(ByteCursor& cursor, Checkpoint& checkpoint, OwnedTensors& owned) {
    checkpoint.format = "llama2.c v0";
    TransformerShape& shape = checkpoint.shape;
    shape = read_sizes(cursor);
    const std::int64_t vocabulary = cursor.int32("vocab_size");
    if (vocabulary == 0) cursor.reject("vocab_size", "is 0");
    shape.shared_classifier = vocabulary > 0;  // a negative size marks a classifier of its own
    shape.vocabulary = static_cast<std::size_t>(vocabulary > 0 ? vocabulary : -vocabulary);
    shape.context = size_field(cursor, "seq_len");
    if (cursor.failed()) return;
    if (const auto problems = check_shape(shape, "header"); !problems.empty()) {
        cursor.reject("header", "is refused: " + problems.front().message);
        return;
    }
    TensorReader reader(cursor, checkpoint, owned);
    for (const Tensor tensor : kLegacyOrder) reader.float32(tensor);
    // stored cosines and sines of RoPE: recomputed, so only skipped
    const std::uint64_t angles = std::uint64_t{shape.context} * (shape.head_size() / 2);
    static_cast<void>(cursor.array("rope_cos", angles, sizeof(float)));
    static_cast<void>(cursor.array("rope_sin", angles, sizeof(float)));
    if (!shape.shared_classifier) reader.float32(Tensor::Classifier);
}

void read_versioned(ByteCursor& cursor, Checkpoint& checkpoint, OwnedTensors& owned) {
    static_cast<void>(cursor.uint32("magic"));
    const std::int32_t version = cursor.int32("version");
    if (version != 1 && version != 2) {
        cursor.reject("version", "is " + std::to_string(version) + "; 1 and 2 are known");
    }
    checkpoint.format = version == 2 ? "llama2.c v2 int8" : "llama2.c v1";
    TransformerShape& shape = checkpoint.shape;
    shape = read_sizes(cursor);
    shape.vocabulary = size_field(cursor, "vocab_size");
    shape.context = size_field(cursor, "seq_len");
    const std::uint8_t shared = cursor.byte("shared_classifier");
    if (shared > 1) cursor.reject("shared_classifier", "is neither 0 nor 1");
    shape.shared_classifier = shared == 1;
    const std::size_t group = version == 2 ? size_field(cursor, "group_size") : 0;
    cursor.seek("header", kHeaderBytes);
    if (cursor.failed()) return;
    if (const auto problems = check_shape(shape, "header"); !problems.empty()) {
        cursor.reject("header", "is refused: " + problems.front().message);
        return;
    }
    TensorReader reader(cursor, checkpoint, owned);
    const auto read = [&](Tensor tensor) {
        if (version == 1 || is_norm(tensor)) {
            reader.float32(tensor);
        } else {
            reader.int8_groups(tensor, group);
        }
    };
    for (const Tensor tensor : kVersionedOrder) read(tensor);
    if (!shape.shared_classifier) read(Tensor::Classifier);
}

}  // namespace

std::uint64_t TransformerShape::parameters() const {
    const std::uint64_t d = dim;
    const std::uint64_t layer = 2 * d * d + 2 * d * kv_dim() + 3 * d * hidden + 2 * d;
    const std::uint64_t tables = (shared_classifier ? 1 : 2) * std::uint64_t{vocabulary} * d;
    return layers * layer + tables + d;
}

std::vector<Failure> check_shape(const TransformerShape& shape, const std::string& name) {
    std::vector<Failure> problems;
    const auto require = [&](bool holds, const std::string& message) {
        if (holds) return;
        problems.push_back(
            {.code = "functional.bad_shape", .message = name + ": " + message, .where = {}});
    };
    const auto within = [&](const char* field, std::size_t value, std::size_t low,
                            std::size_t high) {
        require(value >= low && value <= high, std::string{field} + " is " + std::to_string(value) +
                                                   ", outside [" + std::to_string(low) + ", " +
                                                   std::to_string(high) + "]");
    };
    within("dim", shape.dim, 2, 65536);
    within("hidden_dim", shape.hidden, 1, 262144);
    within("n_layers", shape.layers, 1, 1024);
    within("n_heads", shape.heads, 1, 4096);
    within("n_kv_heads", shape.kv_heads, 1, 4096);
    within("vocab_size", shape.vocabulary, 1, 1048576);
    within("seq_len", shape.context, 1, 1048576);
    if (!problems.empty()) return problems;
    require(shape.dim % shape.heads == 0, "dim is not a multiple of n_heads");
    require(shape.heads % shape.kv_heads == 0, "n_heads is not a multiple of n_kv_heads");
    require(shape.dim / shape.heads % 2 == 0, "the head size is odd, RoPE rotates pairs");
    return problems;
}

TensorShape tensor_shape(const TransformerShape& shape, Tensor tensor) {
    switch (tensor) {
        case Tensor::Embedding:
        case Tensor::Classifier:
            return {1, shape.vocabulary, shape.dim};
        case Tensor::AttentionNorm:
        case Tensor::FeedForwardNorm:
            return {shape.layers, 1, shape.dim};
        case Tensor::FinalNorm:
            return {1, 1, shape.dim};
        case Tensor::Query:
        case Tensor::Output:
            return {shape.layers, shape.dim, shape.dim};
        case Tensor::Key:
        case Tensor::Value:
            return {shape.layers, shape.kv_dim(), shape.dim};
        case Tensor::Gate:
        case Tensor::Up:
            return {shape.layers, shape.hidden, shape.dim};
        case Tensor::Down:
            return {shape.layers, shape.dim, shape.hidden};
    }
    return {};
}

std::span<const float> Checkpoint::tensor(Tensor t, std::size_t layer) const {
    const TensorShape s = tensor_shape(shape, t);
    const std::size_t slice = s.rows * s.columns;
    return tensor(t).subspan(layer * slice, slice);
}

Result<Checkpoint> read_checkpoint(std::span<const std::byte> bytes,
                                   std::shared_ptr<const void> storage, const std::string& name) {
    ByteCursor cursor(bytes, name);
    Checkpoint checkpoint;
    checkpoint.bytes = bytes;
    auto owned = std::make_shared<OwnedTensors>();
    owned->file = std::move(storage);
    owned->values.reserve(kTensorCount);  // spans point into the elements' buffers
    ByteCursor peek(bytes, name);
    if (peek.uint32("magic") == kMagic) {
        read_versioned(cursor, checkpoint, *owned);
    } else {
        read_legacy(cursor, checkpoint, *owned);
    }
    if (!cursor.failed() && cursor.remaining() > 0) {
        cursor.seek("end", cursor.offset());
        cursor.reject("end", "is followed by " + std::to_string(cursor.remaining()) +
                                 " bytes that belong to no tensor");
    }
    if (cursor.failed()) return cursor.failures();
    if (checkpoint.shape.shared_classifier) {
        checkpoint.tensors[static_cast<std::size_t>(Tensor::Classifier)] =
            checkpoint.tensor(Tensor::Embedding);
    }
    checkpoint.storage = std::move(owned);
    return checkpoint;
}

Result<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
    auto file = MappedFile::open(path);
    if (!file.has_value()) return file.error();
    const auto bytes = (*file)->bytes();
    return read_checkpoint(bytes, *file, path.filename().string());
}

std::vector<std::byte> write_checkpoint_v1(const TransformerShape& shape,
                                           std::span<const float> const (&tensors)[kTensorCount]) {
    std::vector<std::byte> bytes(kHeaderBytes);
    const std::array<std::uint32_t, 9> header = {kMagic,
                                                 1,
                                                 static_cast<std::uint32_t>(shape.dim),
                                                 static_cast<std::uint32_t>(shape.hidden),
                                                 static_cast<std::uint32_t>(shape.layers),
                                                 static_cast<std::uint32_t>(shape.heads),
                                                 static_cast<std::uint32_t>(shape.kv_heads),
                                                 static_cast<std::uint32_t>(shape.vocabulary),
                                                 static_cast<std::uint32_t>(shape.context)};
    std::memcpy(bytes.data(), header.data(), sizeof header);
    bytes[sizeof header] = shape.shared_classifier ? std::byte{1} : std::byte{0};
    const auto put = [&](Tensor tensor) {
        const auto values = std::as_bytes(tensors[static_cast<std::size_t>(tensor)]);
        bytes.insert(bytes.end(), values.begin(), values.end());
    };
    for (const Tensor tensor : kVersionedOrder) put(tensor);
    if (!shape.shared_classifier) put(Tensor::Classifier);
    return bytes;
}

}  // namespace wafercast::functional
