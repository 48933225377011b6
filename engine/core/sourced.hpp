#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "units/quantity.hpp"

namespace wafercast {

/// How far a figure is to be trusted. Standards and definitions have no range; the others get the
/// range rule of docs/models/uncertainty.md where their source states none.
enum class Confidence { kStandard, kDefinition, kHigh, kMedium, kLow };

inline constexpr std::array<std::string_view, 5> kConfidenceNames{"standard", "definition", "high",
                                                                  "medium", "low"};

[[nodiscard]] constexpr std::string_view name(Confidence confidence) {
    return kConfidenceNames[static_cast<std::size_t>(confidence)];
}

/// A figure with where it comes from. `low` and `high` are P10 and P90 of a split-lognormal about
/// `value` unless `distribution` names another; one catalog path is one draw.
template <class T>
struct Sourced {
    T value{};
    T low{};
    T high{};
    std::string source;  ///< key into docs/references.bib
    std::string as_of;   ///< "2024" or "2024-06"
    Confidence confidence = Confidence::kDefinition;
    bool range_by_rule = false;  ///< the range is the confidence class's, not the source's
    std::string distribution;    ///< empty: split-lognormal
    std::string note;
    friend bool operator==(const Sourced&, const Sourced&) = default;
};

/// A number of the catalog, in base units: one point, or several dated ones in ascending order.
struct SourcedNumber {
    Dimension dimension;
    std::vector<Sourced<double>> points;
    std::vector<double> years;  ///< decimal year of each point; empty for a single undated one
    std::string text;           ///< the (last) value as written, with its unit
    friend bool operator==(const SourcedNumber&, const SourcedNumber&) = default;
};

}  // namespace wafercast
