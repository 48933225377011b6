#include "reader/json_tree.hpp"

#include <charconv>
#include <cmath>

namespace wafercast {

namespace {

constexpr int kDeepest = 64;  // nesting; a bound keeps a hostile file from the stack's end

/// Recursive descent over one text; the first problem stops it.
class JsonParser {
public:
    JsonParser(std::string_view text, const std::string& file) : text_{text}, file_{file} {}

    Result<TextNode> run() {
        TextNode root = value(0);
        space();
        if (ok() && at_ < text_.size()) {
            fail("only one value is expected");
        }
        if (!ok()) {
            return problem_.front();
        }
        return root;
    }

private:
    [[nodiscard]] bool ok() const { return problem_.empty(); }
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void next() {
        const auto byte = static_cast<unsigned char>(text_[at_++]);
        if (byte == '\n') {
            ++here_.line;
            here_.column = 1;
        } else if ((byte & 0xC0U) != 0x80U) {
            ++here_.column;
        }
    }

    void space() {
        while (at_ < text_.size() &&
               (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) {
            next();
        }
    }

    void fail(const std::string& message) {
        if (ok()) {
            problem_.push_back({.code = "text.syntax",
                                .message = "not JSON: " + message + ".",
                                .where = {file_, here_.line, here_.column}});
        }
    }

    bool take(char wanted) {
        space();
        if (peek() != wanted || at_ >= text_.size()) {
            return false;
        }
        next();
        return true;
    }

    TextNode value(int depth) {
        space();
        TextNode node;
        node.begin = here_;
        if (depth > kDeepest) {
            fail("nested too deep");
        } else if (peek() == '{') {
            object(node, depth);
        } else if (peek() == '[') {
            array(node, depth);
        } else if (peek() == '"') {
            node.kind = TextNode::Kind::kString;
            node.text = string();
        } else if (peek() == '-' || (peek() >= '0' && peek() <= '9')) {
            number(node);
        } else if (!word(node)) {
            fail("a value is expected");
        }
        node.end = here_;
        return node;
    }

    void object(TextNode& node, int depth) {
        take('{');
        if (take('}')) {
            return;
        }
        do {
            space();
            TextNode::Member member;
            member.key_begin = here_;
            if (peek() != '"') {
                return fail("a key in quotes is expected");
            }
            member.key = string();
            if (ok() && !take(':')) {
                return fail("':' is expected");
            }
            member.value = value(depth + 1);
            if (!ok()) {
                return;
            }
            if (node.find(member.key) != nullptr) {
                return fail("key '" + member.key + "' stands twice");
            }
            node.members.push_back(std::move(member));
        } while (take(','));
        if (!take('}')) {
            fail("',' or '}' is expected");
        }
    }

    void array(TextNode& node, int depth) {
        node.kind = TextNode::Kind::kArray;
        take('[');
        if (take(']')) {
            return;
        }
        do {
            node.items.push_back(value(depth + 1));
            if (!ok()) {
                return;
            }
        } while (take(','));
        if (!take(']')) {
            fail("',' or ']' is expected");
        }
    }

    bool word(TextNode& node) {
        const auto matches = [&](std::string_view word) {
            if (text_.substr(at_, word.size()) != word) {
                return false;
            }
            for (std::size_t i = 0; i < word.size(); ++i) {
                next();
            }
            return true;
        };
        if (matches("null")) {
            return true;
        }
        node.kind = TextNode::Kind::kBoolean;
        node.boolean = matches("true");
        return node.boolean || matches("false");
    }

    void number(TextNode& node) {
        const std::size_t begin = at_;
        while (at_ < text_.size() &&
               std::string_view{"+-.eE0123456789"}.find(peek()) != std::string_view::npos) {
            next();
        }
        node.text = std::string{text_.substr(begin, at_ - begin)};
        const char* last = node.text.data() + node.text.size();
        const auto [end, error] = std::from_chars(node.text.data(), last, node.number);
        if (error != std::errc{} || end != last || !std::isfinite(node.number)) {
            fail("'" + node.text + "' is no number");
        }
        const bool whole = node.text.find_first_of(".eE") == std::string::npos;
        node.kind = whole ? TextNode::Kind::kInteger : TextNode::Kind::kFloat;
    }

    std::string string() {
        std::string out;
        next();
        while (ok() && peek() != '"') {
            if (at_ >= text_.size() || static_cast<unsigned char>(peek()) < 0x20) {
                fail("a text does not end on its line");
            } else if (peek() == '\\') {
                next();
                escape(out);
            } else {
                out += peek();
                next();
            }
        }
        if (ok()) {
            next();
        }
        return out;
    }

    void escape(std::string& out) {
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kBytes = "\"\\/\b\f\n\r\t";
        const auto found = at_ < text_.size() ? kNames.find(peek()) : std::string_view::npos;
        if (found != std::string_view::npos) {
            out += kBytes[found];
            return next();
        }
        unsigned code = 0;
        const std::string_view digits = text_.substr(std::min(at_ + 1, text_.size()), 4);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        if (peek() != 'u' || digits.size() < 4 || error != std::errc{} ||
            end != digits.data() + 4 || (code >= 0xD800 && code < 0xE000)) {
            return fail("an unknown escape");
        }
        for (int i = 0; i < 5; ++i) {
            next();
        }
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xC0U | (code >> 6U));
            out += static_cast<char>(0x80U | (code & 0x3FU));
        } else {
            out += static_cast<char>(0xE0U | (code >> 12U));
            out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
            out += static_cast<char>(0x80U | (code & 0x3FU));
        }
    }

    std::string_view text_;
    std::string file_;
    std::size_t at_ = 0;
    TextPosition here_{1, 1};
    Failures problem_;
};

}  // namespace

Result<TextNode> parse_json(std::string_view text, const std::string& file) {
    return JsonParser{text, file}.run();
}

}  // namespace wafercast
