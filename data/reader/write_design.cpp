#include "reader/write_design.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "reader/text_tree.hpp"
#include "units/parse_quantity.hpp"
#include "units/units.hpp"

namespace wafercast {
namespace {

/// The unit of factor one: always exact.
std::string base_unit(Dimension d) {
    const std::array<std::pair<int, std::string_view>, 10> powers{{{d.money, "USD"},
                                                                   {d.energy, "J"},
                                                                   {d.operation, "FLOP"},
                                                                   {d.information, "B"},
                                                                   {d.token, "token"},
                                                                   {d.mass, "kg"},
                                                                   {d.charge, "C"},
                                                                   {d.temperature, "K"},
                                                                   {d.length, "m"},
                                                                   {d.time, "s"}}};
    std::string above;
    std::string below;
    for (const auto& [exponent, symbol] : powers) {
        const std::string power = std::abs(exponent) > 1 ? std::to_string(std::abs(exponent)) : "";
        if (exponent > 0) {
            above += (above.empty() ? "" : "*") + std::string{symbol} + power;
        } else if (exponent < 0) {
            below += "/" + std::string{symbol} + power;
        }
    }
    return above + below;
}

bool reads_back(const std::string& text, double value, Dimension dimension) {
    const auto read = parse_quantity(text);
    return read && read->value == value && read->dimension == dimension;
}

std::string plain_number(double value) {
    std::array<char, 40> buffer{};
    if (value == std::floor(value) && std::abs(value) < 1e15) {
        return std::to_string(static_cast<long long>(value));
    }
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

std::string number_value(double value, const FieldInfo& info) {
    return info.dimension == Dimension{}
               ? plain_number(value)
               : quoted_toml(exact_quantity(value, info.unit, info.dimension));
}

std::string setting_value(const ConstFieldRef& field) {
    const Setting& setting = *field.number;
    if (!setting.value) {
        return quoted_toml(field_text(field));
    }
    // The writer's own words where they still mean the value; a plain number stays bare.
    if (reads_back(setting.text, *setting.value, field.info->dimension)) {
        const bool bare = setting.text == plain_number(*setting.value);
        return bare ? setting.text : quoted_toml(setting.text);
    }
    return number_value(*setting.value, *field.info);
}

class DesignWriter {
public:
    explicit DesignWriter(const Design& design) : design_{design} {
        for (auto& field : fields(design)) {
            if (is_set(field)) {
                fields_.push_back(std::move(field));
            }
        }
    }

    std::string write() {
        keys("");
        for (const auto& block : design_.blocks) {
            element("blocks", {{"id", block.id}}, "blocks." + block.id + ".");
            sub_table("blocks.per_unit", "blocks." + block.id + ".per_unit.");
        }
        for (const auto& net : design_.nets) {
            element("nets", {{"from", net.from}, {"to", net.to}},
                    "nets." + net.from + "." + net.to + ".");
        }
        for (const auto& die : design_.dies) {
            element("dies", {{"id", die.id}}, "dies." + die.id + ".");
        }
        package();
        section("device", false);
        section("system", design_.system.has_value());
        section("edge", design_.edge.has_value());
        section("workload", design_.workload.has_value(), {"precision"});
        section("serving", false);
        section("functional", design_.functional.has_value());
        section("scenario", false, {"limits"});
        calibration();
        return std::move(out_);
    }

private:
    using Names = std::vector<std::pair<std::string, std::string>>;

    bool any(const std::string& prefix) const {
        for (const auto& field : fields_) {
            if (field.path.starts_with(prefix)) {
                return true;
            }
        }
        return false;
    }

    /// The direct keys of a table.
    void keys(const std::string& prefix) {
        for (const auto& field : fields_) {
            if (field.path.starts_with(prefix) &&
                field.path.find('.', prefix.size()) == std::string::npos) {
                out_ += field.path.substr(prefix.size()) + " = " + toml_value(field) + "\n";
            }
        }
    }

    std::string inline_table(const std::string& prefix, const Names& names) const {
        std::string inside;
        for (const auto& [key, value] : names) {
            inside += (inside.empty() ? "" : ", ") + key + " = " + quoted_toml(value);
        }
        for (const auto& field : fields_) {
            if (field.path.starts_with(prefix)) {
                inside += (inside.empty() ? "" : ", ") + field.path.substr(prefix.size()) + " = " +
                          toml_value(field);
            }
        }
        return "{ " + inside + " }";
    }

    void element(const std::string& list, const Names& names, const std::string& prefix) {
        out_ += "\n[[" + list + "]]\n";
        for (const auto& [key, value] : names) {
            out_ += key + " = " + quoted_toml(value) + "\n";
        }
        keys(prefix);
    }

    void sub_table(const std::string& header, const std::string& prefix) {
        if (any(prefix)) {
            out_ += "[" + header + "]\n";
            keys(prefix);
        }
    }

    void section(const std::string& name, bool present,
                 const std::vector<std::string>& groups = {}) {
        if (!present && !any(name + ".")) {
            return;
        }
        out_ += "\n[" + name + "]\n";
        keys(name + ".");
        for (const auto& group : groups) {
            if (any(name + "." + group + ".")) {
                out_ += group + " = " + inline_table(name + "." + group + ".", {}) + "\n";
            }
        }
    }

    void list(const std::string& key, const std::vector<std::string>& items) {
        if (items.empty()) {
            return;
        }
        out_ += key + " = [";
        for (const auto& item : items) {
            out_ += items.size() == 1 ? item : "\n    " + item + ",";
        }
        out_ += items.size() == 1 ? "]\n" : "\n]\n";
    }

    void package() {
        out_ += "\n[package]\n";
        keys("package.");
        std::vector<std::string> dies;
        for (const auto& die : design_.package.dies) {
            dies.push_back(inline_table("package.dies." + die.die + ".", {{"die", die.die}}));
        }
        list("dies", dies);
        std::vector<std::string> memory;
        for (const auto& stack : design_.package.memory) {
            memory.push_back(inline_table("package.memory." + stack.id + ".", {{"id", stack.id}}));
        }
        list("memory", memory);
    }

    void constant(const std::string& key, double value, std::string_view unit,
                  Dimension dimension) {
        out_ += key + " = ";
        out_ += dimension == Dimension{} ? plain_number(value)
                                         : quoted_toml(exact_quantity(value, unit, dimension));
        out_ += "\n";
    }

    /// Only what a unit of the design does not hold itself.
    void unit_content(const CalibrationBlock& block) {
        CalibrationBlock now;
        for (const auto& own : calibrate(design_).blocks) {
            now = own.id == block.id ? own : now;
        }
        if (block.sram != now.sram) {
            constant("sram", block.sram, "KiB", dimension::information);
        }
        for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
            if (block.dense_rate[f] != now.dense_rate[f]) {
                constant(std::string{kNumberFormatNames[f]} + "_dense", block.dense_rate[f],
                         "TFLOP/s", dimension::operation_rate);
            }
        }
    }

    void calibration() {
        const auto& calibration = design_.calibration;
        if (calibration == calibrate(design_)) {
            return;
        }
        out_ += "\n[calibration]\n";
        constant("clock", calibration.clock, "GHz", dimension::frequency);
        if (calibration.vdd != design_.device.vdd.value.value_or(0.0)) {
            constant("vdd", calibration.vdd, "V", dimension::voltage);
        }
        constant("power_limit", calibration.power_limit, "W", dimension::power);
        if (!calibration.technology.empty()) {
            out_ += "technology = " + quoted_toml(calibration.technology) + "\n";
        }
        if (calibration.memory.empty()) {
            out_ += "memory = []\n";
        }
        if (calibration.blocks.empty()) {
            out_ += "blocks = []\n";
        }
        if (calibration.dies.empty()) {
            out_ += "dies = []\n";
        }
        for (const auto& block : calibration.blocks) {
            out_ += "[[calibration.blocks]]\nid = " + quoted_toml(block.id) + "\n";
            constant("count", block.count, "", dimension::none);
            if (block.sold != block.count) {
                constant("sold", block.sold, "", dimension::none);
            }
            if (block.capacity != 0.0) {
                constant("capacity", block.capacity, "MB", dimension::information);
            }
            if (block.sold_capacity != block.capacity) {
                constant("sold_capacity", block.sold_capacity, "MB", dimension::information);
            }
            unit_content(block);
        }
        for (const auto& die : calibration.dies) {
            out_ += "[[calibration.dies]]\nid = " + quoted_toml(die.id) +
                    "\nprocess = " + quoted_toml(die.process) + "\n";
            if (die.width != 0.0 || die.height != 0.0) {
                constant("width", die.width, "mm", dimension::length);
                constant("height", die.height, "mm", dimension::length);
            }
            constant("count", die.count, "", dimension::none);
        }
        for (const auto& memory : calibration.memory) {
            out_ += "[[calibration.memory]]\nid = " + quoted_toml(memory.id) +
                    "\nstack = " + quoted_toml(memory.stack) + "\n";
            constant("count", memory.count, "", dimension::none);
        }
    }

    const Design& design_;
    std::vector<ConstFieldRef> fields_;
    std::string out_;
};

std::string point_text(const Sourced<double>& point, Dimension dimension, std::string_view written,
                       bool stamped) {
    const auto unit = default_unit(dimension);
    const auto quantity = [&](double value) {
        return quoted_toml(exact_quantity(value, unit, dimension));
    };
    std::string text = "{ value = ";
    text += reads_back(std::string{written}, point.value, dimension) ? quoted_toml(written)
                                                                     : quantity(point.value);
    if (point.confidence != Confidence::kStandard && point.confidence != Confidence::kDefinition) {
        // A range made by rule is written out by the same rule, so that it is not taken for the
        // source's.
        text += point.range_by_rule
                    ? ", range = \"rule\""
                    : ", low = " + quantity(point.low) + ", high = " + quantity(point.high);
    }
    text += ", source = " + quoted_toml(point.source);
    if (stamped || !point.as_of.empty()) {
        text += ", as_of = " + quoted_toml(point.as_of);
    }
    text += ", confidence = " + quoted_toml(name(point.confidence));
    if (!point.distribution.empty()) {
        text += ", distribution = " + quoted_toml(point.distribution);
    }
    if (!point.note.empty()) {
        text += ", note = " + quoted_toml(point.note);
    }
    return text + " }";
}

std::string number_text(const SourcedNumber& number) {
    if (number.years.empty()) {
        return point_text(number.points.front(), number.dimension, number.text, false);
    }
    std::string text = "[\n";
    for (std::size_t i = 0; i < number.points.size(); ++i) {
        const bool last = i + 1 == number.points.size();
        text += "    " +
                point_text(number.points[i], number.dimension, last ? number.text : "", true) +
                ",\n";
    }
    return text + "]";
}

/// "energy.bf16" as a dotted key, each part bare or quoted.
std::string dotted_key(std::string_view path) {
    std::string key;
    while (true) {
        const auto dot = path.find('.');
        key += toml_key(path.substr(0, dot));
        if (dot == std::string_view::npos) {
            return key;
        }
        key += '.';
        path.remove_prefix(dot + 1);
    }
}

}  // namespace

std::string exact_quantity(double base_value, std::string_view unit, Dimension dimension) {
    auto text = quantity_text(base_value, unit);
    return reads_back(text, base_value, dimension)
               ? text
               : quantity_text(base_value, base_unit(dimension));
}

bool is_set(const ConstFieldRef& field) {
    switch (field.kind) {
        case FieldKind::kNumber:
            return field.number->is_set();
        case FieldKind::kText:
            return !field.text->empty();
        case FieldKind::kTextList:
            return !field.list->empty();
    }
    return false;
}

std::string toml_value(const ConstFieldRef& field) {
    if (field.kind == FieldKind::kText) {
        return quoted_toml(field_text(field));
    }
    if (field.kind == FieldKind::kTextList) {
        std::string items;
        for (const auto& item : *field.list) {
            items += (items.empty() ? "" : ", ") + quoted_toml(item);
        }
        return "[" + items + "]";
    }
    const Setting& setting = *field.number;
    const auto value = setting_value(field);
    if (!setting.low && !setting.high && setting.source.empty()) {
        return value;
    }
    std::string text = "{ value = " + value;
    if (setting.low && setting.high) {
        text += ", low = " + number_value(*setting.low, *field.info) +
                ", high = " + number_value(*setting.high, *field.info);
    }
    if (!setting.source.empty()) {
        text += ", source = " + quoted_toml(setting.source);
    }
    return text + " }";
}

std::string write_design(const Design& design) { return DesignWriter{design}.write(); }

std::string write_catalog_entry(const CatalogEntry& entry) {
    std::string text = "[catalog." + toml_key(entry.kind) + "." + toml_key(entry.id) + "]\n";
    text += "title = " + quoted_toml(entry.title) + "\n";
    if (!entry.aliases.empty()) {
        std::string aliases;
        for (const auto& alias : entry.aliases) {
            aliases += (aliases.empty() ? "" : ", ") + quoted_toml(alias);
        }
        text += "aliases = [" + aliases + "]\n";
    }
    if (!entry.note.empty()) {
        text += "note = " + quoted_toml(entry.note) + "\n";
    }
    for (const auto& [field, value] : entry.texts) {
        // A text that starts like a number is read as a text only in a list.
        const bool numeric = !value.empty() && std::string_view{"0123456789+-."}.find(
                                                   value.front()) != std::string_view::npos;
        text += dotted_key(field) + " = " + (numeric ? "[" : "") + quoted_toml(value) +
                (numeric ? "]" : "") + "\n";
    }
    for (const auto& [field, value] : entry.flags) {
        text += dotted_key(field) + " = " + (value ? "true" : "false") + "\n";
    }
    for (const auto& [field, number] : entry.numbers) {
        text += dotted_key(field) + " = " + number_text(number) + "\n";
    }
    return text;
}

std::string freeze_design(const Design& design, const std::vector<const CatalogEntry*>& used) {
    std::string text = write_design(design);
    for (const auto* entry : used) {
        text += "\n" + write_catalog_entry(*entry);
    }
    return text;
}

}  // namespace wafercast
