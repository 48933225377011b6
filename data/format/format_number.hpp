#pragma once

#include <string>
#include <string_view>

#include "units/quantity.hpp"

namespace wafercast {

/// Significant digits shown when nothing else is asked for.
inline constexpr int kShownDigits = 3;

/// A plain number with that many significant digits and no more zeros than it needs: 0.42,
/// 814, 1.38e+08. Not a number is "-".
std::string format_number(double value, int digits = kShownDigits);

/// A quantity in the unit a person would pick for its size: 8.14e-4 m2 is "814 mm2", 3.35e12 byte/s
/// is "3.35 TB/s", money is "$18,500" and money per something "$0.42/Mtok".
std::string format_quantity(double base_value, Dimension dimension, int digits = kShownDigits);

/// A quantity in a unit that is given: {8.14e-4, "mm2"} is "814 mm2".
std::string format_in_unit(double base_value, std::string_view unit, int digits = kShownDigits);

/// "$0.42", "$18,500", "$1.25 M", "-$3.1 B".
std::string format_money(double usd, int digits = kShownDigits);

/// A count with its thousands apart: "1,234,567"; above 1e15 with an exponent.
std::string format_count(double count);

/// "60 %".
std::string format_share(double share, int digits = kShownDigits);

/// A value with its P10 and P90: "$0.42/Mtok ($0.31/Mtok to $0.58/Mtok)"; the value alone when
/// there is no band.
std::string format_band(double low, double value, double high, Dimension dimension,
                        int digits = kShownDigits);

/// The shortest JSON number that reads back to the same double; "null" where JSON has none.
std::string json_number(double value);

}  // namespace wafercast
