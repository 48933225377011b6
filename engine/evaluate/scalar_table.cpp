#include "evaluate/scalar_table.hpp"

#include <algorithm>

#include "evaluate/at_year.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {

namespace {

/// A gross margin of 1 is an infinite price; draws stop where the price is a hundred times the
/// cost.
constexpr double kLargestMargin = 0.99;

std::string_view last_word(std::string_view path) { return path.substr(path.rfind('.') + 1); }

/// "gemm_efficiency_fp8" is as much an efficiency as "gemm_efficiency".
template <std::size_t N>
bool names_one_of(std::string_view path, const std::array<std::string_view, N>& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return last_word(path).find(word) != std::string_view::npos;
    });
}

/// Shares cannot exceed one, whatever their range's tail says.
double upper_limit(std::string_view path, Dimension dimension, double value) {
    constexpr std::array<std::string_view, 7> kShares{
        "yield",       "coverage",          "share",     "efficiency",
        "utilisation", "critical_fraction", "repairable"};
    if (dimension == Dimension{} && names_one_of(path, kShares)) {
        return std::max(1.0, value);
    }
    if (dimension == Dimension{} && last_word(path) == "gross_margin") {
        return std::max(kLargestMargin, value);
    }
    return std::numeric_limits<double>::infinity();
}

/// Amounts are not negative; what is all of something and more is at least one.
double lower_limit(std::string_view path, Dimension dimension, double value) {
    constexpr std::array<std::string_view, 4> kAtLeastOne{"pue", "substrate_area_ratio",
                                                          "interposer_area_ratio", "reuse"};
    if (dimension == Dimension{} && names_one_of(path, kAtLeastOne)) {
        return std::min(1.0, value);
    }
    return std::min(0.0, value);
}

/// A dated price still speaks for about a year and a half beyond its last point, or before its
/// first.
constexpr double kDateReach = 1.5;

bool is_outside(const SourcedNumber& number, double year) {
    return !number.years.empty() &&
           (year < number.years.front() - kDateReach || year > number.years.back() + kDateReach);
}

}  // namespace

const CatalogEntry* ScalarTable::entry(std::string_view kind, std::string_view id,
                                       std::string_view used_by) {
    if (id.empty()) {
        fail("design.missing", std::string{used_by} +
                                   " is missing; name an entry of `wafercast catalog list " +
                                   std::string{kind} + "`.");
        return nullptr;
    }
    auto found = catalog_.require(kind, id);
    if (!found) {
        for (const auto& failure : found.error()) {
            fail(failure.code, std::string{used_by} + ": " + failure.message);
        }
        return nullptr;
    }
    return *found;
}

Scalar ScalarTable::maybe(const CatalogEntry* entry, std::string_view field) {
    const SourcedNumber* number = entry == nullptr ? nullptr : entry->number(field);
    if (number == nullptr) {
        return {};
    }
    std::string path = entry->kind + "." + entry->id + ".";
    path += field;
    if (const auto found = by_path_.find(path); found != by_path_.end()) {
        return found->second;
    }
    const Sourced<double> at = at_year(*number, year_);
    const double lower = lower_limit(path, number->dimension, at.value);
    const double upper = upper_limit(path, number->dimension, at.value);
    const Scalar scalar = push({.path = path,
                                .dimension = number->dimension,
                                .value = at.value,
                                .low = std::max(at.low, lower),
                                .high = std::min(at.high, upper),
                                .text = number->text,
                                .source = at.source,
                                .as_of = at.as_of,
                                .confidence = at.confidence,
                                .range_by_rule = at.range_by_rule,
                                .from_catalog = true,
                                .outside_dates = is_outside(*number, year_),
                                .distribution = at.distribution,
                                .lower = lower,
                                .upper = upper});
    by_path_.emplace(std::move(path), scalar);
    return scalar;
}

Scalar ScalarTable::need(const CatalogEntry* entry, std::string_view field) {
    const Scalar scalar = maybe(entry, field);
    if (entry != nullptr && !scalar.is_set()) {
        fail("catalog.missing_field", "Entry '" + entry->id + "' of " + entry->kind + " has no '" +
                                          std::string{field} +
                                          "', which this design needs; add it with its source.");
    }
    return scalar;
}

Scalar ScalarTable::setting(std::string_view path, const Setting& setting, Dimension dimension) {
    if (!setting.value) {
        return {};
    }
    return push({.path = prefix_ + std::string{path},
                 .dimension = dimension,
                 .value = *setting.value,
                 .low = setting.low.value_or(*setting.value),
                 .high = setting.high.value_or(*setting.value),
                 .text = setting.text,
                 .source = setting.source,
                 .as_of = {},
                 .confidence = Confidence::kDefinition,
                 .range_by_rule = false,
                 .from_catalog = false,
                 .distribution = {},
                 .lower = lower_limit(path, dimension, *setting.value),
                 .upper = upper_limit(path, dimension, *setting.value)});
}

Scalar ScalarTable::setting(std::string_view path, const Setting& setting, Dimension dimension,
                            std::string_view kind, std::string_view field) {
    if (setting.catalog_id.empty()) {
        return this->setting(path, setting, dimension);
    }
    return need(entry(kind, setting.catalog_id, path), field);
}

Scalar ScalarTable::need_setting(std::string_view path, const Setting& setting,
                                 Dimension dimension) {
    const Scalar scalar = this->setting(path, setting, dimension);
    if (!scalar.is_set()) {
        const std::string unit = default_unit(dimension);
        fail("design.missing", std::string{path} + " is missing; give a number" +
                                   (unit.empty() ? std::string{"."}
                                                 : " with its unit, for example in " + unit + "."));
    }
    return scalar;
}

Scalar ScalarTable::constant(std::string_view path, double value) {
    return push({.path = prefix_ + std::string{path},
                 .dimension = {},
                 .value = value,
                 .low = value,
                 .high = value});
}

Scalar ScalarTable::model_error(const CatalogEntry* entry, std::string_view field, double low,
                                double high) {
    if (entry == nullptr) {
        return {};
    }
    std::string path = entry->kind + "." + entry->id + ".";
    path += field;
    if (const auto found = by_path_.find(path); found != by_path_.end()) {
        return found->second;
    }
    const Scalar scalar = push({.path = path,
                                .dimension = {},
                                .value = 1.0,
                                .low = std::min(low, 1.0),
                                .high = std::max(high, 1.0),
                                .text = "1",
                                .source = "wafercast-residuals",
                                .as_of = {},
                                .confidence = Confidence::kMedium,
                                .range_by_rule = false,
                                .from_catalog = true,
                                .distribution = {},
                                .lower = 0.0});
    by_path_.emplace(std::move(path), scalar);
    return scalar;
}

void ScalarTable::fail(std::string code, std::string message) {
    Failure failure{.code = std::move(code), .message = std::move(message)};
    if (std::find(failures_.begin(), failures_.end(), failure) == failures_.end()) {
        failures_.push_back(std::move(failure));
    }
}

Scalar ScalarTable::push(ScalarOrigin origin) {
    const Scalar scalar{static_cast<std::uint32_t>(values_.size())};
    values_.push_back(origin.value);
    origins_.push_back(std::move(origin));
    return scalar;
}

}  // namespace wafercast
