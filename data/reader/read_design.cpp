#include "reader/read_design.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "core/design_fields.hpp"
#include "reader/check_design.hpp"
#include "reader/read_catalog.hpp"
#include "reader/text_tree.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

std::string quote(std::string_view text) { return "'" + std::string{text} + "'"; }

class DesignReader {
public:
    DesignReader(const TextNode& root, const std::string& file) : root_{root}, file_{file} {}

    Result<DesignFile> read() {
        skeleton();
        index_fields();
        for (const auto& member : root_.members) {
            section(member);
        }
        calibration();
        const auto checks = check_design(
            result_.design, [this](const std::string& path) { return locate(path); },
            [this](const std::string& path) { return written(path); });
        problems_.insert(problems_.end(), checks.begin(), checks.end());
        if (!problems_.empty()) {
            std::stable_sort(problems_.begin(), problems_.end(),
                             [](const Failure& a, const Failure& b) {
                                 return std::pair{a.where.line, a.where.column} <
                                        std::pair{b.where.line, b.where.column};
                             });
            return problems_;
        }
        return std::move(result_);
    }

private:
    /// A table of an array and the part of the design it describes.
    struct Element {
        const TextNode* node;
        std::string path;                     ///< "blocks.sm"
        std::vector<std::string_view> named;  ///< keys that are read here: "id"
    };

    void problem(std::string code, std::string message, const SourceLocation& where) {
        problems_.push_back({std::move(code), std::move(message), where});
    }
    void problem(std::string code, std::string message, const TextNode& node) {
        problem(std::move(code), std::move(message), node.where(file_));
    }

    // -- the parts with ids, made before their fields can be filled ------------------------------

    void skeleton() {
        auto& design = result_.design;
        for (const auto* node : tables(root_, "blocks")) {
            auto& block = design.blocks.emplace_back();
            block.id = id_of(*node, "id", "blocks");
            element(node, "blocks." + block.id, {"id"});
        }
        for (const auto* node : tables(root_, "nets")) {
            auto& net = design.nets.emplace_back();
            net.from = id_of(*node, "from", "nets");
            net.to = id_of(*node, "to", "nets");
            element(node, "nets." + net.from + "." + net.to, {"from", "to"});
        }
        for (const auto* node : tables(root_, "dies")) {
            auto& die = design.dies.emplace_back();
            die.id = id_of(*node, "id", "dies");
            element(node, "dies." + die.id, {"id"});
        }
        if (const auto* package = root_.find("package");
            package != nullptr && package->is_table()) {
            for (const auto* node : tables(*package, "dies")) {
                auto& die = design.package.dies.emplace_back();
                die.die = id_of(*node, "die", "package.dies");
                element(node, "package.dies." + die.die, {"die"});
            }
            for (const auto* node : tables(*package, "memory")) {
                auto& memory = design.package.memory.emplace_back();
                memory.id = id_of(*node, "id", "package.memory");
                element(node, "package.memory." + memory.id, {"id"});
            }
        }
        open("system", design.system);
        open("edge", design.edge);
        open("workload", design.workload);
        open("functional", design.functional);
    }

    void element(const TextNode* node, std::string path, std::vector<std::string_view> named) {
        result_.locations.insert_or_assign(path, node->where(file_));
        elements_.push_back({node, std::move(path), std::move(named)});
    }

    template <class Section>
    void open(std::string_view key, std::optional<Section>& part) {
        if (const auto* node = root_.find(key); node != nullptr && node->is_table()) {
            part.emplace();
        }
    }

    std::vector<const TextNode*> tables(const TextNode& parent, std::string_view key) {
        std::vector<const TextNode*> found;
        const auto* list = parent.find(key);
        if (list == nullptr) {
            return found;
        }
        if (!list->is_array()) {
            problem("design.form",
                    quote(key) + " is " + std::string{describe(*list)} +
                        " where a list of tables is needed.",
                    *list);
            return found;
        }
        for (const auto& item : list->items) {
            if (item.is_table()) {
                found.push_back(&item);
            } else {
                problem("design.form",
                        "An item of " + quote(key) + " is " + std::string{describe(item)} +
                            " where a table is needed.",
                        item);
            }
        }
        return found;
    }

    std::string id_of(const TextNode& node, std::string_view key, std::string_view list) {
        const auto* id = node.find(key);
        if (id == nullptr) {
            problem("design.missing", "An item of " + quote(list) + " has no " + quote(key) + ".",
                    node);
            return "?" + std::to_string(elements_.size());
        }
        const bool good = id->is_string() && !id->text.empty() &&
                          std::all_of(id->text.begin(), id->text.end(), [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                     (c >= '0' && c <= '9') || c == '-' || c == '_';
                          });
        if (!good) {
            problem("design.bad_id",
                    "An id is a text of letters, digits, '-' and '_'; " +
                        (id->is_string() ? quote(id->text) : std::string{describe(*id)}) +
                        " is none.",
                    *id);
            return "?" + std::to_string(elements_.size());
        }
        return lower(id->text);
    }

