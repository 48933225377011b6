#include "reader/read_study.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/catalog.hpp"
#include "reader/text_tree.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

constexpr double kMostPoints = 1e7;  ///< of one variable

std::string quote(std::string_view text) { return "'" + std::string{text} + "'"; }

class StudyReader {
public:
    StudyReader(const TextNode& root, const std::string& file) : root_{root}, file_{file} {}

    Result<Study> read() {
        known(root_, "the study",
              {"title", "design", "variables", "objectives", "constraints", "method", "set"});
        study_.title = text(root_, "title", "title");
        study_.design = text(root_, "design", "design");
        if (root_.find("design") == nullptr) {
            problems_.push_back({"study.missing", "The study has no 'design'.", {file_, 1, 1}});
        }
        for (const auto* node : tables("variables")) {
            variable(*node);
        }
        for (const auto* node : tables("objectives")) {
            objective(*node);
        }
        for (const auto* node : tables("constraints")) {
            constraint(*node);
        }
        method();
        if (const auto* node = root_.find("set")) {
            if (node->is_table()) {
                sets(*node, "");
            } else {
                wrong(*node, "set", "a table of path = value");
            }
        }
        if (!problems_.empty()) {
            std::stable_sort(problems_.begin(), problems_.end(),
                             [](const Failure& a, const Failure& b) {
                                 return std::pair{a.where.line, a.where.column} <
                                        std::pair{b.where.line, b.where.column};
                             });
            return problems_;
        }
        return std::move(study_);
    }

private:
    void problem(std::string code, std::string message, const TextNode& node) {
        problems_.push_back({std::move(code), std::move(message), node.where(file_)});
    }
    void wrong(const TextNode& node, std::string_view what, std::string_view wanted) {
        problem("study.form",
                quote(what) + " is " + std::string{describe(node)} + " where " +
                    std::string{wanted} + " is needed.",
                node);
    }
    void missing(const TextNode& node, std::string_view list, std::string_view key) {
        problem("study.missing", "An item of " + quote(list) + " has no " + quote(key) + ".", node);
    }

