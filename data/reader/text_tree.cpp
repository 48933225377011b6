#include "reader/text_tree.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <toml++/toml.h>

#include "reader/simple_toml.hpp"

namespace wafercast {
namespace {

constexpr std::size_t kLargestText = std::size_t{64} << 20U;
constexpr int kDeepestKey = 64;  // dotted parts; the parser recurses over them

TextPosition position(const toml::source_position& p) {
    return {static_cast<int>(p.line), static_cast<int>(p.column)};
}

std::string shortest(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

template <class T>
std::string streamed(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

TextNode convert(const toml::node& from);

TextNode convert_table(const toml::table& table) {
    TextNode node;
    node.is_inline = table.is_inline();
    node.members.reserve(table.size());
    for (const auto& [key, value] : table) {
        node.members.push_back(
            {std::string{key.str()}, position(key.source().begin), convert(value)});
    }
    std::stable_sort(node.members.begin(), node.members.end(),
                     [](const auto& a, const auto& b) { return a.key_begin < b.key_begin; });
    return node;
}

TextNode convert_value(const toml::node& from) {
    TextNode node;
    if (const auto* table = from.as_table()) {
        node = convert_table(*table);
    } else if (const auto* array = from.as_array()) {
        node.kind = TextNode::Kind::kArray;
        node.items.reserve(array->size());
        for (const auto& item : *array) {
            node.items.push_back(convert(item));
        }
    } else if (const auto* string = from.as_string()) {
        node.kind = TextNode::Kind::kString;
        node.text = string->get();
    } else if (const auto* integer = from.as_integer()) {
        node.kind = TextNode::Kind::kInteger;
        node.number = static_cast<double>(integer->get());
        node.text = std::to_string(integer->get());
    } else if (const auto* real = from.as_floating_point()) {
        node.kind = TextNode::Kind::kFloat;
        node.number = real->get();
        node.text = shortest(real->get());
    } else if (const auto* boolean = from.as_boolean()) {
        node.kind = TextNode::Kind::kBoolean;
        node.boolean = boolean->get();
        node.text = node.boolean ? "true" : "false";
    } else {
        node.kind = TextNode::Kind::kDate;
        from.visit([&node](const auto& value) {
            if constexpr (toml::is_chronological<decltype(value)>) {
                node.text = streamed(value.get());
            }
        });
    }
    return node;
}

TextNode convert(const toml::node& from) {
    auto node = convert_value(from);
    node.begin = position(from.source().begin);
    node.end = position(from.source().end);
    return node;
}

/// The place of a key with too many dotted parts; line 0 when there is none.
TextPosition too_deep(std::string_view text) {
    int line = 1;
    int dots = 0;
    for (std::size_t i = 0, start = 0; i < text.size(); ++i) {
        if (text[i] == '\n') {
            ++line;
            dots = 0;
            start = i + 1;
        } else if (text[i] == '=' || text[i] == '#') {
            dots = -static_cast<int>(
                std::min<std::size_t>(text.size(), kLargestText));  // the rest is a value
        } else if (text[i] == '.' && ++dots > kDeepestKey) {
            return {line, static_cast<int>(i - start) + 1};
        }
    }
    return {};
}

}  // namespace

const TextNode* TextNode::find(std::string_view key) const {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [key](const Member& member) { return member.key == key; });
    return found == members.end() ? nullptr : &found->value;
}

bool operator==(const TextNode& a, const TextNode& b) {
    return a.kind == b.kind && a.text == b.text && a.number == b.number && a.boolean == b.boolean &&
           a.is_inline == b.is_inline && a.begin == b.begin && a.end == b.end &&
           a.members == b.members && a.items == b.items;
}

Result<TextNode> parse_toml(std::string_view text, const std::string& file) {
    if (auto simple = parse_simple_toml(text)) {
        return *std::move(simple);
    }
    return parse_full_toml(text, file);
}

Result<TextNode> parse_full_toml(std::string_view text, const std::string& file) {
    if (text.size() > kLargestText) {
        return Failure{"text.too_large", "The file is larger than 64 MiB; split it.", {file, 1, 1}};
    }
    if (const auto deep = too_deep(text); deep.line > 0) {
        return Failure{
            "text.syntax", "A key has more than 64 dotted parts.", {file, deep.line, deep.column}};
    }
    try {
        auto root = convert_table(toml::parse(text, file));
        root.begin = {1, 1};
        return root;
    } catch (const toml::parse_error& error) {
        const auto place = position(error.source().begin);
        return Failure{"text.syntax",
                       std::string{error.description()},
                       {file, std::max(place.line, 1), std::max(place.column, 1)}};
    }
}

std::string_view describe(const TextNode& node) {
    switch (node.kind) {
        case TextNode::Kind::kTable:
            return "a table";
        case TextNode::Kind::kArray:
            return "an array";
        case TextNode::Kind::kString:
            return "a text";
        case TextNode::Kind::kInteger:
        case TextNode::Kind::kFloat:
            return "a bare number";
        case TextNode::Kind::kBoolean:
            return "true or false";
        case TextNode::Kind::kDate:
            return "a date";
    }
    return "a value";
}

std::size_t byte_offset(std::string_view text, TextPosition position) {
    std::size_t offset = text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    for (int line = 1; line < position.line; ++line) {
        const auto newline = text.find('\n', offset);
        if (newline == std::string_view::npos) {
            return text.size();
        }
        offset = newline + 1;
    }
    for (int column = 1; column < position.column && offset < text.size(); ++column) {
        ++offset;
        while (offset < text.size() &&
               (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U) {
            ++offset;  // continuation bytes belong to the code point before them
        }
    }
    return offset;
}

Result<std::string> read_text_file(const std::string& path) {
    const Failure unreadable{"file.unreadable",
                             "Cannot read '" + path + "'; check the path and its permissions.",
                             {path, 0, 0}};
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        return unreadable;
    }
    std::string text;
    std::array<char, 16384> buffer{};
    std::size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), file)) > 0 &&
           text.size() <= kLargestText) {
        text.append(buffer.data(), got);
    }
    const bool failed = std::ferror(file) != 0;
    std::fclose(file);
    if (failed) {
        return unreadable;  // a folder, for one
    }
    return text;
}

std::string quoted_toml(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04X", static_cast<unsigned>(c));
            out += escaped.data();
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string toml_key(std::string_view key) {
    const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
    return bare ? std::string{key} : quoted_toml(key);
}

}  // namespace wafercast
