/// What the functional tests share: the reference weights when they are there, and a model of our
/// own.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "functional/checkpoint.hpp"
#include "functional/run.hpp"
#include "functional/tokenizer.hpp"

namespace wafercast::functional::testing {

/// The folder with weights, texts and reference tables beside the source tree; it may be missing.
inline std::filesystem::path shared_folder() {
    const char* source = std::getenv("WAFERCAST_SOURCE_DIR");
    return std::filesystem::path{source == nullptr ? "." : source} / ".." / "shared";
}

/// Skips the test, saying why, when the file is not there.
#define SKIP_WITHOUT(path)                                           \
    do {                                                             \
        if (!std::filesystem::exists(path)) {                        \
            GTEST_SKIP() << "no reference file " << (path).string(); \
        }                                                            \
    } while (false)

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::byte> read_bytes(const std::filesystem::path& path) {
    const std::string text = read_text(path);
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

inline void write_bytes(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

/// A sequence of pseudo-random numbers that is the same everywhere.
class Numbers {
public:
    explicit Numbers(std::uint64_t seed) : state_(seed * 2 + 1) {}
    std::uint64_t next() {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return state_ >> 20U;
    }
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
    float uniform() { return static_cast<float>(next() % 2000001U) * 1e-6F - 1.0F; }

private:
    std::uint64_t state_;
};

inline TransformerShape small_shape() {
    return {.dim = 24,
            .hidden = 20,
            .layers = 2,
            .heads = 6,
            .kv_heads = 3,
            .vocabulary = 300,
            .context = 48};
}

/// Bytes of a v1 checkpoint with random weights.
inline std::vector<std::byte> random_checkpoint(const TransformerShape& shape,
                                                std::uint64_t seed = 7) {
    Numbers numbers(seed);
    std::vector<std::vector<float>> values(kTensorCount);
    std::span<const float> views[kTensorCount];
    for (std::size_t t = 0; t < kTensorCount; ++t) {
        values[t].resize(tensor_shape(shape, static_cast<Tensor>(t)).size());
        for (float& v : values[t]) v = numbers.uniform() * 0.4F;
        views[t] = values[t];
    }
    return write_checkpoint_v1(shape, views);
}

/// Reads a checkpoint that lies in memory; the bytes live as long as the result.
inline Result<Checkpoint> checkpoint_from(std::vector<std::byte> bytes) {
    auto owned = std::make_shared<std::vector<std::byte>>(std::move(bytes));
    return read_checkpoint(*owned, owned, "memory");
}

/// Control tokens, all bytes, then a few pieces.
inline std::vector<Tokenizer::Piece> small_vocabulary(std::size_t size) {
    std::vector<Tokenizer::Piece> pieces = {{"<unk>", 0.0F}, {"<s>", 0.0F}, {"</s>", 0.0F}};
    const char* digits = "0123456789ABCDEF";
    for (int b = 0; b < 256; ++b) {
        pieces.push_back({std::string{"<0x"} + digits[b / 16] + digits[b % 16] + ">", 0.0F});
    }
    for (const char* text : {" ", "a", "b", "c", " a", "ab", "abc", "bc"}) {
        pieces.push_back({text, -static_cast<float>(pieces.size())});
    }
    while (pieces.size() < size) pieces.push_back({"zz" + std::to_string(pieces.size()), -1e6F});
    return pieces;
}

inline std::vector<std::string> split_csv(const std::string& line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.emplace_back();
        } else {
            cells.back().push_back(c);
        }
    }
    return cells;
}

using Row = std::map<std::string, std::string>;

inline std::vector<Row> read_csv(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    const auto header = split_csv(line);
    std::vector<Row> rows;
    while (std::getline(file, line)) {
        const auto cells = split_csv(line);
        Row row;
        for (std::size_t i = 0; i < header.size() && i < cells.size(); ++i)
            row[header[i]] = cells[i];
        rows.push_back(row);
    }
    return rows;
}

inline std::filesystem::path stories_model() {
    return shared_folder() / "weights" / "stories260K" / "stories260K.bin";
}
inline std::filesystem::path stories_tokenizer() {
    return shared_folder() / "weights" / "stories260K" / "tok512.bin";
}
inline std::filesystem::path stories_text() {
    return shared_folder() / "text" / "tinystories-40k.txt";
}

}  // namespace wafercast::functional::testing