    // -- fields ----------------------------------------------------------------------------------

    void index_fields() {
        for (auto& field : fields(result_.design)) {
            for (std::size_t dot = field.path.find('.'); dot != std::string::npos;
                 dot = field.path.find('.', dot + 1)) {
                groups_[field.path.substr(0, dot)].push_back(field.path);
            }
            groups_[""].push_back(field.path);
            auto path = field.path;
            by_path_.emplace(std::move(path), std::move(field));
        }
    }

    void section(const TextNode::Member& member) {
        if (member.key == "blocks" || member.key == "nets" || member.key == "dies") {
            elements(member.value);
        } else if (member.key == "catalog") {
            result_.catalog = read_catalog_node(member.value, file_, {}, problems_);
        } else if (member.key == "package" && member.value.is_table()) {
            walk(member.value, "package", {"dies", "memory"});
            for (const auto& part : member.value.members) {
                if (part.key == "dies" || part.key == "memory") {
                    elements(part.value);
                }
            }
        } else if (member.key != "calibration") {
            visit(member, "");
        }
    }

    void elements(const TextNode& list) {
        for (const auto& item : list.items) {
            for (const auto& element : elements_) {
                if (element.node == &item) {
                    walk(item, element.path, element.named);
                }
            }
        }
    }

    void walk(const TextNode& table, const std::string& path,
              const std::vector<std::string_view>& skip = {}) {
        result_.locations.emplace(path, table.where(file_));
        for (const auto& member : table.members) {
            if (std::find(skip.begin(), skip.end(), member.key) == skip.end()) {
                visit(member, path + ".");
            }
        }
    }

    void visit(const TextNode::Member& member, const std::string& prefix) {
        const std::string path = prefix + member.key;
        if (const auto found = by_path_.find(path); found != by_path_.end()) {
            result_.locations.insert_or_assign(path, member.value.where(file_));
            field(found->second, member.value);
            return;
        }
        if (!groups_.contains(path)) {
            unknown_key(member, prefix);
        } else if (member.value.is_table()) {
            walk(member.value, path);
        } else {
            problem("design.form",
                    quote(path) + " is " + std::string{describe(member.value)} +
                        " where a table is needed.",
                    member.value);
        }
    }

