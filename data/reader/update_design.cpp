#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/catalog.hpp"
#include "reader/read_design.hpp"
#include "reader/text_tree.hpp"
#include "reader/write_design.hpp"

namespace wafercast {
namespace {

struct Patch {
    std::size_t begin;
    std::size_t end;
    std::string text;
};

using FieldMap = std::map<std::string, ConstFieldRef>;

FieldMap set_fields_of(const Design& design) {
    FieldMap map;
    for (auto& field : fields(design)) {
        if (is_set(field)) {
            auto path = field.path;
            map.emplace(std::move(path), std::move(field));
        }
    }
    return map;
}

/// Finds the places of a design's parts in its text, and of gaps where new ones fit.
class Layout {
public:
    explicit Layout(const std::string& text, const TextNode& root) : text_{text}, root_{root} {
        headers_.push_back(text.size());
        collect_headers(root);
        std::sort(headers_.begin(), headers_.end());
    }

    [[nodiscard]] std::size_t offset(TextPosition position) const {
        return byte_offset(text_, position);
    }

    /// A table addressed as fields are: "blocks.sm.per_unit", "package.dies.gpu"; nullptr when
    /// absent.
    [[nodiscard]] const TextNode* table(const std::string& path) const {
        const TextNode* node = &root_;
        std::size_t at = 0;
        while (at < path.size() && node != nullptr) {
            node = node->is_array() ? element(*node, path, at) : child(*node, path, at);
        }
        return node != nullptr && node->is_table() ? node : nullptr;
    }

    [[nodiscard]] bool has_header(const TextNode& node) const {
        const auto at = offset(node.begin);
        return node.is_table() && !node.is_inline && at < text_.size() && text_[at] == '[';
    }

    /// Start of the line after the last direct key of a table, or after its header.
    [[nodiscard]] std::optional<std::size_t> after_last_key(const TextNode& node) const {
        std::optional<TextPosition> last;
        for (const auto& member : node.members) {
            const bool own_header = has_header(member.value) ||
                                    (member.value.is_array() && !member.value.items.empty() &&
                                     has_header(member.value.items.front()));
            if (!own_header) {
                const auto end = last_position(member.value);
                last = last ? std::max(*last, end) : end;
            }
        }
        if (last) {
            return next_line(offset(*last));
        }
        return has_header(node) ? std::optional{next_line(offset(node.begin))} : std::nullopt;
    }

    /// From the header of an element or section to the next header that is not inside it, without
    /// the comments that stand before that one.
    [[nodiscard]] Patch extent(const TextNode& node) const {
        std::vector<std::size_t> inner;
        headers_inside(node, inner);
        const auto begin = offset(node.begin);
        std::size_t end = text_.size();
        for (const auto header : headers_) {
            if (header > begin && std::find(inner.begin(), inner.end(), header) == inner.end()) {
                end = line_start(header);
                break;
            }
        }
        while (end > begin) {
            const auto previous = line_start(end - 1);
            const auto first = text_.find_first_not_of(" \t\r", previous);
            const bool skip = previous > begin && end < text_.size() &&
                              (text_[first] == '#' || text_[first] == '\n');
            if (!skip) {
                break;
            }
            end = previous;
        }
        return {begin, end, {}};
    }

    [[nodiscard]] std::size_t line_start(std::size_t at) const {
        const auto newline = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
        return newline == std::string::npos ? 0 : newline + 1;
    }
    [[nodiscard]] std::size_t next_line(std::size_t at) const {
        const auto newline = text_.find('\n', at);
        return newline == std::string::npos ? text_.size() : newline + 1;
    }

private:
    static std::string next_part(const std::string& path, std::size_t& at) {
        const auto dot = std::min(path.find('.', at), path.size());
        auto part = path.substr(at, dot - at);
        at = dot + 1;
        return part;
    }

    static const TextNode* child(const TextNode& node, const std::string& path, std::size_t& at) {
        return node.find(next_part(path, at));
    }

    static bool names(const TextNode& item, std::string_view key, const std::string& id) {
        const auto* name = item.find(key);
        return name != nullptr && name->is_string() && lower(name->text) == id;
    }

