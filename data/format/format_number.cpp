#include "format/format_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "units/parse_quantity.hpp"
#include "units/units.hpp"

namespace wafercast {
namespace {

namespace dim = dimension;

/// A unit, used from `from` of it upwards.
struct Step {
    std::string_view unit;
    double from;
};

struct Ladder {
    Dimension dimension;
    std::span<const Step> steps;  ///< from small to large; the first is used below the others
};

constexpr std::array kLength{Step{"nm", 0}, Step{"um", 1}, Step{"mm", 0.1}, Step{"m", 1},
                             Step{"km", 1}};
constexpr std::array kArea{Step{"um2", 0}, Step{"mm2", 0.001}, Step{"m2", 1}};
constexpr std::array kPerArea{Step{"/cm2", 0}, Step{"/mm2", 1e3}};
constexpr std::array kTime{Step{"ps", 0}, Step{"ns", 1},  Step{"us", 1},
                           Step{"ms", 1}, Step{"s", 1},   Step{"min", 5},
                           Step{"h", 2},  Step{"day", 2}, Step{"yr", 1}};
constexpr std::array kFrequency{Step{"%/yr", 0}, Step{"Hz", 0.01}, Step{"kHz", 1}, Step{"MHz", 1},
                                Step{"GHz", 1}};
constexpr std::array kMass{Step{"mg", 0}, Step{"g", 1}, Step{"kg", 1}};
constexpr std::array kVoltage{Step{"mV", 0}, Step{"V", 0.1}, Step{"kV", 1}};
constexpr std::array kCurrent{Step{"uA", 0}, Step{"mA", 1}, Step{"A", 1}, Step{"kA", 1}};
constexpr std::array kEnergy{Step{"fJ", 0},  Step{"pJ", 1},  Step{"nJ", 1}, Step{"uJ", 1},
                             Step{"mJ", 1},  Step{"J", 1},   Step{"kJ", 1}, Step{"MJ", 1},
                             Step{"kWh", 1}, Step{"MWh", 1}, Step{"GWh", 1}};
constexpr std::array kPower{Step{"nW", 0}, Step{"uW", 1}, Step{"mW", 1}, Step{"W", 1},
                            Step{"kW", 1}, Step{"MW", 1}, Step{"GW", 1}};
constexpr std::array kPowerDensity{Step{"mW/mm2", 0}, Step{"W/mm2", 0.01}};
constexpr std::array kInformation{Step{"bit", 0}, Step{"B", 1},  Step{"KB", 1}, Step{"MB", 1},
                                  Step{"GB", 1},  Step{"TB", 1}, Step{"PB", 1}, Step{"EB", 1}};
constexpr std::array kBandwidth{Step{"B/s", 0},  Step{"KB/s", 1}, Step{"MB/s", 1},
                                Step{"GB/s", 1}, Step{"TB/s", 1}, Step{"PB/s", 1}};
constexpr std::array kInformationPerArea{Step{"Kb/mm2", 0}, Step{"Mb/mm2", 1}, Step{"Gb/mm2", 1}};
constexpr std::array kOperation{Step{"FLOP", 0},  Step{"kFLOP", 1}, Step{"MFLOP", 1},
                                Step{"GFLOP", 1}, Step{"TFLOP", 1}, Step{"PFLOP", 1},
                                Step{"EFLOP", 1}};
constexpr std::array kOperationRate{Step{"FLOP/s", 0},  Step{"kFLOP/s", 1}, Step{"MFLOP/s", 1},
                                    Step{"GFLOP/s", 1}, Step{"TFLOP/s", 1}, Step{"PFLOP/s", 1},
                                    Step{"EFLOP/s", 1}};
constexpr std::array kEnergyPerOperation{Step{"fJ/FLOP", 0}, Step{"pJ/FLOP", 1},
                                         Step{"nJ/FLOP", 1}};
constexpr std::array kEnergyPerInformation{Step{"fJ/bit", 0}, Step{"pJ/bit", 0.1},
                                           Step{"nJ/bit", 1}};
constexpr std::array kEnergyPerToken{Step{"nJ/token", 0}, Step{"uJ/token", 1}, Step{"mJ/token", 1},
                                     Step{"J/token", 1}, Step{"kJ/token", 1}};
constexpr std::array kToken{Step{"token", 0}, Step{"Mtok", 1}, Step{"Gtok", 1}, Step{"Ttok", 1}};
constexpr std::array kTokenRate{Step{"token/s", 0}, Step{"Mtok/s", 1}};
constexpr std::array kMassPerEnergy{Step{"g/kWh", 0}, Step{"kg/kWh", 1}};
constexpr std::array kMassPerToken{Step{"mg/Mtok", 0}, Step{"g/Mtok", 1}, Step{"kg/Mtok", 1}};

constexpr std::array kLadders{Ladder{dim::length, kLength},
                              Ladder{dim::area, kArea},
                              Ladder{dim::per_area, kPerArea},
                              Ladder{dim::time, kTime},
                              Ladder{dim::frequency, kFrequency},
                              Ladder{dim::mass, kMass},
                              Ladder{dim::voltage, kVoltage},
                              Ladder{dim::current, kCurrent},
                              Ladder{dim::energy, kEnergy},
                              Ladder{dim::power, kPower},
                              Ladder{dim::power_density, kPowerDensity},
                              Ladder{dim::information, kInformation},
                              Ladder{dim::bandwidth, kBandwidth},
                              Ladder{dim::information_per_area, kInformationPerArea},
                              Ladder{dim::operation, kOperation},
                              Ladder{dim::operation_rate, kOperationRate},
                              Ladder{dim::energy_per_operation, kEnergyPerOperation},
                              Ladder{dim::energy_per_information, kEnergyPerInformation},
                              Ladder{dim::energy / dim::token, kEnergyPerToken},
                              Ladder{dim::token, kToken},
                              Ladder{dim::token / dim::time, kTokenRate},
                              Ladder{dim::mass / dim::energy, kMassPerEnergy},
                              Ladder{dim::mass / dim::token, kMassPerToken}};

double factor_of(std::string_view unit) {
    const auto parsed = parse_unit(unit);
    return parsed ? parsed->value : 1.0;
}

/// `value` rounded to that many significant digits, so that 999.96 W becomes 1 kW and not 1000 W.
double rounded(double value, int digits) {
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::scientific, std::max(digits, 1) - 1)
                         .ptr;
    double result = value;
    std::from_chars(buffer.data(), end, result);
    return result;
}

std::string_view pick(std::span<const Step> steps, double magnitude, int digits) {
    std::string_view unit = steps.front().unit;
    if (magnitude == 0.0) {
        return steps.size() > 2 ? steps[steps.size() / 2].unit : unit;
    }
    for (const auto& step : steps) {
        if (rounded(magnitude / factor_of(step.unit), digits) >= step.from) {
            unit = step.unit;
        }
    }
    return unit;
}

std::string grouped(std::string digits) {
    const std::size_t first = digits.front() == '-' ? 1 : 0;
    const auto point = std::min(digits.find('.'), digits.size());
    for (std::size_t at = point; at > first + 3; at -= 3) {
        digits.insert(at - 3, 1, ',');
    }
    return digits;
}

/// The unit money is divided by: "/Mtok"; nothing when the dimension is not money per something.
std::optional<std::string> money_per(Dimension dimension) {
    if (dimension.money != 1) {
        return std::nullopt;
    }
    const auto unit = default_unit(dimension);
    return unit.starts_with("USD") ? std::optional{unit.substr(3)} : std::nullopt;
}

}  // namespace

