#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "reader/text_tree.hpp"

namespace wafercast {

/// Parses JSON (RFC 8259) into the same plain tree as TOML, with the place of every value. `null`
/// is an empty table. A text that is not JSON gives one failure with its place, code "text.syntax".
Result<TextNode> parse_json(std::string_view text, const std::string& file);

}  // namespace wafercast