    void known(const TextNode& table, std::string_view where,
               const std::vector<std::string>& keys) {
        for (const auto& member : table.members) {
            if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) {
                const auto near = nearest(member.key, keys);
                problems_.push_back(
                    {"study.unknown_key",
                     "Unknown key " + quote(member.key) + " in " + std::string{where} +
                         (near.empty() ? "." : "; did you mean " + quote(near) + "?"),
                     member.where(file_)});
            }
        }
    }

    std::vector<const TextNode*> tables(std::string_view key) {
        std::vector<const TextNode*> found;
        const auto* list = root_.find(key);
        if (list == nullptr) {
            return found;
        }
        if (!list->is_array()) {
            wrong(*list, key, "a list of tables");
            return found;
        }
        for (const auto& item : list->items) {
            if (item.is_table()) {
                found.push_back(&item);
            } else {
                wrong(item, key, "a table");
            }
        }
        return found;
    }

    std::string text(const TextNode& table, std::string_view key, std::string_view what) {
        const auto* node = table.find(key);
        if (node == nullptr) {
            return {};
        }
        if (!node->is_string() || node->text.empty()) {
            wrong(*node, what, "a text in quotes");
            return {};
        }
        return node->text;
    }

    /// A value as `--set` takes it: a text, or a bare number.
    std::string value(const TextNode& node, std::string_view what) {
        if (!node.is_string() && !node.is_number()) {
            wrong(node, what, "a number or a text");
            return {};
        }
        if (node.is_number() && !std::isfinite(node.number)) {
            problem("study.bad_number", quote(what) + " must be finite.", node);
        }
        return node.text;
    }

    std::optional<ParsedQuantity> quantity(const TextNode& node, std::string_view what) {
        const auto written = value(node, what);
        std::string why;
        const auto parsed = written.empty() ? std::nullopt : parse_quantity(written, &why);
        if (!parsed && !why.empty()) {
            problem("study.bad_number", quote(what) + ": " + why + ".", node);
        }
        return parsed;
    }

    std::uint64_t whole(const TextNode& node, std::string_view what) {
        constexpr double kMost = 9007199254740992.0;
        if (!node.is_number() || node.number < 0.0 || node.number != std::floor(node.number) ||
            node.number > kMost) {
            problem("study.bad_number", quote(what) + " must be a whole number, 0 or more.", node);
            return 0;
        }
        return static_cast<std::uint64_t>(node.number);
    }

    void variable(const TextNode& node) {
        known(node, "a variable", {"path", "values", "range", "step", "count", "log"});
        StudyVariable variable;
        variable.where = node.where(file_);
        variable.path = text(node, "path", "path");
        if (node.find("path") == nullptr) {
            missing(node, "variables", "path");
        } else if (!variable.path.empty() && !paths_.insert(lower(variable.path)).second) {
            problem("study.duplicate", "The path " + quote(variable.path) + " varies twice.",
                    *node.find("path"));
        }
        const auto* values = node.find("values");
        const auto* range = node.find("range");
        if ((values == nullptr) == (range == nullptr)) {
            problem("study.missing", "A variable needs either 'values' or 'range'.", node);
        }
        if (values != nullptr) {
            list(*values, variable);
        }
        if (range != nullptr) {
            bounds(node, *range, variable);
        }
        for (const auto* key : {"step", "count", "log"}) {
            if (const auto* extra = node.find(key); extra != nullptr && range == nullptr) {
                problem("study.form", quote(key) + " goes with 'range'.", *extra);
            }
        }
        study_.variables.push_back(std::move(variable));
    }

    void list(const TextNode& node, StudyVariable& variable) {
        if (!node.is_array() || node.items.empty()) {
            wrong(node, "values", "a list with at least one value");
            return;
        }
        for (const auto& item : node.items) {
            variable.values.push_back(value(item, "values"));
        }
    }

    void bounds(const TextNode& table, const TextNode& node, StudyVariable& variable) {
        if (!node.is_array() || node.items.size() != 2) {
            wrong(node, "range", "a pair [low, high]");
            return;
        }
        const auto low = quantity(node.items[0], "range");
        const auto high = quantity(node.items[1], "range");
        variable.low = node.items[0].text;
        variable.high = node.items[1].text;
        if (!low || !high) {
            return;
        }
        if (low->dimension != high->dimension) {
            problem("study.wrong_dimension", "The ends of 'range' have different dimensions.",
                    node);
        } else if (low->value >= high->value) {
            problem("study.range", "'range' must ascend.", node);
        }
        steps(table, *low, variable);
        const auto* step = table.find("step");
        const auto wide = step == nullptr ? std::nullopt : parse_quantity(step->text);
        if (wide && (high->value - low->value) / wide->value >= kMostPoints) {
            problem("study.too_large", "'step' makes more than 10 million points.", *step);
        }
    }

    void steps(const TextNode& table, const ParsedQuantity& low, StudyVariable& variable) {
        const auto* step = table.find("step");
        const auto* count = table.find("count");
        if (step != nullptr && count != nullptr) {
            problem("study.form", "Write 'step' or 'count', not both.", *count);
        }
        if (step != nullptr) {
            const auto parsed = quantity(*step, "step");
            variable.step = step->text;
            if (parsed && parsed->dimension != low.dimension) {
                problem("study.wrong_dimension",
                        "'step' and the range disagree: one is of " +
                            dimension_name(parsed->dimension) + ", the other of " +
                            dimension_name(low.dimension) + ".",
                        *step);
            } else if (parsed && parsed->value <= 0.0) {
                problem("study.bad_number", "'step' must be above 0.", *step);
            }
        }
        if (count != nullptr) {
            const auto points = whole(*count, "count");
            if (points < 2 || points > 10'000'000) {
                problem("study.bad_number", "'count' must be 2 or more.", *count);
            }
            variable.count = static_cast<int>(std::min<std::uint64_t>(points, 10'000'000));
        }
        if (const auto* log = table.find("log")) {
            if (log->kind != TextNode::Kind::kBoolean) {
                wrong(*log, "log", "true or false");
            }
            variable.logarithmic = log->boolean;
            if (log->boolean && low.value <= 0.0) {
                problem("study.range", "A logarithmic range must start above 0.", *log);
            }
            if (log->boolean && step != nullptr) {
                problem("study.form", "A logarithmic range takes 'count', not 'step'.", *log);
            }
        }
    }

    void objective(const TextNode& node) {
        known(node, "an objective", {"metric", "sense"});
        StudyObjective objective{text(node, "metric", "metric"), false, node.where(file_)};
        if (node.find("metric") == nullptr) {
            missing(node, "objectives", "metric");
        }
        const auto* sense = node.find("sense");
        if (sense == nullptr) {
            missing(node, "objectives", "sense");
        } else if (!sense->is_string() || (sense->text != "min" && sense->text != "max")) {
            problem("study.form", "'sense' is \"min\" or \"max\".", *sense);
        } else {
            objective.maximise = sense->text == "max";
        }
        study_.objectives.push_back(std::move(objective));
    }

    std::optional<StudyLimit> limit(const TextNode& table, std::string_view key) {
        const auto* node = table.find(key);
        const auto parsed = node == nullptr ? std::nullopt : quantity(*node, key);
        return parsed ? std::optional{StudyLimit{parsed->value, parsed->dimension, node->text}}
                      : std::nullopt;
    }

    void constraint(const TextNode& node) {
        known(node, "a constraint", {"metric", "min", "max"});
        StudyConstraint constraint{text(node, "metric", "metric"), limit(node, "min"),
                                   limit(node, "max"), node.where(file_)};
        if (node.find("metric") == nullptr) {
            missing(node, "constraints", "metric");
        }
        if (node.find("min") == nullptr && node.find("max") == nullptr) {
            problem("study.missing", "A constraint needs 'min', 'max' or both.", node);
        }
        if (constraint.minimum && constraint.maximum) {
            if (constraint.minimum->dimension != constraint.maximum->dimension) {
                problem("study.wrong_dimension", "'min' and 'max' have different dimensions.",
                        node);
            } else if (constraint.minimum->value > constraint.maximum->value) {
                problem("study.range", "'min' is above 'max'.", node);
            }
        }
        study_.constraints.push_back(std::move(constraint));
    }

    void method() {
        const auto* node = root_.find("method");
        if (node == nullptr) {
            return;
        }
        if (!node->is_table()) {
            wrong(*node, "method", "a table");
            return;
        }
        known(*node, "'method'", {"name", "seed", "budget", "options"});
        auto& method = study_.method;
        if (node->find("name") == nullptr) {
            problem("study.missing", "'method' has no 'name'.", *node);
        } else {
            method.name = lower(text(*node, "name", "name"));
        }
        if (const auto* seed = node->find("seed")) {
            method.seed = whole(*seed, "seed");
        }
        if (const auto* budget = node->find("budget")) {
            method.budget = whole(*budget, "budget");
        }
        const auto* options = node->find("options");
        if (options != nullptr && !options->is_table()) {
            wrong(*options, "options", "a table");
        } else if (options != nullptr) {
            for (const auto& option : options->members) {
                const bool flag = option.value.kind == TextNode::Kind::kBoolean;
                method.options[option.key] =
                    flag ? option.value.text : value(option.value, option.key);
            }
        }
    }

    void sets(const TextNode& table, const std::string& prefix) {
        for (const auto& member : table.members) {
            const auto path = prefix + member.key;
            if (member.value.is_table()) {
                sets(member.value, path + ".");
            } else {
                study_.sets.emplace_back(path, value(member.value, path));
            }
        }
    }

    const TextNode& root_;
    const std::string& file_;
    Study study_;
    std::set<std::string> paths_;
    Failures problems_;
};

}  // namespace

Result<Study> read_study_text(std::string_view text, const std::string& file) {
    const auto root = parse_toml(text, file);
    if (!root) {
        return root.error();
    }
    return StudyReader{*root, file}.read();
}

Result<Study> read_study(const std::filesystem::path& path) {
    const auto text = read_text_file(path.string());
    if (!text) {
        return text.error();
    }
    auto study = read_study_text(*text, path.string());
    if (study && std::filesystem::path{study->design}.is_relative()) {
        study->design = (path.parent_path() / study->design).lexically_normal().string();
    }
    return study;
}

}  // namespace wafercast
