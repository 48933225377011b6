#include <algorithm>
#include <cmath>
#include <variant>

#include "core/catalog.hpp"
#include "core/design_fields.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

constexpr std::string_view kCatalogPrefix = "catalog:";

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto last = text.find_last_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string{}
                                           : std::string{text.substr(first, last - first + 1)};
}

/// "area (e.g. mm2)", "plain number".
std::string wanted(const FieldInfo& info) {
    std::string text = dimension_name(info.dimension);
    return info.unit.empty() ? text : text + " (e.g. " + std::string{info.unit} + ")";
}

std::string limit_text(double limit, const FieldInfo& info) {
    return quantity_text(limit, info.unit);
}

/// The reason a number is outside its field's range; empty when it is inside.
std::string range_problem(double value, const FieldInfo& info) {
    if (!std::isfinite(value)) {
        return "must be finite";
    }
    if (value < info.minimum) {
        return info.minimum == kAboveZero ? "must be above 0"
                                          : "must be at least " + limit_text(info.minimum, info);
    }
    if (value > info.maximum) {
        return "must be at most " + limit_text(info.maximum, info);
    }
    if (info.whole && value != std::floor(value)) {
        return "must be a whole number";
    }
    return {};
}

/// An id may hold letters, digits, '-', '.', '_' and nothing that would break a path or a file
/// name.
bool is_id(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_';
    });
}

struct Assignment {
    const FieldRef& field;
    SourceLocation where;

    [[nodiscard]] Failure refuse(std::string code, const std::string& why) const {
        return {std::move(code), field.path + ": " + why, where};
    }

    Result<Done> number(const std::string& text) const {
        const FieldInfo& info = *field.info;
        Setting setting;
        setting.text = text;
        if (lower(text).starts_with(kCatalogPrefix)) {
            return reference(trimmed(std::string_view{text}.substr(kCatalogPrefix.size())),
                             std::move(setting));
        }
        if (!info.keyword.empty() && lower(text) == info.keyword) {
            setting.keyword = info.keyword;
            *field.number = std::move(setting);
            return Done{};
        }
        std::string why;
        const auto read = parse_quantity(text, &why);
        if (!read) {
            std::string accepted = "; wanted: " + wanted(info);
            accepted += info.keyword.empty() ? "" : " or \"" + std::string{info.keyword} + "\"";
            accepted += info.catalog_kind.empty() ? "" : " or \"catalog:ID\"";
            return refuse("design.bad_number", why + accepted);
        }
        if (read->dimension != info.dimension) {
            return refuse_dimension(*read, text);
        }
        return store(read->value, std::move(setting));
    }

    Result<Done> store(double value, Setting setting) const {
        if (const auto problem = range_problem(value, *field.info); !problem.empty()) {
            return refuse("design.out_of_range",
                          problem + ", got " + quantity_text(value, field.info->unit));
        }
        setting.value = value == 0.0 ? 0.0 : value;  // no negative zero
        *field.number = std::move(setting);
        return Done{};
    }

    Result<Done> text(const std::string& text) const {
        const FieldInfo& info = *field.info;
        std::string stored = text;
        if (info.catalog_prefix && lower(text).starts_with(kCatalogPrefix)) {
            stored = trimmed(std::string_view{text}.substr(kCatalogPrefix.size()));
        }
        if (info.is_id) {
            if (!is_id(stored)) {
                return refuse(
                    "design.bad_id",
                    "'" + stored + "' is no id; ids are letters, digits, '-', '.' and '_'");
            }
            stored = lower(stored);
        }
        if (!info.choices.empty()) {
            if (const auto problem = choice_problem(stored); !problem.empty()) {
                return refuse("design.unknown_choice", problem);
            }
        }
        *field.text = std::move(stored);
        return Done{};
    }

    Result<Done> list(std::string text) const {
        if (text.starts_with('[') && text.ends_with(']')) {
            text = text.substr(1, text.size() - 2);
        }
        std::vector<std::string> items;
        for (std::size_t begin = 0; begin <= text.size();) {
            const auto end = std::min(text.find(',', begin), text.size());
            std::string item = trimmed(std::string_view{text}.substr(begin, end - begin));
            if (item.size() >= 2 && (item.front() == '"' || item.front() == '\'') &&
                item.back() == item.front()) {
                item = item.substr(1, item.size() - 2);
            }
            const bool last_is_empty = item.empty() && end == text.size();
            if (!last_is_empty && !is_id(item)) {
                return refuse("design.bad_id", "'" + item + "' is no id in a list like \"sm, l2\"");
            }
            if (!last_is_empty) {
                items.push_back(lower(item));
            }
            begin = end + 1;
        }
        *field.list = std::move(items);
        return Done{};
    }

private:
    Result<Done> reference(const std::string& id, Setting setting) const {
        if (field.info->catalog_kind.empty()) {
            return refuse("design.no_catalog",
                          "takes no catalog entry; wanted: " + wanted(*field.info));
        }
        if (!is_id(id)) {
            return refuse("design.bad_id", "'" + id + "' is no id; write \"catalog:ID\"");
        }
        setting.catalog_id = lower(id);
        *field.number = std::move(setting);
        return Done{};
    }

