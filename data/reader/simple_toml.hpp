#pragma once

#include <optional>
#include <string_view>

#include "reader/text_tree.hpp"

namespace wafercast {

/// Reads the plain part of TOML that catalog entries are written in, several times faster than the
/// whole language: ASCII text, bare keys, strings without escapes, true and false, arrays, inline
/// tables and [headers] of one key. Anything else, every error included, gives nothing, and the
/// full parser decides. What it does read equals what the full parser reads, places included.
std::optional<TextNode> parse_simple_toml(std::string_view text);

}  // namespace wafercast
