/// SentencePiece-style byte-pair encoding with scores and byte fallback (llama2.c tokenizer.bin).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"

namespace wafercast::functional {

using Token = std::int32_t;

/// Ids that the format fixes: 0 unknown, 1 begin of stream, 2 end, 3..258 the raw bytes.
inline constexpr Token kBeginOfStream = 1;
inline constexpr Token kEndOfStream = 2;
inline constexpr Token kFirstByteToken = 3;

/// A vocabulary of pieces with scores.
///
/// Encoding starts from code points (bytes where a code point has no piece) and merges, again and
/// again, the adjacent pair whose joint piece has the highest score, leftmost first on a tie.
class Tokenizer {
public:
    struct Piece {
        std::string text;
        float score = 0.0F;
        friend bool operator==(const Piece&, const Piece&) = default;
    };

    /// @param pieces  at least 259 entries, so that every byte has a token
    [[nodiscard]] static Result<Tokenizer> from_pieces(std::vector<Piece> pieces,
                                                       const std::string& name);

    /// Tokens of `text`, with one space in front as the format prescribes; no begin-of-stream.
    [[nodiscard]] std::vector<Token> encode(std::string_view text) const;

    /// Text of a token sequence; the space after a begin-of-stream token is dropped.
    [[nodiscard]] std::string decode(std::span<const Token> tokens) const;

    [[nodiscard]] std::size_t size() const { return pieces_.size(); }
    [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

private:
    explicit Tokenizer(std::vector<Piece> pieces);
    [[nodiscard]] Token find(const std::string& text) const;
    [[nodiscard]] std::vector<Token> split(std::string_view text) const;

    std::vector<Piece> pieces_;
    std::unordered_map<std::string, Token> ids_;
};

/// Reads llama2.c `tokenizer.bin`: int32 longest piece, then per token float32 score, int32
/// length, bytes. `vocabulary` is the model's; the file must hold exactly that many.
[[nodiscard]] Result<Tokenizer> read_tokenizer(std::span<const std::byte> bytes,
                                               std::size_t vocabulary, const std::string& name);

/// The same layout, for a tokenizer that the project makes itself.
[[nodiscard]] std::vector<std::byte> write_tokenizer(const Tokenizer& tokenizer);

}  // namespace wafercast::functional