    static const TextNode* element(const TextNode& list, const std::string& path, std::size_t& at) {
        const auto first = next_part(path, at);
        const bool nets = path.starts_with("nets.");
        const auto second = nets ? next_part(path, at) : std::string{};
        for (const auto& item : list.items) {
            const bool found =
                nets ? names(item, "from", first) && names(item, "to", second)
                     : names(item, path.starts_with("package.dies.") ? "die" : "id", first);
            if (found) {
                return &item;
            }
        }
        return nullptr;
    }

    static TextPosition last_position(const TextNode& node) {
        auto last = node.end;
        if (node.is_table() && !node.is_inline) {  // made by dotted keys
            for (const auto& member : node.members) {
                last = std::max(last, last_position(member.value));
            }
        }
        return last;
    }

    void headers_inside(const TextNode& node, std::vector<std::size_t>& found) const {
        for (const auto& member : node.members) {
            if (has_header(member.value)) {
                found.push_back(offset(member.value.begin));
            }
            headers_inside(member.value, found);
        }
        for (const auto& item : node.items) {
            if (has_header(item)) {
                found.push_back(offset(item.begin));
            }
            headers_inside(item, found);
        }
    }

    void collect_headers(const TextNode& node) { headers_inside(node, headers_); }

    const std::string& text_;
    const TextNode& root_;
    std::vector<std::size_t> headers_;
};

class Updater {
public:
    Updater(const std::string& text, const TextNode& root, const Design& before,
            const Design& after)
        : text_{text},
          root_{root},
          layout_{text, root},
          before_{before},
          after_{after},
          old_{set_fields_of(before)},
          new_{set_fields_of(after)} {}

    /// The patched text; nothing when patches would overlap.
    std::optional<std::string> update() {
        elements("blocks", before_.blocks, after_.blocks, [](const auto& part) { return part.id; });
        elements("nets", before_.nets, after_.nets,
                 [](const auto& part) { return part.from + "." + part.to; });
        elements("dies", before_.dies, after_.dies, [](const auto& part) { return part.id; });
        package_list("dies", before_.package.dies, after_.package.dies,
                     [](const auto& part) { return part.die; });
        package_list("memory", before_.package.memory, after_.package.memory,
                     [](const auto& part) { return part.id; });
        optional_section("system", before_.system.has_value(), after_.system.has_value());
        optional_section("edge", before_.edge.has_value(), after_.edge.has_value());
        optional_section("workload", before_.workload.has_value(), after_.workload.has_value());
        optional_section("functional", before_.functional.has_value(),
                         after_.functional.has_value());
        for (const auto& [path, field] : old_) {
            if (!handled(path)) {
                change(path, field);
            }
        }
        for (const auto& [path, field] : new_) {
            if (!handled(path) && !old_.contains(path)) {
                add(path, field);
            }
        }
        calibration();
        return apply();
    }

private:
    [[nodiscard]] bool handled(const std::string& path) const {
        return std::any_of(done_.begin(), done_.end(),
                           [&path](const std::string& prefix) { return path.starts_with(prefix); });
    }

    /// A part of the regenerated text of `after`: what stands below "[[blocks]]" for one id, and so
    /// on.
    std::string regenerated(const std::string& path) const {
        const auto whole = write_design(after_);
        const auto root = parse_toml(whole, "");
        if (!root) {
            return {};
        }
        const Layout layout{whole, *root};
        const auto* node = layout.table(path);
        if (node == nullptr) {
            return {};
        }
        const auto extent = layout.extent(*node);
        return whole.substr(extent.begin, extent.end - extent.begin);
    }

    template <class Part, class Key>
    static std::set<std::string> keys_of(const std::vector<Part>& parts, Key key) {
        std::set<std::string> keys;
        for (const auto& part : parts) {
            keys.insert(key(part));
        }
        return keys;
    }

    template <class Part, class Key>
    void elements(const std::string& list, const std::vector<Part>& before,
                  const std::vector<Part>& after, Key key) {
        const auto old_keys = keys_of(before, key);
        const auto new_keys = keys_of(after, key);
        for (const auto& part : before) {
            const auto path = list + "." + key(part);
            if (!new_keys.contains(key(part))) {
                done_.push_back(path + ".");
                if (const auto* node = layout_.table(path);
                    node != nullptr && layout_.has_header(*node)) {
                    patches_.push_back(layout_.extent(*node));
                }
            }
        }
        std::size_t gap = text_.size();
        for (const auto& part : before) {
            if (const auto* node = layout_.table(list + "." + key(part));
                node != nullptr && layout_.has_header(*node)) {
                gap = layout_.extent(*node).end;
            }
        }
        for (const auto& part : after) {
            const auto path = list + "." + key(part);
            if (!old_keys.contains(key(part))) {
                done_.push_back(path + ".");
                insert_block(gap, regenerated(path));
            }
        }
    }

