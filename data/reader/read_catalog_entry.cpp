#include "reader/read_catalog_entry.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "schema/catalog_schema.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

constexpr std::array<std::string_view, 9> kNumberKeys{
    "value", "low", "high", "source", "as_of", "confidence", "note", "range", "distribution"};

/// What a number inherits from its group and file.
struct Defaults {
    std::string source;
    std::string as_of;
    std::string confidence;
};

std::string quote(std::string_view text) { return "'" + std::string{text} + "'"; }

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& candidates) {
    const auto near = nearest(wanted, candidates);
    return near.empty() ? std::string{} : "; did you mean " + quote(near) + "?";
}

bool starts_like_a_number(std::string_view text) {
    const auto word = text.substr(0, text.find(' '));
    const bool digits =
        std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits && word.find_first_not_of("0123456789.+-eE") == std::string_view::npos;
}

/// A bare value as it should have been written.
std::string with_unit(std::string_view text, Dimension dimension) {
    const auto unit = default_unit(dimension);
    return "\"" + std::string{text} + (unit.empty() ? "" : " " + unit) + "\"";
}

class EntryReader {
public:
    EntryReader(std::string_view kind, const std::string& file, const CatalogReadOptions& options,
                Failures& problems)
        : schema_{find_catalog_kind(kind)}, file_{file}, options_{options}, problems_{problems} {
        entry_.kind = kind;
    }

    CatalogEntry read(const TextNode& table, std::string_view id) {
        entry_.where = table.where(file_);
        entry_.id = id;
        const auto defaults = head(table, id);
        for (const auto& member : table.members) {
            if (!is_head(member.key)) {
                field(member, member.key, defaults);
            }
        }
        check_required();
        return std::move(entry_);
    }

private:
    static bool is_head(std::string_view key) {
        constexpr std::array<std::string_view, 8> kHead{
            "id", "title", "aliases", "note", "source", "confidence", "as_of", "catalog"};
        return std::find(kHead.begin(), kHead.end(), key) != kHead.end();
    }

    void problem(std::string code, std::string message, const TextNode& node) {
        problems_.push_back({std::move(code), std::move(message), node.where(file_)});
    }

    std::string text_of(const TextNode& table, std::string_view key, std::string fallback = {}) {
        const auto* node = table.find(key);
        if (node == nullptr) {
            return fallback;
        }
        if (!node->is_string() && node->kind != TextNode::Kind::kDate) {
            problem(
                "catalog.form",
                quote(key) + " is " + std::string{describe(*node)} + "; write a text in quotes.",
                *node);
            return fallback;
        }
        return node->text;
    }

