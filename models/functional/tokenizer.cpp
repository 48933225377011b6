#include "functional/tokenizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <queue>
#include <utility>

#include "functional/byte_cursor.hpp"

namespace wafercast::functional {
namespace {

constexpr std::size_t kSmallestVocabulary = 259;
constexpr Token kNone = -1;

/// One possible merge; `stamp` tells whether the two neighbours have changed since it was queued.
struct Merge {
    float score = 0.0F;
    std::size_t left = 0;
    Token left_token = kNone;
    Token right_token = kNone;
    Token joint = kNone;

    friend bool operator<(const Merge& a, const Merge& b) {
        return a.score != b.score ? a.score < b.score : a.left > b.left;
    }
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// The byte a piece such as `<0x0A>` stands for, or -1.
int byte_of_piece(const std::string& text) {
    if (text.size() != 6 || text.compare(0, 3, "<0x") != 0 || text[5] != '>') return -1;
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    const int high = digit(text[3]);
    const int low = digit(text[4]);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
}

}  // namespace

Tokenizer::Tokenizer(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
    ids_.reserve(pieces_.size());
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        ids_.emplace(pieces_[i].text, static_cast<Token>(i));  // the lowest id wins
    }
}

Result<Tokenizer> Tokenizer::from_pieces(std::vector<Piece> pieces, const std::string& name) {
    if (pieces.size() < kSmallestVocabulary) {
        return Failure{.code = "functional.bad_tokenizer",
                       .message = name + ": " + std::to_string(pieces.size()) +
                                  " pieces; byte fallback needs at least 259.",
                       .where = {}};
    }
    return Tokenizer(std::move(pieces));
}

Token Tokenizer::find(const std::string& text) const {
    const auto it = ids_.find(text);
    return it == ids_.end() ? kNone : it->second;
}

std::vector<Token> Tokenizer::split(std::string_view text) const {
    std::vector<Token> tokens;
    if (text.empty()) return tokens;
    if (const Token space = find(" "); space != kNone) tokens.push_back(space);
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin + 1;
        while (end < text.size() && end - begin < 4 && is_continuation(text[end])) ++end;
        const Token token = find(std::string{text.substr(begin, end - begin)});
        if (token != kNone) {
            tokens.push_back(token);
        } else {
            for (std::size_t i = begin; i < end; ++i) {
                tokens.push_back(kFirstByteToken + static_cast<unsigned char>(text[i]));
            }
        }
        begin = end;
    }
    return tokens;
}

std::vector<Token> Tokenizer::encode(std::string_view text) const {
    std::vector<Token> tokens = split(text);
    const std::size_t count = tokens.size();
    std::vector<std::size_t> next(count);
    std::vector<std::size_t> previous(count);
    for (std::size_t i = 0; i < count; ++i) {
        next[i] = i + 1;
        previous[i] = i - 1;  // wraps at 0, never followed there
    }
    std::priority_queue<Merge> queue;
    const auto offer = [&](std::size_t left) {
        const std::size_t right = next[left];
        if (right >= count) return;
        const auto& a = pieces_[static_cast<std::size_t>(tokens[left])];
        const auto& b = pieces_[static_cast<std::size_t>(tokens[right])];
        const Token joint = find(a.text + b.text);
        if (joint == kNone) return;
        const float score = pieces_[static_cast<std::size_t>(joint)].score;
        queue.push({score, left, tokens[left], tokens[right], joint});
    };
    for (std::size_t i = 0; i < count; ++i) offer(i);
    while (!queue.empty()) {
        const Merge merge = queue.top();
        queue.pop();
        const std::size_t right = tokens[merge.left] == merge.left_token ? next[merge.left] : count;
        if (right >= count || tokens[right] != merge.right_token) continue;  // stale
        tokens[merge.left] = merge.joint;
        tokens[right] = kNone;
        next[merge.left] = next[right];
        if (next[right] < count) previous[next[right]] = merge.left;
        offer(merge.left);
        if (merge.left > 0) offer(previous[merge.left]);
    }
    std::erase(tokens, kNone);
    return tokens;
}

std::string Tokenizer::decode(std::span<const Token> tokens) const {
    std::string text;
    Token before = kNone;
    for (const Token token : tokens) {
        const bool known = token >= 0 && static_cast<std::size_t>(token) < pieces_.size();
        if (known && token != kBeginOfStream && token != kEndOfStream) {
            const std::string& piece = pieces_[static_cast<std::size_t>(token)].text;
            const int byte = byte_of_piece(piece);
            const bool drop_space = before == kBeginOfStream && piece.starts_with(' ');
            if (byte >= 0) {
                text.push_back(static_cast<char>(byte));
            } else {
                text.append(piece, drop_space ? 1 : 0, std::string::npos);
            }
        }
        before = token;
    }
    return text;
}

Result<Tokenizer> read_tokenizer(std::span<const std::byte> bytes, std::size_t vocabulary,
                                 const std::string& name) {
    ByteCursor cursor(bytes, name);
    if (cursor.int32("max_token_length") < 0) cursor.reject("max_token_length", "is negative");
    std::vector<Tokenizer::Piece> pieces;
    // 8 bytes is the least a piece takes, so a false vocabulary size cannot make a large reserve
    pieces.reserve(std::min(vocabulary, bytes.size() / 8));
    for (std::size_t i = 0; i < vocabulary && !cursor.failed(); ++i) {
        const std::string field = "token[" + std::to_string(i) + "]";
        const float score = cursor.float32(field + ".score");
        if (std::isnan(score)) cursor.reject(field + ".score", "is not a number");
        const std::int32_t length = cursor.int32(field + ".length");
        if (length < 0) cursor.reject(field + ".length", "is negative");
        const auto text = cursor.array(field + ".bytes", static_cast<std::uint32_t>(length), 1);
        if (cursor.failed()) break;
        pieces.push_back(
            {std::string(reinterpret_cast<const char*>(text.data()), text.size()), score});
    }
    if (!cursor.failed() && cursor.remaining() > 0) {
        cursor.seek("end", cursor.offset());
        cursor.reject("end", "is followed by " + std::to_string(cursor.remaining()) +
                                 " bytes: this tokenizer has more pieces than the model's " +
                                 std::to_string(vocabulary));
    }
    if (cursor.failed()) return cursor.failures();
    return Tokenizer::from_pieces(std::move(pieces), name);
}

std::vector<std::byte> write_tokenizer(const Tokenizer& tokenizer) {
    std::vector<std::byte> bytes;
    const auto put = [&bytes](const void* data, std::size_t size) {
        const auto* first = static_cast<const std::byte*>(data);
        bytes.insert(bytes.end(), first, first + size);
    };
    std::int32_t longest = 0;
    for (const auto& piece : tokenizer.pieces()) {
        longest = std::max(longest, static_cast<std::int32_t>(piece.text.size()));
    }
    put(&longest, sizeof longest);
    for (const auto& piece : tokenizer.pieces()) {
        const auto length = static_cast<std::int32_t>(piece.text.size());
        put(&piece.score, sizeof piece.score);
        put(&length, sizeof length);
        put(piece.text.data(), piece.text.size());
    }
    return bytes;
}

}  // namespace wafercast::functional
