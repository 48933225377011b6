#pragma once

#include "units/quantity.hpp"

namespace wafercast {

namespace dimension {
inline constexpr Dimension none{};
inline constexpr Dimension length{.length = 1};
inline constexpr Dimension area{.length = 2};
inline constexpr Dimension per_area{.length = -2};
inline constexpr Dimension time{.time = 1};
inline constexpr Dimension frequency{.time = -1};
inline constexpr Dimension mass{.mass = 1};
inline constexpr Dimension temperature{.temperature = 1};
inline constexpr Dimension charge{.charge = 1};
inline constexpr Dimension energy{.energy = 1};
inline constexpr Dimension power = energy / time;
inline constexpr Dimension voltage = energy / charge;
inline constexpr Dimension current = charge / time;
inline constexpr Dimension information{.information = 1};
inline constexpr Dimension bandwidth = information / time;
inline constexpr Dimension money{.money = 1};
inline constexpr Dimension token{.token = 1};
inline constexpr Dimension operation{.operation = 1};
inline constexpr Dimension operation_rate = operation / time;
inline constexpr Dimension energy_per_information = energy / information;
inline constexpr Dimension energy_per_operation = energy / operation;
inline constexpr Dimension power_density = power / area;
inline constexpr Dimension money_per_area = money / area;
inline constexpr Dimension money_per_power = money / power;
inline constexpr Dimension money_per_energy = money / energy;
inline constexpr Dimension money_per_time = money / time;
inline constexpr Dimension money_per_token = money / token;
inline constexpr Dimension money_per_information = money / information;
inline constexpr Dimension information_per_area = information / area;
}  // namespace dimension

using Length = Quantity<dimension::length>;
using Area = Quantity<dimension::area>;
using PerArea = Quantity<dimension::per_area>;
using Time = Quantity<dimension::time>;
using Frequency = Quantity<dimension::frequency>;
using Mass = Quantity<dimension::mass>;
using Temperature = Quantity<dimension::temperature>;
using Charge = Quantity<dimension::charge>;
using Energy = Quantity<dimension::energy>;
using Power = Quantity<dimension::power>;
using Voltage = Quantity<dimension::voltage>;
using Information = Quantity<dimension::information>;
using Bandwidth = Quantity<dimension::bandwidth>;
using Money = Quantity<dimension::money>;
using Tokens = Quantity<dimension::token>;
using Operations = Quantity<dimension::operation>;
using OperationRate = Quantity<dimension::operation_rate>;

/// Unit symbols in the spelling of the field. The unmistakable ones are also in `wafercast`;
/// one-letter symbols and everyday words stay here so that they shadow nobody's variables.
namespace units {
inline constexpr Length m = Length::from_base(1.0);
inline constexpr Length cm = Length::from_base(1e-2);
inline constexpr Length mm = Length::from_base(1e-3);
inline constexpr Length um = Length::from_base(1e-6);
inline constexpr Area cm2 = cm * cm;
inline constexpr Area mm2 = mm * mm;
inline constexpr Time s = Time::from_base(1.0);
inline constexpr Time ms = Time::from_base(1e-3);
inline constexpr Time us = Time::from_base(1e-6);
inline constexpr Time hour = Time::from_base(3600.0);
inline constexpr Time day = Time::from_base(86400.0);
/// Julian year, 365.25 days.
inline constexpr Time year = Time::from_base(31557600.0);
inline constexpr Frequency Hz = Frequency::from_base(1.0);
inline constexpr Frequency GHz = Frequency::from_base(1e9);
inline constexpr Mass kg = Mass::from_base(1.0);
inline constexpr Temperature K = Temperature::from_base(1.0);
inline constexpr Charge C = Charge::from_base(1.0);
inline constexpr Energy J = Energy::from_base(1.0);
inline constexpr Energy pJ = Energy::from_base(1e-12);
inline constexpr Energy kWh = Energy::from_base(3.6e6);
inline constexpr Power W = J / s;
inline constexpr Power kW = 1000.0 * W;
inline constexpr Voltage V = J / C;
inline constexpr Information byte = Information::from_base(1.0);
inline constexpr Information bit = Information::from_base(0.125);
inline constexpr Information GB = Information::from_base(1e9);
inline constexpr Money USD = Money::from_base(1.0);
inline constexpr Tokens token = Tokens::from_base(1.0);
inline constexpr Tokens Mtok = Tokens::from_base(1e6);
inline constexpr Operations FLOP = Operations::from_base(1.0);
inline constexpr OperationRate TFLOPs = OperationRate::from_base(1e12);
}  // namespace units

using units::cm;
using units::cm2;
using units::GB;
using units::GHz;
using units::kWh;
using units::mm;
using units::mm2;
using units::Mtok;
using units::pJ;
using units::TFLOPs;
using units::um;
using units::USD;

}  // namespace wafercast