std::string format_number(double value, int digits) {
    if (std::isnan(value)) {
        return "-";
    }
    if (std::isinf(value)) {
        return value > 0 ? "inf" : "-inf";
    }
    const double shown = rounded(value, digits);
    std::array<char, 64> buffer{};
    const bool plain = shown == 0.0 || (std::abs(shown) >= 1e-4 && std::abs(shown) < 1e7);
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), shown == 0.0 ? 0.0 : shown,
                      plain ? std::chars_format::fixed : std::chars_format::scientific)
            .ptr;
    return {buffer.data(), end};
}

std::string format_in_unit(double base_value, std::string_view unit, int digits) {
    const auto number = format_number(base_value / factor_of(unit), digits);
    return unit.empty() ? number : number + " " + std::string{unit};
}

std::string format_quantity(double base_value, Dimension dimension, int digits) {
    if (dimension == dim::money) {
        return format_money(base_value, digits);
    }
    if (const auto per = money_per(dimension)) {
        return format_money(base_value / factor_of("USD" + *per), digits) + *per;
    }
    for (const auto& ladder : kLadders) {
        if (ladder.dimension == dimension && std::isfinite(base_value)) {
            return format_in_unit(base_value, pick(ladder.steps, std::abs(base_value), digits),
                                  digits);
        }
    }
    return format_in_unit(base_value, default_unit(dimension), digits);
}

std::string format_money(double usd, int digits) {
    if (!std::isfinite(usd)) {
        return "-";
    }
    const std::string sign = usd < 0.0 ? "-$" : "$";
    const double amount = rounded(std::abs(usd), digits);
    if (amount >= 1e9) {
        return sign + format_number(amount / 1e9, digits) + " B";
    }
    if (amount >= 1e6) {
        return sign + format_number(amount / 1e6, digits) + " M";
    }
    if (amount == 0.0) {
        return "$0";
    }
    return sign + grouped(format_number(amount, digits));
}

std::string format_count(double count) {
    if (!std::isfinite(count) || std::abs(count) >= 1e15) {
        return format_number(count);
    }
    if (count != std::floor(count)) {
        return std::abs(count) < 1000.0 ? format_number(count, 4) : format_count(std::round(count));
    }
    return grouped(std::to_string(static_cast<long long>(count)));
}

std::string format_share(double share, int digits) { return format_in_unit(share, "%", digits); }

std::string format_band(double low, double value, double high, Dimension dimension, int digits) {
    auto text = format_quantity(value, dimension, digits);
    if (low < value || high > value) {
        text += " (" + format_quantity(low, dimension, digits) + " to " +
                format_quantity(high, dimension, digits) + ")";
    }
    return text;
}

std::string json_number(double value) {
    if (!std::isfinite(value)) {
        return "null";
    }
    std::array<char, 64> buffer{};
    if (value == std::floor(value) && std::abs(value) < 1e15) {
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                       static_cast<long long>(value))
                             .ptr;
        return {buffer.data(), end};
    }
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

}  // namespace wafercast
