// Mutated files never crash the readers, and never make them allocate more than the file's size
// times four (the dequantised form of int8 weights) and 64 KiB.

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "gtest/gtest.h"

#include "functional/checkpoint.hpp"
#include "functional/interpreter.hpp"
#include "functional/run_cache.hpp"
#include "unit/models/functional/functional_test_support.hpp"

namespace {
std::atomic<std::size_t> largest_allocation{0};

void* counted(std::size_t size) {
    std::size_t seen = largest_allocation.load();
    while (size > seen && !largest_allocation.compare_exchange_weak(seen, size)) {
    }
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace wafercast::functional {
namespace {

using namespace testing;

constexpr int kMutations = 300;

/// Changes a few bytes, cuts, or extends; header bytes are hit more often than their share.
std::vector<std::byte> mutate(std::vector<std::byte> bytes, Numbers& numbers) {
    for (std::size_t i = 0; i <= numbers.below(4); ++i) {
        const std::size_t reach =
            numbers.below(2) == 0 ? std::min<std::size_t>(64, bytes.size()) : bytes.size();
        const std::size_t at = numbers.below(reach);
        constexpr unsigned kEdges[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
        bytes[at] = static_cast<std::byte>(numbers.below(2) == 0 ? kEdges[numbers.below(5)]
                                                                 : numbers.below(256));
    }
    if (numbers.below(4) == 0) bytes.resize(1 + numbers.below(bytes.size()));
    if (numbers.below(8) == 0) bytes.resize(bytes.size() + numbers.below(64));
    return bytes;
}

template <typename Read>
void fuzz(const std::vector<std::byte>& original, std::uint64_t seed, Read&& read) {
    Numbers numbers(seed);
    for (int i = 0; i < kMutations; ++i) {
        const auto bytes = mutate(original, numbers);
        largest_allocation = 0;
        read(bytes);
        EXPECT_LE(largest_allocation.load(), 4 * bytes.size() + 65536) << "mutation " << i;
    }
}

/// A file that is accepted must also run.
void read_and_run(const std::vector<std::byte>& bytes) {
    const auto checkpoint = read_checkpoint(bytes, nullptr, "fuzz");
    if (!checkpoint.has_value()) {
        EXPECT_FALSE(checkpoint.error().front().message.empty());
        return;
    }
    const std::size_t largest = largest_allocation;
    const auto model = PreparedModel::prepare(*checkpoint, NumericsContract{});
    ValueInterpreter interpreter(model, std::min<std::size_t>(4, checkpoint->shape.context));
    const Token first = 0;
    interpreter.feed(std::span{&first, 1}, true);
    EXPECT_EQ(interpreter.logits(0).size(), checkpoint->shape.vocabulary);
    largest_allocation = largest;  // the bound is the reader's
}

TEST(ReaderFuzz, VersionedCheckpoint) { fuzz(random_checkpoint(small_shape()), 11, read_and_run); }

TEST(ReaderFuzz, LegacyCheckpoint) {
    // 7 sizes, then tensors of any value: a legacy file is its header and a length
    const TransformerShape shape = small_shape();
    std::vector<std::byte> bytes(28 + 4 * (shape.parameters() + shape.context * shape.head_size()));
    const std::int32_t header[7] = {24, 20, 2, 6, 3, 300, 48};
    std::memcpy(bytes.data(), header, sizeof header);
    ASSERT_TRUE(checkpoint_from(bytes).has_value());
    fuzz(bytes, 12, read_and_run);
}

TEST(ReaderFuzz, Int8Checkpoint) {
    auto bytes = random_checkpoint(small_shape());
    bytes[4] = std::byte{2};  // version
    const std::int32_t group = 4;
    std::memcpy(bytes.data() + 37, &group, sizeof group);
    const TransformerShape shape = small_shape();
    const std::uint64_t norms = (2 * shape.layers + 1) * shape.dim;
    const std::uint64_t weights = shape.parameters() - norms;
    bytes.resize(256 + 4 * norms + 2 * weights);  // one byte and a quarter scale a weight
    ASSERT_TRUE(checkpoint_from(bytes).has_value());
    fuzz(bytes, 13, read_and_run);
}

TEST(ReaderFuzz, Tokenizer) {
    const auto original = write_tokenizer(*Tokenizer::from_pieces(small_vocabulary(300), "t"));
    fuzz(original, 14, [](const std::vector<std::byte>& bytes) {
        const auto tokenizer = read_tokenizer(bytes, 300, "fuzz");
        if (!tokenizer.has_value()) return;
        const auto tokens = tokenizer->encode("abc cab\n\xFF");
        for (const Token token : tokens) EXPECT_LT(token, 300);
        EXPECT_FALSE(tokenizer->decode(tokens).empty());
    });
}

TEST(ReaderFuzz, RememberedRun) {
    FunctionalRun run;
    run.generated = {1, 2, 3};
    run.generated_text = "abc";
    run.warnings = {"careful"};
    const std::string text = serialise_run(run);
    const auto view = std::as_bytes(std::span{text});
    fuzz({view.begin(), view.end()}, 15, [&text](const std::vector<std::byte>& bytes) {
        const std::string mutated{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        EXPECT_EQ(parse_run(mutated).has_value(), mutated == text);
    });
}

}  // namespace
}  // namespace wafercast::functional
