#include "cli/quantity_options.hpp"

#include "units/parse_quantity.hpp"
#include "units/units.hpp"

namespace wafercast::cli {

namespace {

std::string wanted(Dimension dimension) {
    const std::string unit = default_unit(dimension);
    return unit.empty() ? std::string{"a plain number"}
                        : "a number with a unit of " + dimension_name(dimension) +
                              ", for example in " + unit;
}

}  // namespace

std::optional<double> QuantityOptions::read(const std::string& option, const std::string& text,
                                            Dimension dimension, Allow allow) {
    if (text.empty()) {
        return std::nullopt;
    }
    std::string problem;
    const auto parsed = parse_quantity(text, &problem);
    if (!parsed && dimension == wafercast::dimension::temperature) {
        fail(option, "'" + text + "': " + problem + " Write kelvin, for example 358 K (85 degC).");
        return std::nullopt;
    }
    if (!parsed) {
        fail(option, "'" + text + "': " + problem + " Write " + wanted(dimension) + ".");
        return std::nullopt;
    }
    if (parsed->dimension != dimension) {
        fail(option, "'" + text + "' is " +
                         (parsed->dimension == Dimension{} && parsed->has_unit
                              ? std::string{"a plain number"}
                          : parsed->has_unit ? "of " + dimension_name(parsed->dimension)
                                             : std::string{"a bare number"}) +
                         "; write " + wanted(dimension) + ".");
        return std::nullopt;
    }
    if (parsed->value < 0.0 || (parsed->value == 0.0 && allow == Allow::kPositive)) {
        fail(option, "'" + text + "' must be " +
                         (allow == Allow::kPositive ? "above zero." : "zero or more."));
        return std::nullopt;
    }
    return parsed->value;
}

void QuantityOptions::fail(const std::string& option, std::string message) {
    failures_.push_back({.code = "option.value",
                         .message = std::move(message),
                         .where = {.file = option, .line = 0, .column = 0}});
}

}  // namespace wafercast::cli