    void unknown_key(const TextNode::Member& member, const std::string& prefix) {
        std::vector<std::string> siblings;
        const auto group = groups_.find(prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1));
        if (group != groups_.end()) {
            for (const auto& path : group->second) {
                auto key = path.substr(prefix.size());
                key = key.substr(0, key.find('.'));
                if (siblings.empty() || siblings.back() != key) {
                    siblings.push_back(std::move(key));
                }
            }
        }
        if (prefix.empty()) {
            siblings.insert(siblings.end(), {"blocks", "nets", "dies", "package", "system", "edge",
                                             "workload", "functional", "calibration", "catalog"});
        } else if (prefix == "package.") {
            siblings.insert(siblings.end(), {"dies", "memory"});
        }
        const auto near = nearest(member.key, siblings);
        const bool offer = !near.empty() && near != member.key;
        problem("design.unknown_key",
                "Unknown key " + quote(prefix + member.key) +
                    (offer ? "; did you mean " + quote(near) + "?" : "."),
                member.where(file_));
    }

    void field(FieldRef& ref, const TextNode& node) {
        switch (ref.kind) {
            case FieldKind::kNumber:
                number(ref, node);
                return;
            case FieldKind::kText:
                if (node.is_string()) {
                    keep(assign(ref, node.text, node.where(file_)));
                } else {
                    problem("design.form",
                            ref.path + ": is " + std::string{describe(node)} +
                                "; write a text in quotes",
                            node);
                }
                return;
            case FieldKind::kTextList:
                list(ref, node);
                return;
        }
    }

    void list(FieldRef& ref, const TextNode& node) {
        if (!node.is_array()) {
            problem("design.form",
                    ref.path + ": is " + std::string{describe(node)} + "; write [\"...\", \"...\"]",
                    node);
            return;
        }
        std::vector<std::string> all;
        for (const auto& item : node.items) {
            std::vector<std::string> one;
            FieldRef single = ref;
            single.list = &one;
            if (!item.is_string() || item.text.empty()) {
                problem(
                    "design.form",
                    ref.path + ": holds " + std::string{describe(item)} + "; write an id in quotes",
                    item);
            } else if (keep(assign(single, item.text, item.where(file_)))) {
                all.insert(all.end(), one.begin(), one.end());
            }
        }
        *ref.list = std::move(all);
    }

    void number(FieldRef& ref, const TextNode& node) {
        if (node.is_table()) {
            sourced(ref, node);
        } else if ((node.is_string() && !node.text.empty()) || node.is_number()) {
            keep(assign(ref, node.text, node.where(file_)));
        } else {
            problem("design.form",
                    ref.path + ": is " + described(node) + "; write a number" + example(ref), node);
        }
    }

    static std::string described(const TextNode& node) {
        return node.is_string() ? "an empty text" : std::string{describe(node)};
    }

    static std::string example(const FieldRef& ref) {
        return ref.info->unit.empty()
                   ? std::string{}
                   : " with its unit, such as \"1 " + std::string{ref.info->unit} + "\"";
    }

    /// { value = "...", low = "...", high = "...", source = "..." }
    void sourced(FieldRef& ref, const TextNode& node) {
        const std::size_t before = problems_.size();
        std::array<Setting, 3> parts;
        constexpr std::array<std::string_view, 3> kParts{"value", "low", "high"};
        std::string source;
        for (const auto& member : node.members) {
            const auto at = std::find(kParts.begin(), kParts.end(), member.key);
            if (at != kParts.end()) {
                FieldRef part = ref;
                part.path = ref.path + "." + member.key;
                part.number = &parts[static_cast<std::size_t>(at - kParts.begin())];
                if (member.value.is_table()) {
                    problem("design.form",
                            part.path + ": is a table; write a number" + example(ref),
                            member.value);
                } else {
                    number(part, member.value);
                }
            } else if (member.key == "source") {
                if (member.value.is_string()) {
                    source = member.value.text;
                } else {
                    problem("design.form",
                            ref.path + ".source: is " + std::string{describe(member.value)} +
                                "; write a text",
                            member.value);
                }
            } else {
                const auto near = nearest(member.key, {"value", "low", "high", "source"});
                problem("design.unknown_key",
                        "Unknown key " + quote(ref.path + "." + member.key) +
                            (near.empty() ? "." : "; did you mean " + quote(near) + "?"),
                        member.where(file_));
            }
        }
        if (problems_.size() > before) {
            return;
        }
        auto& [value, low, high] = parts;
        if (!value.is_set()) {
            problem("design.missing", ref.path + ": the table has no 'value'", node);
            return;
        }
        const bool ranged = low.is_set() || high.is_set();
        if (ranged && !(low.value && high.value && value.value && *low.value <= *value.value &&
                        *value.value <= *high.value)) {
            problem("design.range", ref.path + ": a range needs numbers with low <= value <= high",
                    node);
            return;
        }
        value.low = low.value;
        value.high = high.value;
        value.source = std::move(source);
        *ref.number = std::move(value);
    }

    bool keep(const Result<Done>& done) {
        if (!done) {
            problems_.insert(problems_.end(), done.error().begin(), done.error().end());
        }
        return done.has_value();
    }

    // -- [calibration] ---------------------------------------------------------------------------

    void calibration() {
        auto& calibration = result_.design.calibration;
        calibration = calibrate(result_.design);
        const auto* node = root_.find("calibration");
        if (node == nullptr) {
            return;
        }
        if (!node->is_table()) {
            problem(
                "design.form",
                "'calibration' is " + std::string{describe(*node)} + " where a table is needed.",
                *node);
            return;
        }
        known_keys(*node,
                   {"clock", "vdd", "power_limit", "technology", "blocks", "dies", "memory"});
        constant(*node, "clock", dimension::frequency, calibration.clock);
        constant(*node, "vdd", dimension::voltage, calibration.vdd);
        constant(*node, "power_limit", dimension::power, calibration.power_limit);
        if (node->find("blocks") != nullptr) {
            calibration.blocks.clear();
            for (const auto* item : tables(*node, "blocks")) {
                CalibrationBlock block;
                std::vector<std::string> known{"id",       "count",         "sold",
                                               "capacity", "sold_capacity", "sram"};
                for (const auto format : kNumberFormatNames) {
                    known.push_back(std::string{format} + "_dense");
                }
                known_keys(*item, known);
                block.id = id_of(*item, "id", "calibration.blocks");
                unit_content(*item, block);
                constant(*item, "count", dimension::none, block.count);
                block.sold = block.count;
                constant(*item, "sold", dimension::none, block.sold);
                constant(*item, "capacity", dimension::information, block.capacity);
                block.sold_capacity = block.capacity;
                constant(*item, "sold_capacity", dimension::information, block.sold_capacity);
                calibration.blocks.push_back(std::move(block));
            }
        }
        if (node->find("dies") != nullptr) {
            calibration.dies.clear();
            for (const auto* item : tables(*node, "dies")) {
                CalibrationDie die;
                known_keys(*item, {"id", "process", "width", "height", "count"});
                die.id = id_of(*item, "id", "calibration.dies");
                if (const auto* process = item->find("process");
                    process != nullptr && process->is_string()) {
                    die.process = lower(process->text);
                } else {
                    problem("design.missing",
                            "An item of 'calibration.dies' has no text 'process'.", *item);
                }
                constant(*item, "width", dimension::length, die.width);
                constant(*item, "height", dimension::length, die.height);
                constant(*item, "count", dimension::none, die.count);
                calibration.dies.push_back(std::move(die));
            }
        }
        if (const auto* technology = node->find("technology");
            technology != nullptr && technology->is_string()) {
            calibration.technology = lower(technology->text);
        }
        if (node->find("memory") != nullptr) {
            calibration.memory.clear();
            for (const auto* item : tables(*node, "memory")) {
                CalibrationMemory memory;
                known_keys(*item, {"id", "stack", "count"});
                memory.id = id_of(*item, "id", "calibration.memory");
                if (const auto* stack = item->find("stack");
                    stack != nullptr && stack->is_string()) {
                    memory.stack = lower(stack->text);
                }
                constant(*item, "count", dimension::none, memory.count);
                calibration.memory.push_back(std::move(memory));
            }
        }
    }

    /// What a unit holds is the design's own where the calibration does not say otherwise.
    void unit_content(const TextNode& item, CalibrationBlock& block) {
        for (const Block& own : result_.design.blocks) {
            if (own.id != block.id) {
                continue;
            }
            block.sram = own.per_unit.sram.value.value_or(0.0);
            for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
                block.dense_rate[f] = own.per_unit.dense_rate[f].value.value_or(0.0);
            }
        }
        constant(item, "sram", dimension::information, block.sram);
        for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
            constant(item, std::string{kNumberFormatNames[f]} + "_dense", dimension::operation_rate,
                     block.dense_rate[f]);
        }
    }

    void known_keys(const TextNode& table, const std::vector<std::string>& known) {
        for (const auto& member : table.members) {
            if (std::find(known.begin(), known.end(), member.key) == known.end()) {
                const auto near = nearest(member.key, known);
                problem("design.unknown_key",
                        "Unknown key " + quote(member.key) + " in 'calibration'" +
                            (near.empty() ? "." : "; did you mean " + quote(near) + "?"),
                        member.where(file_));
            }
        }
    }

    void constant(const TextNode& table, std::string_view key, Dimension dimension, double& into) {
        const auto* node = table.find(key);
        if (node == nullptr) {
            return;
        }
        std::string reason = "is " + std::string{describe(*node)};
        const auto parsed = node->is_string() || node->is_number()
                                ? parse_quantity(node->text, &reason)
                                : std::nullopt;
        if (!parsed || parsed->value < 0.0) {
            problem("design.bad_number",
                    "calibration." + std::string{key} + ": " +
                        (parsed ? "must not be negative" : reason),
                    *node);
        } else if (parsed->dimension != dimension) {
            const auto unit = default_unit(dimension);
            problem(parsed->has_unit ? "design.wrong_dimension" : "design.needs_unit",
                    "calibration." + std::string{key} + ": " + quote(node->text) + " is no " +
                        dimension_name(dimension) +
                        (unit.empty() ? "" : "; write it with a unit such as " + unit),
                    *node);
        } else {
            into = parsed->value;
        }
    }

    /// The place of a path, or of the nearest part around it that was written.
    [[nodiscard]] SourceLocation locate(std::string path) const {
        for (;;) {
            if (const auto found = result_.locations.find(path); found != result_.locations.end()) {
                return found->second;
            }
            const auto dot = path.rfind('.');
            if (dot == std::string::npos) {
                const auto* node = root_.find(path);
                return node != nullptr ? node->where(file_) : SourceLocation{file_, 1, 1};
            }
            path.resize(dot);
        }
    }

    [[nodiscard]] bool written(const std::string& path) const {
        return by_path_.contains(path) ? result_.locations.contains(path)
                                       : root_.find(path) != nullptr;
    }

    const TextNode& root_;
    const std::string& file_;
    DesignFile result_;
    Failures problems_;
    std::vector<Element> elements_;
    std::unordered_map<std::string, FieldRef> by_path_;
    std::unordered_map<std::string, std::vector<std::string>>
        groups_;  ///< paths of the fields below each part
};

}  // namespace

Result<DesignFile> read_design_text(std::string_view text, const std::string& file) {
    const auto root = parse_toml(text, file);
    if (!root) {
        return root.error();
    }
    auto result = DesignReader{*root, file}.read();
    if (result) {
        result->text = text;
    }
    return result;
}

Result<DesignFile> read_design(const std::filesystem::path& path) {
    const auto text = read_text_file(path.string());
    if (!text) {
        return text.error();
    }
    return read_design_text(*text, path.string());
}

}  // namespace wafercast