    void insert_block(std::size_t at, const std::string& block) {
        const bool open_line = at > 0 && text_[at - 1] != '\n';
        patches_.push_back({at, at, (open_line ? "\n" : "") + ("\n" + block)});
    }

    /// `package.dies = [{...}]`: rewritten as a whole when its members change.
    template <class Part, class Key>
    void package_list(const std::string& name, const std::vector<Part>& before,
                      const std::vector<Part>& after, Key key) {
        std::vector<std::string> old_keys;
        std::vector<std::string> new_keys;
        for (const auto& part : before) {
            old_keys.push_back(key(part));
        }
        for (const auto& part : after) {
            new_keys.push_back(key(part));
        }
        if (old_keys == new_keys) {
            return;
        }
        const std::string prefix = "package." + name + ".";
        done_.push_back(prefix);
        const auto* package = layout_.table("package");
        const auto* list = package == nullptr ? nullptr : package->find(name);
        const auto written = write_design(after_);
        const auto tree = parse_toml(written, "");
        const auto* node =
            tree && tree->find("package") != nullptr ? tree->find("package")->find(name) : nullptr;
        const auto value = node == nullptr ? std::string{"[]"}
                                           : written.substr(byte_offset(written, node->begin),
                                                            byte_offset(written, node->end) -
                                                                byte_offset(written, node->begin));
        if (list != nullptr) {
            replace(*list, value);
        } else if (package != nullptr) {
            insert_line(*package, name + " = " + value);
        }
    }

    void optional_section(const std::string& name, bool before, bool after) {
        if (before == after) {
            return;
        }
        done_.push_back(name + ".");
        if (after) {
            insert_block(text_.size(), regenerated(name));
        } else if (const auto* node = layout_.table(name);
                   node != nullptr && layout_.has_header(*node)) {
            patches_.push_back(layout_.extent(*node));
        }
    }

    void replace(const TextNode& node, std::string text) {
        patches_.push_back({layout_.offset(node.begin), layout_.offset(node.end), std::move(text)});
    }

    void insert_line(const TextNode& table, const std::string& line) {
        if (const auto at = layout_.after_last_key(table)) {
            const bool open_line = *at > 0 && text_[*at - 1] != '\n';
            patches_.push_back({*at, *at, (open_line ? "\n" : "") + line + "\n"});
        } else {
            patches_.push_back({0, 0, line + "\n"});  // the top of a text without keys
        }
    }

    static std::string parent(const std::string& path) {
        const auto dot = path.rfind('.');
        return dot == std::string::npos ? std::string{} : path.substr(0, dot);
    }
    static std::string leaf(const std::string& path) { return path.substr(path.rfind('.') + 1); }

    void change(const std::string& path, const ConstFieldRef& was) {
        const auto now = new_.find(path);
        const bool same = now != new_.end() && toml_value(now->second) == toml_value(was);
        const auto* table = layout_.table(parent(path));
        const auto member = table == nullptr ? nullptr : member_of(*table, leaf(path));
        if (same || member == nullptr) {
            return;
        }
        if (now != new_.end()) {
            if (!rewritten_.contains(table)) {
                replace(member->value, toml_value(now->second));
            }
        } else if (table->is_inline) {
            rewrite(*table, parent(path));
        } else {
            const auto begin = layout_.line_start(layout_.offset(member->key_begin));
            patches_.push_back({begin, layout_.next_line(layout_.offset(member->value.end)), {}});
        }
    }

    static const TextNode::Member* member_of(const TextNode& table, const std::string& key) {
        for (const auto& member : table.members) {
            if (member.key == key) {
                return &member;
            }
        }
        return nullptr;
    }

