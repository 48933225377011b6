#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "units/parse_quantity.hpp"
#include "units/units.hpp"

namespace wafercast {
namespace {

struct Named {
    Dimension dimension;
    std::string_view name;
    std::string_view unit;
};

const std::vector<Named>& everyday_dimensions() {
    namespace dim = dimension;
    static const std::vector<Named> table{
        {dim::none, "plain number", ""},
        {dim::length, "length", "mm"},
        {dim::area, "area", "mm2"},
        {dim::length * dim::area, "volume", "mm3"},
        {dim::per_area, "density per area", "/cm2"},
        {dim::time, "time", "s"},
        {dim::frequency, "frequency", "GHz"},
        {dim::mass, "mass", "kg"},
        {dim::temperature, "temperature", "K"},
        {dim::charge, "charge", "C"},
        {dim::current, "current", "A"},
        {dim::voltage, "voltage", "V"},
        {dim::energy, "energy", "J"},
        {dim::power, "power", "W"},
        {dim::power_density, "power per area", "W/mm2"},
        {dim::information, "amount of data", "GB"},
        {dim::bandwidth, "bandwidth", "GB/s"},
        {dim::bandwidth / dim::length, "bandwidth per length", "GB/s/mm"},
        {dim::information_per_area, "data per area", "Mb/mm2"},
        {dim::operation, "operations", "FLOP"},
        {dim::operation_rate, "operation rate", "TFLOP/s"},
        {dim::operation_rate / dim::area, "operation rate per area", "TFLOP/s/mm2"},
        {dim::operation_rate / dim::power, "operations per energy", "TFLOP/J"},
        {dim::operation / dim::information, "operations per byte", "FLOP/B"},
        {dim::energy_per_operation, "energy per operation", "pJ/FLOP"},
        {dim::energy_per_information, "energy per data", "pJ/bit"},
        {dim::energy_per_information / dim::length, "energy per data and length", "pJ/bit/mm"},
        {dim::token, "tokens", "token"},
        {dim::token / dim::time, "token rate", "token/s"},
        {dim::energy / dim::token, "energy per token", "J/token"},
        {dim::token / dim::energy, "tokens per energy", "token/J"},
        {dim::token / dim::money, "tokens per money", "Mtok/USD"},
        {dim::money, "money", "USD"},
        {dim::money_per_area, "money per area", "USD/mm2"},
        {dim::money_per_power, "money per power", "USD/kW"},
        {dim::money_per_energy, "money per energy", "USD/kWh"},
        {dim::money_per_time, "money per time", "USD/h"},
        {dim::money_per_token, "money per token", "USD/Mtok"},
        {dim::money_per_information, "money per data", "USD/GB"},
        {dim::money / dim::operation_rate, "money per operation rate", "USD/TFLOP*s"},
        {dim::mass / dim::energy, "mass per energy", "kg/kWh"},
        {dim::mass / dim::area, "mass per area", "kg/cm2"},
        {dim::mass / dim::token, "mass per token", "g/Mtok"},
    };
    return table;
}

struct Power {
    int exponent;
    std::string_view name;
    std::string_view unit;
};

std::array<Power, 10> base_powers(Dimension d) {
    return {{{d.money, "money", "USD"},
             {d.energy, "energy", "J"},
             {d.operation, "operation", "FLOP"},
             {d.information, "data", "B"},
             {d.token, "token", "token"},
             {d.mass, "mass", "kg"},
             {d.charge, "charge", "C"},
             {d.temperature, "temperature", "K"},
             {d.length, "length", "m"},
             {d.time, "time", "s"}}};
}

std::string composed_name(Dimension dimension) {
    std::string above;
    std::string below;
    for (const auto& [exponent, name, unit] : base_powers(dimension)) {
        if (exponent == 0) {
            continue;
        }
        std::string& part = exponent > 0 ? above : below;
        part += (part.empty() ? "" : " and ") + std::string{name};
        if (std::abs(exponent) > 1) {
            part += "^" + std::to_string(std::abs(exponent));
        }
    }
    return below.empty() ? above : (above.empty() ? "" : above + " ") + "per " + below;
}

std::string composed_unit(Dimension dimension) {
    std::string above;
    std::string below;
    for (const auto& [exponent, name, unit] : base_powers(dimension)) {
        if (exponent == 0) {
            continue;
        }
        const std::string power = std::abs(exponent) > 1 ? std::to_string(std::abs(exponent)) : "";
        if (exponent > 0) {
            above += (above.empty() ? "" : "*") + std::string{unit} + power;
        } else {
            below += "/" + std::string{unit} + power;
        }
    }
    return above + below;
}

}  // namespace

std::string dimension_name(Dimension dimension) {
    for (const auto& named : everyday_dimensions()) {
        if (named.dimension == dimension) {
            return std::string{named.name};
        }
    }
    return composed_name(dimension);
}

std::string default_unit(Dimension dimension) {
    for (const auto& named : everyday_dimensions()) {
        if (named.dimension == dimension) {
            return std::string{named.unit};
        }
    }
    return composed_unit(dimension);
}

}  // namespace wafercast