    [[nodiscard]] Failure refuse_dimension(const ParsedQuantity& read,
                                           const std::string& text) const {
        if (!read.has_unit) {
            return refuse("design.needs_unit", "'" + text + "' needs a unit of " +
                                                   dimension_name(field.info->dimension) +
                                                   "; write \"" + text + " " +
                                                   std::string{field.info->unit} + "\"");
        }
        return refuse("design.wrong_dimension", "'" + text + "' is " +
                                                    dimension_name(read.dimension) +
                                                    "; wanted: " + wanted(*field.info));
    }

    [[nodiscard]] std::string choice_problem(const std::string& chosen) const {
        const std::string_view choices = field.info->choices;
        std::vector<std::string> accepted;
        for (std::size_t begin = 0; begin <= choices.size();) {
            const auto end = std::min(choices.find('|', begin), choices.size());
            accepted.emplace_back(choices.substr(begin, end - begin));
            if (accepted.back() == chosen) {
                return {};
            }
            begin = end + 1;
        }
        std::string all;
        for (const auto& word : accepted) {
            all += (all.empty() ? "" : ", ") + word;
        }
        return "'" + chosen + "' is unknown; choose " + all;
    }
};

void clear(const FieldRef& field) {
    if (field.number != nullptr) {
        *field.number = Setting{};
    } else if (field.text != nullptr) {
        field.text->clear();
    } else {
        field.list->clear();
    }
}

/// One path and what it shall be.
struct Edit {
    std::string path;
    std::variant<std::string, double> value;
};