    void add(const std::string& path, const ConstFieldRef& field) {
        std::string at = parent(path);
        std::string key = leaf(path);
        const auto* table = layout_.table(at);
        if (table == nullptr && !at.empty() &&
            at.find('.') != std::string::npos) {  // per_unit, precision, limits
            key = leaf(at) + "." + key;
            at = parent(at);
            table = layout_.table(at);
        }
        if (table == nullptr) {
            new_sections_[path.substr(0, path.find('.'))] +=
                path.substr(path.find('.') + 1) + " = " + toml_value(field) + "\n";
        } else if (table->is_inline) {
            rewrite(*table, at);
        } else {
            insert_line(*table, key + " = " + toml_value(field));
        }
    }

    /// Writes an inline table anew: the names of its element, then every field below `path`.
    void rewrite(const TextNode& table, const std::string& path) {
        if (!rewritten_.insert(&table).second) {
            return;
        }
        const auto begin = layout_.offset(table.begin);
        const auto end = layout_.offset(table.end);
        std::erase_if(patches_,
                      [&](const Patch& patch) { return patch.begin >= begin && patch.end <= end; });
        std::string inside;
        for (const auto& member : table.members) {
            if (member.key == "die" || member.key == "id") {
                inside += (inside.empty() ? "" : ", ") + member.key + " = " +
                          quoted_toml(member.value.text);
            }
        }
        for (const auto& [other, field] : new_) {
            if (other.starts_with(path + ".")) {
                inside += (inside.empty() ? "" : ", ") + other.substr(path.size() + 1) + " = " +
                          toml_value(field);
            }
        }
        patches_.push_back({begin, end, "{ " + inside + " }"});
    }

    /// What `[calibration]` leaves out because the design says the same.
    static Calibration left_to_the_design(const Design& design) {
        Calibration all = calibrate(design);
        Calibration some;
        some.vdd = all.vdd;
        for (const CalibrationBlock& block : all.blocks) {
            CalibrationBlock unit;
            unit.id = block.id;
            unit.dense_rate = block.dense_rate;
            unit.sram = block.sram;
            some.blocks.push_back(unit);
        }
        return some;
    }

    /// `[calibration]` is written where the content no longer is what the outlines belong to.
    void calibration() {
        const bool implied = after_.calibration == calibrate(after_);
        const auto* node = root_.find("calibration");
        const bool same = before_.calibration == after_.calibration &&
                          left_to_the_design(before_) == left_to_the_design(after_);
        if ((node == nullptr && implied) || (node != nullptr && same)) {
            return;
        }
        if (node != nullptr && layout_.has_header(*node)) {
            patches_.push_back(layout_.extent(*node));
        }
        if (!implied) {
            insert_block(text_.size(), regenerated("calibration"));
        }
    }

    std::optional<std::string> apply() {
        for (const auto& [name, keys] : new_sections_) {
            insert_block(text_.size(), "[" + name + "]\n" + keys);
        }
        std::stable_sort(patches_.begin(), patches_.end(),
                         [](const Patch& a, const Patch& b) { return a.begin < b.begin; });
        std::string out;
        std::size_t at = 0;
        for (const auto& patch : patches_) {
            if (patch.begin < at || patch.end > text_.size()) {
                return std::nullopt;
            }
            out.append(text_, at, patch.begin - at).append(patch.text);
            at = patch.end;
        }
        return out.append(text_, at, std::string::npos);
    }

    const std::string& text_;
    const TextNode& root_;
    Layout layout_;
    const Design& before_;
    const Design& after_;
    FieldMap old_;
    FieldMap new_;
    std::vector<std::string> done_;
    std::vector<Patch> patches_;
    std::set<const TextNode*> rewritten_;
    std::map<std::string, std::string> new_sections_;
};

}  // namespace

std::string update_design_text(const std::string& original, const Design& before,
                               const Design& after) {
    if (const auto root = parse_toml(original, "")) {
        const auto patched = Updater{original, *root, before, after}.update();
        if (patched) {
            const auto read = read_design_text(*patched, "");
            if (read && read->design == after) {
                return *patched;
            }
        }
    }
    std::vector<const CatalogEntry*> own;  // entries of the file's own are part of what it says
    const auto file = read_design_text(original, "");
    for (std::size_t i = 0; file && i < file->catalog.size(); ++i) {
        own.push_back(&file->catalog[i]);
    }
    return freeze_design(after, own);
}

}  // namespace wafercast
