#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace wafercast {

/// A place in a text: 1-based line and column, columns counted in code points; 0 when unknown.
struct TextPosition {
    int line = 0;
    int column = 0;
    friend bool operator==(const TextPosition&, const TextPosition&) = default;
    friend auto operator<=>(const TextPosition&, const TextPosition&) = default;
};

/// A parsed TOML text as plain values with their places. Readers look at this and at no library's
/// types.
struct TextNode {
    enum class Kind { kTable, kArray, kString, kInteger, kFloat, kBoolean, kDate };
    struct Member;

    Kind kind = Kind::kTable;
    std::string text;     ///< of a string; of a number or date as the shortest text that reads back
    double number = 0.0;  ///< of an integer or float
    bool boolean = false;
    bool is_inline = false;       ///< table written between braces
    TextPosition begin;           ///< of the value; of its header for a table that has one
    TextPosition end;             ///< one past the last character of the value
    std::vector<Member> members;  ///< of a table, in the order of the file
    std::vector<TextNode> items;  ///< of an array

    friend bool operator==(const TextNode&, const TextNode&);
    [[nodiscard]] bool is_table() const { return kind == Kind::kTable; }
    [[nodiscard]] bool is_array() const { return kind == Kind::kArray; }
    [[nodiscard]] bool is_string() const { return kind == Kind::kString; }
    [[nodiscard]] bool is_number() const { return kind == Kind::kInteger || kind == Kind::kFloat; }
    [[nodiscard]] const TextNode* find(std::string_view key) const;
    [[nodiscard]] SourceLocation where(const std::string& file) const {
        return {file, begin.line, begin.column};
    }
};

struct TextNode::Member {
    std::string key;
    TextPosition key_begin;
    TextNode value;
    friend bool operator==(const Member&, const Member&) = default;
    [[nodiscard]] SourceLocation where(const std::string& file) const {
        return {file, key_begin.line, key_begin.column};
    }
};

/// Parses TOML 1.0. A text that is not TOML gives one failure with its place, code "text.syntax".
Result<TextNode> parse_toml(std::string_view text, const std::string& file);

/// The same by the full parser alone, without the short way for plain texts.
Result<TextNode> parse_full_toml(std::string_view text, const std::string& file);

/// The name of a node's kind for messages: "a table", "a bare number".
std::string_view describe(const TextNode& node);

/// Byte offset of a position in the text it came from; the text's size when it lies behind the end.
std::size_t byte_offset(std::string_view text, TextPosition position);

/// The whole of a file, or a failure with code "file.unreadable".
Result<std::string> read_text_file(const std::string& path);

/// `text` as a TOML basic string with its quotes.
std::string quoted_toml(std::string_view text);

/// `key` as it may stand before '=': bare where possible, else quoted.
std::string toml_key(std::string_view key);

}  // namespace wafercast
