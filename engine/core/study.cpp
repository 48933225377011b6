#include "core/study.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

constexpr double kMostPoints = 1e7;

/// The unit behind the number of a text: "20 mm" is "mm".
std::string unit_of(const std::string& text) {
    // Digits may end a unit ("mm2"): the number ends before the first letter that no exponent
    // explains.
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        const bool exponent = (c == 'e' || c == 'E') && at + 1 < text.size() &&
                              (std::isdigit(static_cast<unsigned char>(text[at + 1])) != 0 ||
                               text[at + 1] == '-' || text[at + 1] == '+');
        const bool sign =
            (c == '+' || c == '-') && (at == 0 || text[at - 1] == 'e' || text[at - 1] == 'E');
        if (std::isdigit(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_' && !exponent &&
            !sign) {
            break;
        }
        ++at;
    }
    const auto unit = text.find_first_not_of(' ', at);
    return unit == std::string::npos ? std::string{} : text.substr(unit);
}

/// The number in that unit with at most twelve digits: a step of 0.1 gives 0.3 and not
/// 0.30000000000000004.
std::string short_text(double base_value, const std::string& unit) {
    const auto factor = unit.empty() ? std::nullopt : parse_unit(unit);
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                   factor ? base_value / factor->value : base_value,
                                   std::chars_format::general, 12)
                         .ptr;
    return std::string{buffer.data(), end} + (unit.empty() ? "" : " " + unit);
}

}  // namespace

std::vector<std::string> study_points(const StudyVariable& variable) {
    if (!variable.values.empty() || variable.is_continuous()) {
        return variable.values;
    }
    const auto low = parse_quantity(variable.low);
    const auto high = parse_quantity(variable.high);
    const auto parsed_step = parse_quantity(variable.step);
    const double step = !variable.step.empty() && parsed_step ? parsed_step->value : 0.0;
    if (!low || !high) {
        return {};
    }
    const double span = high->value - low->value;
    double count = variable.count;
    if (step > 0.0) {
        count = std::min(std::floor(span / step + 1e-9) + 1.0, kMostPoints);
    }
    std::vector<std::string> points;
    const auto unit = unit_of(variable.low);
    for (double i = 0.0; i < count; ++i) {
        const double share = count > 1.0 ? i / (count - 1.0) : 0.0;
        double value = step > 0.0 ? low->value + i * step : low->value + share * span;
        if (variable.logarithmic) {
            value = low->value * std::exp(share * std::log(high->value / low->value));
        }
        if (step <= 0.0 && i > 0.0 && i == count - 1.0) {
            value = high->value;
        }
        points.push_back(short_text(value, unit));
    }
    return points;
}

}  // namespace wafercast
