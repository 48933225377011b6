/// Learns a small byte-pair vocabulary from a text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "functional/tokenizer.hpp"

namespace wafercast::functional {

/// Pieces in the layout of llama2.c: 3 control, 256 bytes, the text's characters, then merges of
/// the most frequent neighbours (first in byte order on a tie) until `vocabulary` is reached.
/// Merges stay within a word and the space before it.
[[nodiscard]] std::vector<Tokenizer::Piece> learn_byte_pairs(std::string_view text,
                                                             std::size_t vocabulary);

}  // namespace wafercast::functional
