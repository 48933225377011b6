#include "functional/train/byte_pair_learner.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace wafercast::functional {
namespace {

using Word = std::vector<std::string>;
using Pair = std::pair<std::string, std::string>;

/// Words with the space before them, as lists of characters, with their counts.
std::map<Word, std::size_t> count_words(std::string_view text) {
    std::map<Word, std::size_t> words;
    Word word;
    for (const char c : text) {
        if ((c == ' ' || c == '\n') && !word.empty()) {
            ++words[word];
            word.clear();
        }
        if (c == '\n') continue;
        word.emplace_back(1, c);
    }
    if (!word.empty()) ++words[word];
    return words;
}

std::map<Pair, std::size_t> count_pairs(const std::map<Word, std::size_t>& words) {
    std::map<Pair, std::size_t> pairs;
    for (const auto& [word, count] : words) {
        for (std::size_t i = 0; i + 1 < word.size(); ++i) pairs[{word[i], word[i + 1]}] += count;
    }
    return pairs;
}

Word merge(const Word& word, const Pair& pair) {
    Word merged;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (i + 1 < word.size() && word[i] == pair.first && word[i + 1] == pair.second) {
            merged.push_back(word[i] + word[i + 1]);
            ++i;
        } else {
            merged.push_back(word[i]);
        }
    }
    return merged;
}

std::vector<Tokenizer::Piece> base_pieces(std::string_view text) {
    constexpr float kLowest = -1e6F;
    std::vector<Tokenizer::Piece> pieces = {{"<unk>", 0.0F}, {"<s>", 0.0F}, {"</s>", 0.0F}};
    constexpr std::array<char, 16> kDigits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                              '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};
    for (const char high : kDigits) {
        for (const char low : kDigits) {
            pieces.push_back({std::string{"<0x"} + high + low + ">", 0.0F});
        }
    }
    const std::set<char> characters(text.begin(), text.end());
    for (const char c : characters) {
        if (c != '\n') pieces.push_back({std::string(1, c), kLowest});
    }
    return pieces;
}

}  // namespace

std::vector<Tokenizer::Piece> learn_byte_pairs(std::string_view text, std::size_t vocabulary) {
    std::vector<Tokenizer::Piece> pieces = base_pieces(text);
    std::map<Word, std::size_t> words = count_words(text);
    for (float score = -1.0F; pieces.size() < vocabulary; score -= 1.0F) {
        const std::map<Pair, std::size_t> pairs = count_pairs(words);
        const auto* best = pairs.empty() ? nullptr : &*pairs.begin();
        for (const auto& entry : pairs) {
            if (entry.second > best->second) best = &entry;
        }
        if (best == nullptr) break;
        const Pair pair = best->first;
        pieces.push_back({pair.first + pair.second, score});
        std::map<Word, std::size_t> merged;
        for (const auto& [word, count] : words) merged[merge(word, pair)] += count;
        words = std::move(merged);
    }
    return pieces;
}

}  // namespace wafercast::functional
