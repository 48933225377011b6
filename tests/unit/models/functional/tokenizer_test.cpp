#include "functional/tokenizer.hpp"

#include "gtest/gtest.h"

#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional {
namespace {

using namespace testing;

Tokenizer small() { return *Tokenizer::from_pieces(small_vocabulary(300), "small"); }

std::vector<std::string> pieces_of(const Tokenizer& tokenizer, const std::vector<Token>& tokens) {
    std::vector<std::string> texts;
    for (const Token t : tokens)
        texts.push_back(tokenizer.pieces()[static_cast<std::size_t>(t)].text);
    return texts;
}

/// Merges by the definition: scan all pairs, take the best, leftmost first; slow and plain.
std::vector<std::string> merge_by_definition(const Tokenizer& tokenizer, const std::string& text) {
    std::vector<std::string> parts = {" "};
    for (const char c : text) parts.emplace_back(1, c);
    const auto score_of = [&](const std::string& s) -> const float* {
        for (const auto& piece : tokenizer.pieces()) {
            if (piece.text == s) return &piece.score;
        }
        return nullptr;
    };
    while (true) {
        const float* best = nullptr;
        std::size_t at = 0;
        for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
            const float* score = score_of(parts[i] + parts[i + 1]);
            if (score != nullptr && (best == nullptr || *score > *best)) {
                best = score;
                at = i;
            }
        }
        if (best == nullptr) return parts;
        parts[at] += parts[at + 1];
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
}

TEST(Tokenizer, MergesTheBestPairFirst) {
    // " a" scores above "ab", which scores above "abc": the space takes the first a, then bc joins
    EXPECT_EQ(pieces_of(small(), small().encode("abc")), (std::vector<std::string>{" a", "bc"}));
}

TEST(Tokenizer, AgreesWithTheDefinitionOnRandomText) {
    const Tokenizer tokenizer = small();
    Numbers numbers(3);
    for (int round = 0; round < 200; ++round) {
        std::string text;
        for (std::size_t i = 0; i < 1 + numbers.below(30); ++i) text += "abc "[numbers.below(4)];
        EXPECT_EQ(pieces_of(tokenizer, tokenizer.encode(text)),
                  merge_by_definition(tokenizer, text))
            << text;
    }
}

TEST(Tokenizer, EveryTextComesBack) {
    const Tokenizer tokenizer = small();
    Numbers numbers(5);
    for (int round = 0; round < 100; ++round) {
        std::string text;
        for (std::size_t i = 0; i < numbers.below(60); ++i) {
            text.push_back(static_cast<char>(numbers.below(256)));
        }
        std::vector<Token> tokens = tokenizer.encode(text);
        tokens.insert(tokens.begin(), kBeginOfStream);
        EXPECT_EQ(tokenizer.decode(tokens), text);
    }
}

TEST(Tokenizer, IgnoresIdsOutsideTheVocabularyWhenDecoding) {
    const std::vector<Token> tokens = {-5, 100000, 260};
    EXPECT_EQ(small().decode(tokens), "a");
}

TEST(Tokenizer, FileComesBack) {
    const auto bytes = write_tokenizer(small());
    const auto again = read_tokenizer(bytes, 300, "again");
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->pieces(), small().pieces());
}

TEST(Tokenizer, RefusesTheWrongVocabulary) {
    const auto bytes = write_tokenizer(small());
    EXPECT_FALSE(read_tokenizer(bytes, 299, "t").has_value());
    const auto longer = read_tokenizer(bytes, 301, "t");
    ASSERT_FALSE(longer.has_value());
    EXPECT_NE(longer.error().front().message.find("token[300].score"), std::string::npos);
    EXPECT_NE(longer.error().front().message.find("offset " + std::to_string(bytes.size())),
              std::string::npos);
}

}  // namespace
}  // namespace wafercast::functional