void append(Failures& all, Failures more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

/// Makes the optional section a path leads into.
void open_section(Design& design, std::string_view path) {
    const std::string section = lower(path.substr(0, path.find('.')));
    const auto open = [&](std::string_view name, auto& part) {
        if (section == name && !part) {
            part.emplace();
        }
    };
    open("system", design.system);
    open("edge", design.edge);
    open("workload", design.workload);
    open("functional", design.functional);
}

Result<Done> assign_edit(Design& design, const Edit& edit) {
    open_section(design, edit.path);
    const auto field = find_field(design, edit.path);
    if (!field) {
        return field.error();
    }
    if (const auto* text = std::get_if<std::string>(&edit.value)) {
        return assign(*field, *text);
    }
    const Assignment assignment{*field, {}};
    if (field->number == nullptr) {
        return assignment.refuse("design.bad_number", "takes text, not a number");
    }
    return assignment.store(std::get<double>(edit.value), Setting{});
}

class Edits {
public:
    explicit Edits(const std::vector<Edit>& edits) {
        for (const auto& edit : edits) {
            paths_.push_back(lower(edit.path));
        }
    }
    [[nodiscard]] bool touch(const std::string& path) const {
        return std::ranges::find(paths_, lower(path)) != paths_.end();
    }

private:
    std::vector<std::string> paths_;
};

/// What the sold part becomes when the physical part changes from `before` to `now`. The
/// calibration's ratio is taken while it explains the present figures, so that stepping there and
/// back loses nothing.
double kept_share(double now, double before, double sold_before, double calibrated,
                  double calibrated_sold) {
    const auto share_of = [](double physical, double ratio) {
        return std::floor(physical * ratio + 1e-9);
    };
    if (calibrated > 0.0 && share_of(before, calibrated_sold / calibrated) == sold_before) {
        return share_of(now, calibrated_sold / calibrated);
    }
    return before > 0.0 ? share_of(now, sold_before / before) : now;
}

void keep_sold_share(Block& block, const Block& before, const Calibration& calibration,
                     const Edits& edits) {
    const std::string at = "blocks." + block.id + ".";
    const auto found = std::ranges::find(calibration.blocks, block.id, &CalibrationBlock::id);
    const CalibrationBlock content = found == calibration.blocks.end()
                                         ? CalibrationBlock{.id = {}, .count = 0.0, .sold = 0.0}
                                         : *found;
    const auto keep = [&](const char* path, const char* sold_path, const Setting& was,
                          const Setting& sold_was, const Setting& now, Setting& sold,
                          double calibrated, double calibrated_sold) {
        if (edits.touch(at + path) && !edits.touch(at + sold_path) && was.value && sold_was.value &&
            now.value && *now.value != *was.value) {
            sold = Setting::number(
                kept_share(*now.value, *was.value, *sold_was.value, calibrated, calibrated_sold));
        }
    };
    keep("count", "sold", before.count, before.sold, block.count, block.sold, content.count,
         content.sold);
    keep("capacity", "sold_capacity", before.capacity, before.sold_capacity, block.capacity,
         block.sold_capacity, content.capacity, content.sold_capacity);
}

void calibrate_die(Design& design, const DieSpec& die) {
    const Calibration now = calibrate(design);
    const auto replace = [](auto& items, const auto& item) {
        const auto found = std::ranges::find(items, item.id, [](const auto& x) { return x.id; });
        if (found == items.end()) {
            items.push_back(item);
        } else {
            *found = item;
        }
    };
    replace(design.calibration.dies, *std::ranges::find(now.dies, die.id, &CalibrationDie::id));
    for (const auto& block : now.blocks) {
        if (std::ranges::find(die.blocks, block.id) != die.blocks.end()) {
            replace(design.calibration.blocks, block);
        }
    }
}

void keep_die_area(Design& design, std::size_t index, const DieSpec& before, const Edits& edits) {
    DieSpec& die = design.dies[index];
    const std::string at = "dies." + die.id + ".";
    const bool width = edits.touch(at + "width");
    const bool height = edits.touch(at + "height");
    if (width && height) {
        if (die.width.value && die.height.value) {
            calibrate_die(design, die);
        }
    } else if (width && die.width.value && die.width.value != before.width.value) {
        die.height = Setting{};
    } else if (height && die.height.value && die.height.value != before.height.value) {
        die.width = Setting{};
    }
}

Result<Done> apply_edits(Design& design, const std::vector<Edit>& edits) {
    Design edited = design;
    Failures problems;
    for (const auto& edit : edits) {
        if (const auto assigned = assign_edit(edited, edit); !assigned) {
            append(problems, assigned.error());
        }
    }
    const Edits touched{edits};
    for (std::size_t i = 0; i < edited.blocks.size(); ++i) {
        keep_sold_share(edited.blocks[i], design.blocks[i], design.calibration, touched);
    }
    for (std::size_t i = 0; i < edited.dies.size(); ++i) {
        keep_die_area(edited, i, design.dies[i], touched);
    }
    append(problems, sold_problems(edited));
    if (!problems.empty()) {
        return problems;
    }
    design = std::move(edited);
    return Done{};
}

}  // namespace

Result<Done> assign(const FieldRef& field, std::string_view text, const SourceLocation& where) {
    const std::string plain = trimmed(text);
    if (plain.empty()) {
        clear(field);
        return Done{};
    }
    const Assignment assignment{field, where};
    switch (field.kind) {
        case FieldKind::kNumber:
            return assignment.number(plain);
        case FieldKind::kText:
            return assignment.text(plain);
        case FieldKind::kTextList:
            break;
    }
    return assignment.list(plain);
}

Result<Done> set_field(Design& design, std::string_view path, std::string_view text) {
    return apply_edits(design, {Edit{std::string{path}, std::string{text}}});
}

Result<Done> set_field(Design& design, std::string_view path, double base_value) {
    return apply_edits(design, {Edit{std::string{path}, base_value}});
}

Result<Done> set_fields(Design& design,
                        const std::vector<std::pair<std::string, std::string>>& edits) {
    std::vector<Edit> list;
    for (const auto& [path, text] : edits) {
        list.push_back({path, text});
    }
    return apply_edits(design, list);
}

Failures sold_problems(const Design& design) {
    Failures problems;
    const auto check = [&](const Block& block, const Setting& sold, double physical,
                           std::string_view what, std::string_view unit) {
        if (sold.value && *sold.value > physical) {
            problems.push_back({"design.sold_exceeds_count",
                                "blocks." + block.id + "." + std::string{what} + ": " +
                                    quantity_text(*sold.value, unit) + " sold of only " +
                                    quantity_text(physical, unit) + " on the die"});
        }
    };
    for (const auto& block : design.blocks) {
        check(block, block.sold, block.count.value.value_or(1.0), "sold", "");
        check(block, block.sold_capacity, block.capacity.value.value_or(0.0), "sold_capacity",
              "MB");
    }
    return problems;
}

}  // namespace wafercast
