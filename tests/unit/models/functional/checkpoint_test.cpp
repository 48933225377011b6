#include "functional/checkpoint.hpp"

#include <cstring>

#include "gtest/gtest.h"

#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional {
namespace {

using namespace testing;

/// The same tensors in the legacy layout.
std::vector<std::byte> legacy_of(const Checkpoint& c) {
    std::vector<std::byte> bytes;
    const auto put = [&bytes](const void* data, std::size_t size) {
        const auto* first = static_cast<const std::byte*>(data);
        bytes.insert(bytes.end(), first, first + size);
    };
    const auto vocabulary = static_cast<std::int32_t>(c.shape.vocabulary);
    const std::int32_t header[7] = {static_cast<std::int32_t>(c.shape.dim),
                                    static_cast<std::int32_t>(c.shape.hidden),
                                    static_cast<std::int32_t>(c.shape.layers),
                                    static_cast<std::int32_t>(c.shape.heads),
                                    static_cast<std::int32_t>(c.shape.kv_heads),
                                    c.shape.shared_classifier ? vocabulary : -vocabulary,
                                    static_cast<std::int32_t>(c.shape.context)};
    put(header, sizeof header);
    using enum Tensor;
    for (const Tensor t : {Embedding, AttentionNorm, Query, Key, Value, Output, FeedForwardNorm,
                           Gate, Down, Up, FinalNorm}) {
        put(c.tensor(t).data(), c.tensor(t).size_bytes());
    }
    const std::vector<float> angles(c.shape.context * c.shape.head_size());
    put(angles.data(), angles.size() * sizeof(float));
    if (!c.shape.shared_classifier) {
        put(c.tensor(Classifier).data(), c.tensor(Classifier).size_bytes());
    }
    return bytes;
}

void expect_equal(const Checkpoint& a, const Checkpoint& b) {
    EXPECT_EQ(a.shape, b.shape);
    for (std::size_t t = 0; t < kTensorCount; ++t) {
        const auto x = a.tensors[t];
        const auto y = b.tensors[t];
        ASSERT_EQ(x.size(), y.size()) << t;
        EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size_bytes()), 0) << t;
    }
}

TEST(Checkpoint, LegacyAndVersionedLayoutsHoldTheSame) {
    for (const bool shared : {true, false}) {
        TransformerShape shape = small_shape();
        shape.shared_classifier = shared;
        const auto versioned = checkpoint_from(random_checkpoint(shape));
        ASSERT_TRUE(versioned.has_value());
        const auto legacy = checkpoint_from(legacy_of(*versioned));
        ASSERT_TRUE(legacy.has_value()) << legacy.error().front().message;
        EXPECT_EQ(legacy->format, "llama2.c v0");
        expect_equal(*versioned, *legacy);
    }
}

TEST(Checkpoint, UnalignedBytesAreCopied) {
    auto bytes = random_checkpoint(small_shape());
    const auto aligned = checkpoint_from(bytes);
    bytes.insert(bytes.begin(), std::byte{0});
    const auto shifted = read_checkpoint(std::span{bytes}.subspan(1), nullptr, "shifted");
    ASSERT_TRUE(shifted.has_value());
    expect_equal(*aligned, *shifted);
}

TEST(Checkpoint, ReadsInt8Groups) {
    const TransformerShape shape = {.dim = 4,
                                    .hidden = 2,
                                    .layers = 1,
                                    .heads = 2,
                                    .kv_heads = 1,
                                    .vocabulary = 4,
                                    .context = 8};
    std::vector<std::byte> bytes(256);
    const std::uint32_t header[9] = {0x616b3432, 2, 4, 2, 1, 2, 1, 4, 8};
    std::memcpy(bytes.data(), header, sizeof header);
    bytes[36] = std::byte{1};
    const std::int32_t group = 2;
    std::memcpy(bytes.data() + 37, &group, sizeof group);
    bytes.resize(256 + 3 * 4 * sizeof(float));  // norms
    using enum Tensor;
    for (const Tensor t : {Embedding, Query, Key, Value, Output, Gate, Down, Up}) {
        const std::size_t count = tensor_shape(shape, t).size();
        for (std::size_t i = 0; i < count; ++i) {
            bytes.push_back(static_cast<std::byte>(static_cast<std::int8_t>(i) - 3));
        }
        for (std::size_t g = 0; g < count / 2; ++g) {
            const float scale = 0.5F * static_cast<float>(g + 1);
            const auto* first = reinterpret_cast<const std::byte*>(&scale);
            bytes.insert(bytes.end(), first, first + sizeof scale);
        }
    }
    const auto checkpoint = checkpoint_from(bytes);
    ASSERT_TRUE(checkpoint.has_value()) << checkpoint.error().front().message;
    EXPECT_EQ(checkpoint->format, "llama2.c v2 int8");
    EXPECT_FLOAT_EQ(checkpoint->tensor(Query)[0], -3 * 0.5F);
    EXPECT_FLOAT_EQ(checkpoint->tensor(Query)[5], 2 * 1.5F);
}

TEST(Checkpoint, EveryTruncationNamesAFieldAndOffset) {
    const auto bytes = random_checkpoint(small_shape());
    for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 7) {
        const auto result =
            checkpoint_from({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
        ASSERT_FALSE(result.has_value()) << size;
        EXPECT_EQ(result.error().front().code, "functional.bad_file");
        EXPECT_NE(result.error().front().message.find("field '"), std::string::npos);
        EXPECT_NE(result.error().front().message.find("at offset "), std::string::npos);
    }
}

TEST(Checkpoint, RefusesBytesAfterTheLastTensor) {
    auto bytes = random_checkpoint(small_shape());
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(checkpoint_from(bytes).has_value());
}

TEST(Checkpoint, RefusesAFolderAndAMissingFile) {
    EXPECT_FALSE(read_checkpoint(std::filesystem::temp_directory_path()).has_value());
    const auto missing = read_checkpoint(std::filesystem::path{"/nonexistent/model.bin"});
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().front().code, "functional.cannot_read");
}

TEST(Checkpoint, PublishedModelHoldsTheSameInBothLayouts) {
    SKIP_WITHOUT(stories_model());
    const auto legacy = read_checkpoint(stories_model());
    const auto versioned = read_checkpoint(stories_model().parent_path() / "stories260K_v1.bin");
    ASSERT_TRUE(legacy.has_value());
    ASSERT_TRUE(versioned.has_value());
    expect_equal(*legacy, *versioned);
    EXPECT_EQ(legacy->shape.parameters(), 260032U);
}

TEST(Checkpoint, RefusesOtherFormats) {
    const auto folder = shared_folder() / "weights";
    SKIP_WITHOUT(folder);
    EXPECT_FALSE(
        read_checkpoint(folder / "stories260K" / "stories260K-f32.ggufv1.gguf").has_value());
    EXPECT_FALSE(read_checkpoint(folder / "rwkv-tiny" / "tiny-rwkv-4v0-660K-FP32.bin").has_value());
    EXPECT_FALSE(read_checkpoint(folder / "bitllama-ternary-3M" / "model.bin").has_value());
}

}  // namespace
}  // namespace wafercast::functional
