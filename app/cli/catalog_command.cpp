#include "cli/catalog_command.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "core/kernels/kernel_constants.hpp"
#include "format/format_number.hpp"
#include "reader/read_catalog.hpp"
#include "session/shipped_files.hpp"

namespace wafercast::cli {

namespace {

int unknown_kind(const std::string& kind, const Catalog& catalog, CommandContext& context) {
    const std::string hint = nearest(lower(kind), catalog.kinds());
    context.err << "No kind '" << kind << "' in the catalog"
                << (hint.empty() ? "." : "; did you mean '" + hint + "'?")
                << " See `wafercast catalog list`.\n";
    return kBadInput;
}

/// Years and counts whole; other values with a few digits and their unit.
std::string value_text(double value, Dimension dimension) {
    constexpr double kWhole = 1e6;
    if (dimension == Dimension{} && value == std::floor(value) && std::abs(value) < kWhole) {
        return json_number(value);
    }
    return format_quantity(value, dimension);
}

/// What a constant of the kernel models is: of "gemm.launch" or "stacks.vllm.gemm.launch".
std::string meaning_of(std::string_view field) {
    for (const NamedConstant& constant : kernel_constants()) {
        if (field == constant.path ||
            (field.starts_with("stacks.") && field.ends_with("." + std::string{constant.path}))) {
            return std::string{constant.what};
        }
    }
    return {};
}

void show_point(const Sourced<double>& point, Dimension dimension, std::ostream& out) {
    out << value_text(point.value, dimension);
    if (point.low < point.value || point.high > point.value) {
        out << "   " << format_quantity(point.low, dimension) << " to "
            << format_quantity(point.high, dimension) << (point.range_by_rule ? " (rule)" : "");
    }
    out << "   " << name(point.confidence);
    if (!point.as_of.empty()) {
        out << ", " << point.as_of;
    }
    out << "   [" << point.source << "]\n";
    if (!point.note.empty()) {
        out << "      " << point.note << '\n';
    }
}

void show_entry(const CatalogEntry& entry, std::ostream& out) {
    out << entry.kind << '/' << entry.id << "  " << entry.title << '\n';
    if (!entry.note.empty()) {
        out << "  " << entry.note << '\n';
    }
    for (const auto& [field, text] : entry.texts) {
        out << "  " << field << ": " << text << '\n';
    }
    for (const auto& [field, flag] : entry.flags) {
        out << "  " << field << ": " << (flag ? "yes" : "no") << '\n';
    }
    for (const auto& [field, number] : entry.numbers) {
        const std::string meaning = entry.kind == "families" ? meaning_of(field) : std::string{};
        for (const auto& point : number.points) {
            out << "  " << field << (meaning.empty() ? "" : " (" + meaning + ")") << ": ";
            show_point(point, number.dimension, out);
        }
    }
}

/// Families and devices that name a family which is neither in the files nor shipped.
Failures dangling_families(const Catalog& files, const Catalog& shipped) {
    Failures problems;
    for (const auto& [kind, field] : {std::pair{"families", "like"}, {"accelerators", "family"}}) {
        for (const CatalogEntry* entry : files.entries(kind)) {
            const std::string named{entry->text(field)};
            if (!named.empty() && files.find("families", named) == nullptr &&
                shipped.find("families", named) == nullptr) {
                problems.push_back({.code = "catalog.dangling",
                                    .message = entry->id + ": " + field + ": no family '" + named +
                                               "' in these files or the shipped catalog.",
                                    .where = entry->where});
            }
        }
    }
    return problems;
}

}  // namespace

int run_catalog_list(const std::string& kind, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    const Catalog& catalog = *session->catalog();
    const auto kinds = catalog.kinds();
    if (kind.empty()) {
        for (const std::string& each : kinds) {
            context.out << each << "  " << catalog.entries(each).size() << '\n';
        }
        return kFeasible;
    }
    if (std::find(kinds.begin(), kinds.end(), lower(kind)) == kinds.end()) {
        return unknown_kind(kind, catalog, context);
    }
    for (const CatalogEntry* entry : catalog.entries(lower(kind))) {
        context.out << entry->id << "  " << entry->title << '\n';
    }
    return kFeasible;
}

int run_catalog_show(const std::string& kind, const std::string& id, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    const Catalog& catalog = *session->catalog();
    const auto kinds = catalog.kinds();
    if (std::find(kinds.begin(), kinds.end(), lower(kind)) == kinds.end()) {
        return unknown_kind(kind, catalog, context);
    }
    if (id.empty()) {
        for (const CatalogEntry* entry : catalog.entries(lower(kind))) {
            show_entry(*entry, context.out);
        }
        return kFeasible;
    }
    const auto entry = catalog.require(lower(kind), id);
    if (!entry) {
        return report(context, entry.error());
    }
    show_entry(**entry, context.out);
    return kFeasible;
}

int run_catalog_check(const std::vector<std::string>& files, CommandContext& context) {
    const auto checked = read_catalog({files.begin(), files.end()});
    if (!checked) {
        return report(context, checked.error());
    }
    const auto data = data_folder();
    const auto shipped = data ? read_catalog({*data / "catalog"}) : Result<Catalog>{Catalog{}};
    if (const Failures dangling = dangling_families(*checked, shipped ? *shipped : Catalog{});
        !dangling.empty()) {
        return report(context, dangling);
    }
    std::size_t entries = 0;
    for (const std::string& kind : checked->kinds()) {
        entries += checked->entries(kind).size();
    }
    context.out << entries
                << (entries == 1 ? " entry, no problems.\n" : " entries, no problems.\n");
    return kFeasible;
}

}  // namespace wafercast::cli