    Defaults head(const TextNode& table, std::string_view id) {
        entry_.title = text_of(table, "title");
        entry_.note = text_of(table, "note");
        if (table.find("title") == nullptr) {
            problem("catalog.missing", "The entry has no 'title'.", table);
        }
        const auto* own = table.find("id");
        if (own != nullptr && text_of(table, "id") != id) {
            problem("catalog.id",
                    "The id " + quote(own->text) + " is not the file's or table's name " +
                        quote(id) + ".",
                    *own);
        }
        const bool plain = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                   c == '_';
        });
        if (!plain) {
            problem("catalog.id",
                    "The id " + quote(id) +
                        " may hold lower-case letters, digits, '-', '_' and '.' only.",
                    own != nullptr ? *own : table);
        }
        aliases(table);
        return defaults_of(table, {});
    }

    void aliases(const TextNode& table) {
        const auto* list = table.find("aliases");
        if (list == nullptr) {
            return;
        }
        if (!list->is_array()) {
            problem("catalog.form",
                    "'aliases' is " + std::string{describe(*list)} + "; write [\"...\", \"...\"].",
                    *list);
            return;
        }
        for (const auto& item : list->items) {
            if (item.is_string()) {
                entry_.aliases.push_back(item.text);
            } else {
                problem("catalog.form",
                        "An alias is " + std::string{describe(item)} + "; write a text.", item);
            }
        }
    }

    Defaults defaults_of(const TextNode& table, const Defaults& outer) {
        Defaults defaults{text_of(table, "source", outer.source),
                          text_of(table, "as_of", outer.as_of),
                          text_of(table, "confidence", outer.confidence)};
        if (const auto* node = table.find("source")) {
            check_source(defaults.source, *node);
        }
        if (const auto* node = table.find("confidence")) {
            confidence(defaults.confidence, *node);
        }
        if (const auto* node = table.find("as_of")) {
            date(defaults.as_of, *node);
        }
        return defaults;
    }

    void field(const TextNode::Member& member, const std::string& path, const Defaults& defaults) {
        const auto& node = member.value;
        seen_.insert(path);
        const auto* known = schema_ == nullptr ? nullptr : find_catalog_field(*schema_, path);
        switch (node.kind) {
            case TextNode::Kind::kString:
                string(node, path, known, defaults);
                return;
            case TextNode::Kind::kBoolean:
                if (known != nullptr && known->form != CatalogForm::kFlag) {
                    problem(
                        "catalog.form",
                        quote(path) + " is true or false where " + wanted(*known) + " is needed.",
                        node);
                }
                entry_.flags[path] = node.boolean;
                return;
            case TextNode::Kind::kTable:
                table(node, path, known, defaults);
                return;
            case TextNode::Kind::kArray:
                array(node, path, known, defaults);
                return;
            case TextNode::Kind::kInteger:
            case TextNode::Kind::kFloat:
                problem(
                    "catalog.bare_number",
                    quote(path) + " is the bare number " + node.text +
                        "; write a text with its unit, such as " +
                        with_unit(node.text, known != nullptr ? known->dimension : Dimension{}) +
                        ".",
                    node);
                return;
            case TextNode::Kind::kDate:
                entry_.texts[path] = node.text;
                return;
        }
    }

    static std::string wanted(const CatalogField& field) {
        switch (field.form) {
            case CatalogForm::kText:
                return "a text";
            case CatalogForm::kFlag:
                return "true or false";
            case CatalogForm::kNumber:
                break;
        }
        const auto unit = default_unit(field.dimension);
        return unit.empty() ? "a plain number" : "a number such as \"1 " + unit + "\"";
    }

    void string(const TextNode& node, const std::string& path, const CatalogField* known,
                const Defaults& defaults) {
        const bool is_text = known != nullptr && known->form == CatalogForm::kText;
        if (known != nullptr && known->form == CatalogForm::kFlag) {
            problem("catalog.form", quote(path) + " is a text where true or false is needed.",
                    node);
            return;
        }
        const bool must_be_number = known != nullptr || starts_like_a_number(node.text);
        if (is_text || (!must_be_number && !parse_quantity(node.text))) {
            entry_.texts[path] = node.text;
            return;
        }
        Sourced<double> point;
        Dimension dimension;
        if (plain_point(node, path, known, defaults, point, dimension)) {
            keep(path, node.text, dimension, {point}, {});
        }
    }

    void table(const TextNode& node, const std::string& path, const CatalogField* known,
               const Defaults& defaults) {
        if (node.find("value") != nullptr) {
            Sourced<double> point;
            Dimension dimension;
            if (full_point(node, path, known, defaults, point, dimension)) {
                keep(path, node.find("value")->text, dimension, {point}, {});
            }
            return;
        }
        if (known != nullptr) {
            problem("catalog.form",
                    quote(path) +
                        " is a table without 'value'; write { value = \"...\", source = \"...\" }.",
                    node);
            return;
        }
        const auto inner = defaults_of(node, defaults);
        for (const auto& member : node.members) {
            if (member.key == "source" || member.key == "as_of" || member.key == "confidence") {
                continue;
            }
            if (member.key == "note" && member.value.is_string()) {
                entry_.texts[path + ".note"] = member.value.text;
                continue;
            }
            field(member, path + "." + member.key, inner);
        }
    }

    void array(const TextNode& node, const std::string& path, const CatalogField* known,
               const Defaults& defaults) {
        const bool texts = !node.items.empty() &&
                           std::all_of(node.items.begin(), node.items.end(),
                                       [](const TextNode& item) { return item.is_string(); });
        if (texts && (known == nullptr || known->form == CatalogForm::kText)) {
            std::string joined;
            for (const auto& item : node.items) {
                joined += (joined.empty() ? "" : ", ") + item.text;
            }
            entry_.texts[path] = joined;
            return;
        }
        if (node.items.empty()) {
            problem("catalog.form", quote(path) + " is an empty array.", node);
            return;
        }
        dated(node, path, known, defaults);
    }

    void dated(const TextNode& node, const std::string& path, const CatalogField* known,
               const Defaults& defaults) {
        std::vector<Sourced<double>> points;
        std::vector<double> years;
        std::optional<Dimension> dimension;
        bool good = true;
        for (const auto& item : node.items) {
            if (!item.is_table() || item.find("value") == nullptr) {
                problem("catalog.form",
                        "An item of " + quote(path) + " is " + std::string{describe(item)} +
                            "; write { value = \"...\", as_of = \"2025-06\", ... }.",
                        item);
                good = false;
                continue;
            }
            Sourced<double> point;
            Dimension own;
            if (!full_point(item, path, known, defaults, point, own)) {
                good = false;
                continue;
            }
            const auto* stamp = item.find("as_of");
            const auto year = stamp != nullptr ? decimal_year(point.as_of) : std::nullopt;
            if (!year) {
                if (stamp == nullptr) {
                    problem("catalog.missing", "An item of " + quote(path) + " has no 'as_of'.",
                            item);
                }
                good = false;
                continue;
            }
            if (!years.empty() && *year <= years.back()) {
                problem("catalog.order",
                        "The dates of " + quote(path) + " must ascend; " + quote(point.as_of) +
                            " does not.",
                        *stamp);
                good = false;
            }
            if (dimension && *dimension != own) {
                problem("catalog.dimension",
                        "The items of " + quote(path) + " have different dimensions.", item);
                good = false;
            }
            dimension = own;
            points.push_back(std::move(point));
            years.push_back(*year);
        }
        if (good && dimension) {
            keep(path, node.items.back().find("value")->text, *dimension, std::move(points),
                 std::move(years));
        }
    }

    bool plain_point(const TextNode& node, const std::string& path, const CatalogField* known,
                     const Defaults& defaults, Sourced<double>& point, Dimension& dimension) {
        if (!quantity(node, path, known, point.value, dimension)) {
            return false;
        }
        point.source = defaults.source;
        point.as_of = defaults.as_of;
        const auto trust = stated(path, defaults, node);
        if (!trust) {
            return false;
        }
        point.confidence = *trust;
        range_by_rule(point, known);
        return within(point, path, known, node);
    }

    bool full_point(const TextNode& node, const std::string& path, const CatalogField* known,
                    const Defaults& defaults, Sourced<double>& point, Dimension& dimension) {
        check_keys(node, path);
        if (!quantity(*node.find("value"), path, known, point.value, dimension)) {
            return false;
        }
        const Defaults own = defaults_of(node, defaults);
        point.source = own.source;
        point.as_of = own.as_of;
        point.note = text_of(node, "note");
        point.distribution = text_of(node, "distribution");
        const auto trust = stated(path, own, node);
        if (!trust) {
            return false;
        }
        point.confidence = *trust;
        return range(node, path, known, dimension, point) && within(point, path, known, node);
    }

    void check_keys(const TextNode& node, const std::string& path) {
        for (const auto& member : node.members) {
            if (std::find(kNumberKeys.begin(), kNumberKeys.end(), member.key) ==
                kNumberKeys.end()) {
                problems_.push_back(
                    {"catalog.unknown_key",
                     "Unknown key " + quote(member.key) + " in " + quote(path) +
                         did_you_mean(member.key, {kNumberKeys.begin(), kNumberKeys.end()}) +
                         (nearest(member.key, {kNumberKeys.begin(), kNumberKeys.end()}).empty()
                              ? "."
                              : ""),
                     member.where(file_)});
            }
        }
    }

    /// Reads a quantity and holds it against the schema's dimension.
    bool quantity(const TextNode& node, const std::string& path, const CatalogField* known,
                  double& value, Dimension& dimension) {
        if (!node.is_string()) {
            problem(node.is_number() ? "catalog.bare_number" : "catalog.form",
                    quote(path) + " is " + std::string{describe(node)} +
                        "; write a text with its unit, such as " +
                        with_unit(node.is_number() ? node.text : "1",
                                  known != nullptr ? known->dimension : Dimension{}) +
                        ".",
                    node);
            return false;
        }
        std::string reason;
        const auto parsed = parse_quantity(node.text, &reason);
        if (!parsed) {
            problem("catalog.number", quote(path) + ": " + reason, node);
            return false;
        }
        if (known != nullptr && known->form == CatalogForm::kNumber &&
            parsed->dimension != known->dimension) {
            problem(
                "catalog.dimension",
                quote(path) + " is " + quote(node.text) + ", which is " +
                    (parsed->dimension == Dimension{} ? std::string{"a plain number"}
                                                      : "of " + dimension_name(parsed->dimension)) +
                    "; " + wanted(*known) + " is needed.",
                node);
            return false;
        }
        value = parsed->value;
        dimension = parsed->dimension;
        return true;
    }

    /// The confidence of a number, when both it and a source are stated.
    std::optional<Confidence> stated(const std::string& path, const Defaults& own,
                                     const TextNode& node) {
        if (own.source.empty()) {
            problem("catalog.missing", quote(path) + " has no 'source'.", node);
        }
        if (own.confidence.empty()) {
            problem("catalog.missing", quote(path) + " has no 'confidence'.", node);
            return std::nullopt;
        }
        const auto at = std::find(kConfidenceNames.begin(), kConfidenceNames.end(), own.confidence);
        if (at == kConfidenceNames.end() || own.source.empty()) {
            return std::nullopt;  // reported where it stands
        }
        return static_cast<Confidence>(at - kConfidenceNames.begin());
    }

    bool range(const TextNode& node, const std::string& path, const CatalogField* known,
               Dimension dimension, Sourced<double>& point) {
        const auto* low = node.find("low");
        const auto* high = node.find("high");
        const auto* rule = node.find("range");
        const bool exact = point.confidence == Confidence::kStandard ||
                           point.confidence == Confidence::kDefinition;
        if (exact && (low != nullptr || high != nullptr || rule != nullptr)) {
            problem("catalog.range",
                    quote(path) + " has a range, but its confidence is " +
                        quote(name(point.confidence)) + ".",
                    node);
            return false;
        }
        if (rule != nullptr &&
            (text_of(node, "range") != "rule" || low != nullptr || high != nullptr)) {
            problem("catalog.range",
                    quote(path) + ": write either range = \"rule\" or both 'low' and 'high'.",
                    *rule);
            return false;
        }
        if (exact || rule != nullptr || node.find("value") == nullptr) {
            range_by_rule(point, known);
            return true;
        }
        if (low == nullptr && high == nullptr && !node.members.empty() && inherits_all(node)) {
            range_by_rule(point, known);  // { value, note } says no more than a plain text does
            return true;
        }
        if (low == nullptr || high == nullptr) {
            problem("catalog.range",
                    quote(path) +
                        " has no range; write 'low' and 'high', or range = \"rule\" where the "
                        "source states none.",
                    node);
            return false;
        }
        Dimension of_low;
        Dimension of_high;
        if (!quantity(*low, path + ".low", known, point.low, of_low) ||
            !quantity(*high, path + ".high", known, point.high, of_high)) {
            return false;
        }
        if (of_low != dimension || of_high != dimension) {
            problem(
                "catalog.dimension",
                "'low' and 'high' of " + quote(path) + " have another dimension than its value.",
                of_low != dimension ? *low : *high);
            return false;
        }
        if (point.low > point.value || point.value > point.high) {
            problem("catalog.range", quote(path) + " must have low <= value <= high.", *low);
            return false;
        }
        return true;
    }

    static bool inherits_all(const TextNode& node) {
        return node.find("source") == nullptr && node.find("confidence") == nullptr;
    }

    static void range_by_rule(Sourced<double>& point, const CatalogField* known) {
        double down = 1.0;
        double up = 1.0;
        switch (point.confidence) {
            case Confidence::kStandard:
            case Confidence::kDefinition:
                break;
            case Confidence::kHigh:
                down = 0.95;
                up = 1.05;
                break;
            case Confidence::kMedium:
                down = 0.8;
                up = 1.2;
                break;
            case Confidence::kLow:
                down = 1.0 / 1.5;
                up = 1.5;
                break;
        }
        point.range_by_rule = up > 1.0;
        point.low = std::min(point.value * down,
                             point.value * up);  // a negative figure turns the factors round
        point.high = std::max(point.value * down, point.value * up);
        if (known != nullptr && point.value <= known->maximum) {
            point.high = std::min(point.high, known->maximum);
        }
    }

    bool within(const Sourced<double>& point, const std::string& path, const CatalogField* known,
                const TextNode& node) {
        if (known != nullptr && point.high > known->maximum) {
            problem("catalog.range", quote(path) + " is a share and must not exceed 1.", node);
            return false;
        }
        return true;
    }

    void check_source(const std::string& source, const TextNode& node) {
        if (options_.references != nullptr && !source.empty() &&
            !options_.references->contains(source)) {
            const std::vector<std::string> keys{options_.references->begin(),
                                                options_.references->end()};
            const auto hint = did_you_mean(source, keys);
            problem("catalog.unknown_source",
                    "The source " + quote(source) + " is not a key of docs/references.bib" +
                        (hint.empty() ? "." : hint),
                    node);
        }
    }

    void confidence(const std::string& word, const TextNode& node) {
        if (std::find(kConfidenceNames.begin(), kConfidenceNames.end(), word) ==
            kConfidenceNames.end()) {
            problem("catalog.confidence",
                    "The confidence " + quote(word) +
                        " is none of standard, definition, high, medium, low.",
                    node);
        }
    }

    void date(const std::string& text, const TextNode& node) {
        if (!decimal_year(text)) {
            problem("catalog.date",
                    "'as_of' is " + quote(text) + "; write a date such as \"2025\" or \"2025-06\".",
                    node);
        }
    }

    void keep(const std::string& path, const std::string& text, Dimension dimension,
              std::vector<Sourced<double>> points, std::vector<double> years) {
        entry_.numbers[path] = {dimension, std::move(points), std::move(years), text};
    }

    void check_required() {
        if (schema_ == nullptr) {
            return;
        }
        for (const auto& field : schema_->fields) {
            if (field.required && !seen_.contains(field.path)) {
                problems_.push_back({"catalog.missing",
                                     "The entry " + quote(entry_.id) + " has no " +
                                         quote(field.path) + ", " + wanted(field) + ".",
                                     entry_.where});
            }
        }
    }

    const CatalogKind* schema_;
    const std::string& file_;
    const CatalogReadOptions& options_;
    Failures& problems_;
    CatalogEntry entry_;
    std::set<std::string, std::less<>>
        seen_;  ///< a field that is there but wrong is not also missing
};

}  // namespace

CatalogEntry read_catalog_entry(const TextNode& table, std::string_view kind, std::string_view id,
                                const std::string& file, const CatalogReadOptions& options,
                                Failures& problems) {
    return EntryReader{kind, file, options, problems}.read(table, id);
}

}  // namespace wafercast
