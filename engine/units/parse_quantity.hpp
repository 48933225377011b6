#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "units/quantity.hpp"

namespace wafercast {

/// A number as read from text: its value in base units, its dimension, and whether a unit was
/// written.
struct ParsedQuantity {
    double value = 0.0;
    Dimension dimension;
    bool has_unit = false;
};

/// Reads "814 mm2", "0.1 /cm2", "3.35 TB/s", "0.08 USD/kWh", "75 %", "144", "7.495 TFLOP/s".
///
/// A unit is a product of symbols with powers: "pJ/bit/mm", "USD/kW/month", "m^2", "W/mm2". Symbols
/// are case-sensitive: b is a bit, B a byte; prefixes are decimal except KiB, MiB ... The text must
/// be finite and is read in the C locale; underscores may group digits ("2_000_000").
/// @return the quantity in base units, or nothing with the reason in `problem`.
std::optional<ParsedQuantity> parse_quantity(std::string_view text, std::string* problem = nullptr);

/// Reads a unit alone: "mm2" is {1e-6, area}.
std::optional<ParsedQuantity> parse_unit(std::string_view text, std::string* problem = nullptr);

/// The everyday name of a dimension: "area", "money per energy"; composed of base names otherwise.
std::string dimension_name(Dimension dimension);

/// The unit this project shows by default for a dimension: "mm2", "USD/kWh"; empty when
/// dimensionless.
std::string default_unit(Dimension dimension);

/// The number in that unit with the fewest digits that parse_quantity reads back to the same
/// double: {0.0254, "mm"} is "25.4 mm". Where no digits do (a year is no decimal multiple of a
/// second), the last bit may differ. An empty unit gives the number alone.
std::string quantity_text(double base_value, std::string_view unit);

}  // namespace wafercast
