#include "units/parse_quantity.hpp"

#include <clocale>
#include <cmath>
#include <gtest/gtest.h>

#include "units/units.hpp"

namespace wafercast {
namespace {

struct Reading {
    const char* text;
    double base;
    Dimension dimension;
};

class ReadsQuantity : public testing::TestWithParam<Reading> {};

TEST_P(ReadsQuantity, InBaseUnits) {
    const auto& [text, base, dimension] = GetParam();
    std::string problem;
    const auto read = parse_quantity(text, &problem);
    ASSERT_TRUE(read) << problem;
    EXPECT_DOUBLE_EQ(read->value, base);
    EXPECT_EQ(read->dimension, dimension) << dimension_name(read->dimension);
}

INSTANTIATE_TEST_SUITE_P(
    Everyday, ReadsQuantity,
    testing::Values(
        Reading{"814 mm2", 814e-6, dimension::area},
        Reading{"0.1 /cm2", 1000.0, dimension::per_area},
        Reading{"3.35 TB/s", 3.35e12, dimension::bandwidth},
        Reading{"0.08 USD/kWh", 0.08 / 3.6e6, dimension::money_per_energy},
        Reading{"75 %", 0.75, dimension::none}, Reading{"144", 144.0, dimension::none},
        Reading{"2_000_000", 2e6, dimension::none}, Reading{"4 x", 4.0, dimension::none},
        Reading{"7.495 TFLOP/s", 7.495e12, dimension::operation_rate},
        Reading{"138e6 /mm2", 138e12, dimension::per_area},
        Reading{"38 Mb/mm2", 38e6 / 8.0 * 1e6, dimension::information_per_area},
        Reading{"0.6 USD/Mtok", 0.6e-6, dimension::money_per_token},
        Reading{"1.5 pJ/bit", 12e-12, dimension::energy_per_information},
        Reading{"0.08 pJ/bit/mm", 6.4e-10, dimension::energy_per_information / dimension::length},
        Reading{"9 %/yr", 0.09 / 31557600.0, dimension::frequency},
        Reading{"1 month", 31557600.0 / 12.0, dimension::time},
        Reading{"150 USD/kW/month", 150.0 / 1e3 / 2629800.0, dimension::money_per_energy},
        Reading{"256 KiB", 262144.0, dimension::information},
        Reading{"60 MB", 6e7, dimension::information},
        Reading{"5.23 Gb/s", 5.23e9 / 8.0, dimension::bandwidth},
        Reading{"0.75 V", 0.75, dimension::voltage},
        Reading{"1.83GHz", 1.83e9, dimension::frequency},
        Reading{"300 mWh", 1080.0, dimension::energy},
        Reading{"10EFLOP/s", 1e19, dimension::operation_rate},
        Reading{"5 \u00b5m", 5e-6, dimension::length}, Reading{"3 mm\u00b2", 3e-6, dimension::area},
        Reading{"2 m^-2", 2.0, dimension::per_area},
        Reading{"1 kg*m2/s2", 1.0,
                dimension::mass* dimension::area / dimension::time / dimension::time},
        Reading{"-3 mm", -3e-3, dimension::length}, Reading{"+.5e1 s", 5.0, dimension::time},
        Reading{"3 BUSD", 3e9, dimension::money}, Reading{"0e999 m", 0.0, dimension::length}));

TEST(ParseQuantity, ShiftsTheDecimalPointWithoutRounding) {
    EXPECT_EQ(parse_quantity("25.4 mm")->value, 0.0254);
    EXPECT_EQ(parse_quantity("0.1 um2")->value, 0.1e-12);
    EXPECT_EQ(parse_quantity("700 kW")->value, 700e3);
    EXPECT_EQ(parse_unit("mm2")->value, 1e-6);
}

TEST(ParseQuantity, TellsWhetherAUnitWasWritten) {
    EXPECT_FALSE(parse_quantity("144")->has_unit);
    EXPECT_TRUE(parse_quantity("144 x")->has_unit);
    EXPECT_TRUE(parse_quantity("5 %")->has_unit);
}

TEST(ParseQuantity, DoesNotReadTheLocale) {
    // In a locale with a decimal comma, if one is installed, numbers still have a point.
    const char* changed = std::setlocale(LC_NUMERIC, "de_DE.UTF-8");
    EXPECT_EQ(parse_quantity("1.5 mm")->value, 1.5e-3);
    EXPECT_FALSE(parse_quantity("1,5 mm"));
    EXPECT_EQ(quantity_text(1.5e-3, "mm"), "1.5 mm");
    if (changed != nullptr) {
        std::setlocale(LC_NUMERIC, "C");
    }
}

struct Refusal {
    const char* text;
    const char* says;
};

class RefusesQuantity : public testing::TestWithParam<Refusal> {};

TEST_P(RefusesQuantity, AndSaysWhy) {
    std::string problem;
    EXPECT_FALSE(parse_quantity(GetParam().text, &problem));
    EXPECT_NE(problem.find(GetParam().says), std::string::npos) << problem;
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RefusesQuantity,
    testing::Values(Refusal{"", "missing"}, Refusal{"mm2", "expected a number"},
                    Refusal{"nan", "expected a number"}, Refusal{"inf", "expected a number"},
                    Refusal{"5 TFLOPS", "TFLOP/s"}, Refusal{"400 Gbps", "Gb/s"},
                    Refusal{"3 gb", "Gb (bits) or GB (bytes)"}, Refusal{"3 mw", "mW or MW"},
                    Refusal{"3 toke", "did you mean tok"}, Refusal{"3 EUR", "USD"},
                    Refusal{"3 zork", "unknown unit 'zork'"}, Refusal{"3 mm 2", "expected * or /"},
                    Refusal{"3 W/", "missing at the end"}, Refusal{"3 mm^", "expected a power"},
                    Refusal{"3 mm0", "1 to 9"}, Refusal{"3 mm22", "1 to 9"},
                    Refusal{"1,5 mm", "one point"}, Refusal{"1__0", "group digits"},
                    Refusal{"1_", "group digits"}, Refusal{"1.2.3", "one point"},
                    Refusal{"1e400 m", "outside the range"},
                    Refusal{"1e300 km9", "outside the range"},
                    Refusal{"3 m9*m9*m9*m9*m9*m9*m9", "too large"},
                    Refusal{"3 m/$", "expected a unit before"}));

TEST(QuantityText, WritesTheFewestDigits) {
    EXPECT_EQ(quantity_text(0.0254, "mm"), "25.4 mm");
    EXPECT_EQ(quantity_text(814e-6, "mm2"), "814 mm2");
    EXPECT_EQ(quantity_text(3.35e12, "GB/s"), "3350 GB/s");
    EXPECT_EQ(quantity_text(1000.0, "/cm2"), "0.1 /cm2");
    EXPECT_EQ(quantity_text(0.75, ""), "0.75");
    EXPECT_EQ(quantity_text(0.75, "%"), "75 %");
    EXPECT_EQ(quantity_text(0.0, "mm"), "0 mm");
    EXPECT_EQ(quantity_text(-1.5e-9, "m"), "-1.5e-9 m");
    EXPECT_EQ(quantity_text(1e30, "m"), "1e30 m");
    EXPECT_EQ(quantity_text(parse_quantity("0.08 USD/kWh")->value, "USD/kWh"), "0.08 USD/kWh");
}

TEST(DimensionName, NamesTheEverydayOnesAndComposesTheRest) {
    EXPECT_EQ(dimension_name(dimension::area), "area");
    EXPECT_EQ(dimension_name(dimension::money_per_energy), "money per energy");
    EXPECT_EQ(
        dimension_name(dimension::money * dimension::mass / dimension::time / dimension::time),
        "money and mass per time^2");
    EXPECT_EQ(dimension_name(inverse(dimension::mass)), "per mass");
}

TEST(DefaultUnit, HasTheDimensionItStandsFor) {
    namespace dim = dimension;
    for (const Dimension d : {dim::length,
                              dim::area,
                              dim::per_area,
                              dim::time,
                              dim::frequency,
                              dim::mass,
                              dim::temperature,
                              dim::charge,
                              dim::energy,
                              dim::power,
                              dim::voltage,
                              dim::current,
                              dim::information,
                              dim::bandwidth,
                              dim::money,
                              dim::token,
                              dim::operation,
                              dim::operation_rate,
                              dim::energy_per_information,
                              dim::energy_per_operation,
                              dim::power_density,
                              dim::money_per_area,
                              dim::money_per_power,
                              dim::money_per_energy,
                              dim::money_per_time,
                              dim::money_per_token,
                              dim::money_per_information,
                              dim::information_per_area,
                              dim::mass / dim::energy,
                              dim::money / dim::operation_rate,
                              dim::token / dim::money,
                              dim::mass / dim::token,
                              dim::mass * dim::charge,
                              inverse(dim::mass * dim::mass),
                              dim::operation / dim::information,
                              dim::area * dim::length}) {
        std::string problem;
        const auto unit = parse_unit(default_unit(d), &problem);
        ASSERT_TRUE(unit) << default_unit(d) << ": " << problem;
        EXPECT_EQ(unit->dimension, d) << default_unit(d);
    }
    EXPECT_EQ(default_unit(dimension::none), "");
    EXPECT_EQ(default_unit(dimension::money_per_token), "USD/Mtok");
}

}  // namespace
}  // namespace wafercast
