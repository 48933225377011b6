#include "reader/simple_toml.hpp"

namespace wafercast {
namespace {

constexpr int kDeepest = 16;

class SimpleParser {
public:
    explicit SimpleParser(std::string_view text) : text_{text} {}

    std::optional<TextNode> parse() {
        TextNode root;
        root.begin = {1, 1};
        std::optional<std::size_t> open;  // the member whose header stands above
        while (skip_to_item()) {
            if (text_[at_] == '[') {
                if (!header(root)) {
                    return std::nullopt;
                }
                open = root.members.size() - 1;
            } else if (!pair(open ? root.members[*open].value : root, 0)) {
                return std::nullopt;
            }
            if (!line_end()) {
                return std::nullopt;
            }
        }
        return failed_ ? std::nullopt : std::optional{std::move(root)};
    }

private:
    [[nodiscard]] bool done() const { return at_ >= text_.size(); }
    [[nodiscard]] TextPosition here() const {
        return {line_, static_cast<int>(at_ - line_start_) + 1};
    }

    bool fail() {
        failed_ = true;
        return false;
    }

    void blanks() {
        while (!done() && (text_[at_] == ' ' || text_[at_] == '\t')) {
            ++at_;
        }
    }

    /// A printable ASCII character or a tab.
    static bool plain(char c) { return (c >= ' ' && c <= '~') || c == '\t'; }

    bool comment() {
        if (!done() && text_[at_] == '#') {
            while (!done() && text_[at_] != '\n') {
                if (!plain(text_[at_])) {
                    return fail();
                }
                ++at_;
            }
        }
        return true;
    }

    void newline() {
        ++at_;
        ++line_;
        line_start_ = at_;
    }

    /// Over blanks, comments and empty lines; false at the end of the text or on failure.
    bool skip_to_item() {
        while (true) {
            blanks();
            if (!comment() || done()) {
                return false;
            }
            if (text_[at_] != '\n') {
                return true;
            }
            newline();
        }
    }

    bool line_end() {
        blanks();
        if (!comment()) {
            return false;
        }
        if (done()) {
            return true;
        }
        if (text_[at_] != '\n') {
            return fail();
        }
        newline();
        return true;
    }

    std::string_view bare_key() {
        const auto begin = at_;
        while (!done()) {
            const char c = text_[at_];
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-')) {
                break;
            }
            ++at_;
        }
        return text_.substr(begin, at_ - begin);
    }

    bool header(TextNode& root) {
        TextNode table;
        table.begin = here();
        ++at_;
        blanks();
        const auto key_begin = here();
        const auto key = bare_key();
        blanks();
        if (key.empty() || done() || text_[at_] != ']' || root.find(key) != nullptr) {
            return fail();
        }
        ++at_;
        table.end = here();
        root.members.push_back({std::string{key}, key_begin, std::move(table)});
        return true;
    }

    bool pair(TextNode& table, int depth) {
        const auto key_begin = here();
        const auto key = bare_key();
        blanks();
        if (key.empty() || done() || text_[at_] != '=' || table.find(key) != nullptr) {
            return fail();
        }
        ++at_;
        blanks();
        auto& member = table.members.emplace_back();
        member.key = key;
        member.key_begin = key_begin;
        return value(member.value, depth);
    }

    bool value(TextNode& node, int depth) {
        if (done() || depth > kDeepest) {
            return fail();
        }
        node.begin = here();
        bool good = false;
        switch (text_[at_]) {
            case '"':
                good = string(node);
                break;
            case '[':
                good = array(node, depth);
                break;
            case '{':
                good = inline_table(node, depth);
                break;
            default:
                good = boolean(node);
        }
        node.end = here();
        return good;
    }

    bool string(TextNode& node) {
        node.kind = TextNode::Kind::kString;
        const auto begin = ++at_;
        while (!done() && text_[at_] != '"') {
            if (!plain(text_[at_]) || text_[at_] == '\\') {
                return fail();
            }
            ++at_;
        }
        if (done() || (at_ == begin && at_ + 1 < text_.size() && text_[at_ + 1] == '"')) {
            return fail();  // unfinished, or the start of a text over several lines
        }
        node.text = text_.substr(begin, at_ - begin);
        ++at_;
        return true;
    }

    bool boolean(TextNode& node) {
        node.kind = TextNode::Kind::kBoolean;
        for (const bool truth : {true, false}) {
            const std::string_view word = truth ? "true" : "false";
            if (text_.substr(at_, word.size()) == word) {
                node.boolean = truth;
                node.text = word;
                at_ += word.size();
                // A longer word is no boolean; only an end of value may follow.
                return done() ||
                       std::string_view{" \t\n,]}#"}.find(text_[at_]) != std::string_view::npos ||
                       fail();
            }
        }
        return fail();
    }

    bool array(TextNode& node, int depth) {
        node.kind = TextNode::Kind::kArray;
        ++at_;
        while (skip_to_item()) {
            if (text_[at_] == ']') {
                ++at_;
                return true;
            }
            if (!value(node.items.emplace_back(), depth + 1) || !skip_to_item()) {
                return fail();
            }
            if (text_[at_] == ',') {
                ++at_;
            } else if (text_[at_] != ']') {
                return fail();
            }
        }
        return fail();
    }

    bool inline_table(TextNode& node, int depth) {
        node.is_inline = true;
        ++at_;
        blanks();
        if (!done() && text_[at_] == '}') {
            ++at_;
            return true;
        }
        while (true) {
            blanks();
            if (!pair(node, depth + 1)) {
                return false;
            }
            blanks();
            if (done() || (text_[at_] != ',' && text_[at_] != '}')) {
                return fail();
            }
            if (text_[at_++] == '}') {
                return true;
            }
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_start_ = 0;
    int line_ = 1;
    bool failed_ = false;
};

}  // namespace

std::optional<TextNode> parse_simple_toml(std::string_view text) {
    return SimpleParser{text}.parse();
}

}  // namespace wafercast
