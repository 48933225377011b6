#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/design.hpp"
#include "core/resolved_design.hpp"

namespace wafercast {

/// Numbers scalars while a design is resolved, and collects every problem on the way. A catalog
/// path gets one scalar however often it is used: one id is one draw.
class ScalarTable {
public:
    ScalarTable(const Catalog& catalog, double year) : catalog_{catalog}, year_{year} {}

    /// The entry, or nullptr with the problem noted. An empty id is a missing part of the design.
    const CatalogEntry* entry(std::string_view kind, std::string_view id, std::string_view used_by);

    /// A field that the entry must have; unset (with the problem noted) when it has not.
    Scalar need(const CatalogEntry* entry, std::string_view field);
    /// A field that the entry may have.
    Scalar maybe(const CatalogEntry* entry, std::string_view field);

    /// A number of the design; unset when the design leaves it out.
    Scalar setting(std::string_view path, const Setting& setting, Dimension dimension);
    /// The same, taken from `field` of an entry of `kind` when the setting refers to the catalog.
    Scalar setting(std::string_view path, const Setting& setting, Dimension dimension,
                   std::string_view kind, std::string_view field);
    /// The same, but noted as a problem when unset.
    Scalar need_setting(std::string_view path, const Setting& setting, Dimension dimension);

    /// A number that is neither the design's nor the catalog's (a count of one).
    Scalar constant(std::string_view path, double value);

    /// A factor of one that says how far a model of `entry` is off: measured over predicted,
    /// P10 `low` and P90 `high`. One path is one draw.
    Scalar model_error(const CatalogEntry* entry, std::string_view field, double low, double high);

    /// Put before the paths of the design's own numbers from here on.
    void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

    void fail(std::string code, std::string message);

    [[nodiscard]] double value(Scalar scalar, double fallback) const {
        return scalar.is_set() ? values_[scalar.index] : fallback;
    }
    [[nodiscard]] const Catalog& catalog() const { return catalog_; }
    [[nodiscard]] double year() const { return year_; }
    [[nodiscard]] const Failures& failures() const { return failures_; }
    [[nodiscard]] std::vector<double> take_values() { return std::move(values_); }
    [[nodiscard]] std::vector<ScalarOrigin> take_origins() { return std::move(origins_); }

private:
    Scalar push(ScalarOrigin origin);

    const Catalog& catalog_;
    double year_;
    std::string prefix_;
    std::vector<double> values_;
    std::vector<ScalarOrigin> origins_;
    std::map<std::string, Scalar, std::less<>> by_path_;
    Failures failures_;
};

}  // namespace wafercast
