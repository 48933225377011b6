#include "format/format_number.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "units/parse_quantity.hpp"
#include "units/units.hpp"

namespace wafercast {
namespace {

namespace dim = dimension;

TEST(FormatNumber, PicksTheUnitAPersonWould) {
    EXPECT_EQ(format_quantity(814e-6, dim::area), "814 mm2");
    EXPECT_EQ(format_quantity(3.35e12, dim::bandwidth), "3.35 TB/s");
    EXPECT_EQ(format_quantity(700.0, dim::power), "700 W");
    EXPECT_EQ(format_quantity(0.42e-6, dim::money_per_token), "$0.42/Mtok");
    EXPECT_EQ(format_quantity(18500.0, dim::money), "$18,500");
    EXPECT_EQ(format_quantity(1e3, dim::per_area), "0.1 /cm2");
    EXPECT_EQ(format_quantity(0.08 / 3.6e6, dim::money_per_energy), "$0.08/kWh");
    EXPECT_EQ(format_quantity(2.5 / 3600.0, dim::money_per_time), "$2.5/h");
    EXPECT_EQ(format_quantity(0.050, dim::time), "50 ms");
    EXPECT_EQ(format_quantity(25.4e-3, dim::length), "25.4 mm");
    EXPECT_EQ(format_quantity(989.4e12, dim::operation_rate, 4), "989.4 TFLOP/s");
    EXPECT_EQ(format_quantity(0.3, dim::energy / dim::token), "300 mJ/token");
    EXPECT_EQ(format_quantity(1.83e9, dim::frequency), "1.83 GHz");
    EXPECT_EQ(format_quantity(0.6, dim::none), "0.6");
    EXPECT_EQ(format_quantity(0.0, dim::power), "0 W");
}

TEST(FormatNumber, RoundingMovesToTheNextUnit) {
    EXPECT_EQ(format_quantity(999.96, dim::power), "1 kW");
    EXPECT_EQ(format_quantity(-999.96, dim::power), "-1 kW");
    EXPECT_EQ(format_number(0.00012349), "0.000123");
    EXPECT_EQ(format_number(123456.0), "123000");
    EXPECT_EQ(format_number(1.38e8), "1.38e+08");
    EXPECT_EQ(format_number(std::nan("")), "-");
}

TEST(FormatNumber, Money) {
    EXPECT_EQ(format_money(0.0), "$0");
    EXPECT_EQ(format_money(-12.345), "-$12.3");
    EXPECT_EQ(format_money(1234567.0), "$1.23 M");
    EXPECT_EQ(format_money(5.9e8), "$590 M");
    EXPECT_EQ(format_money(3.1e9), "$3.1 B");
    EXPECT_EQ(format_money(999999.0), "$1 M");
}

TEST(FormatNumber, CountsSharesAndBands) {
    EXPECT_EQ(format_count(1234567.0), "1,234,567");
    EXPECT_EQ(format_count(-1234.0), "-1,234");
    EXPECT_EQ(format_count(144.0), "144");
    EXPECT_EQ(format_count(12.5), "12.5");
    EXPECT_EQ(format_share(0.444), "44.4 %");
    EXPECT_EQ(format_band(0.3e-6, 0.42e-6, 0.6e-6, dim::money_per_token),
              "$0.42/Mtok ($0.3/Mtok to $0.6/Mtok)");
    EXPECT_EQ(format_band(1.0, 1.0, 1.0, dim::power), "1 W");
}

TEST(FormatNumber, JsonNumbersReadBack) {
    EXPECT_EQ(json_number(0.1), "0.1");
    EXPECT_EQ(json_number(2026.0), "2026");
    EXPECT_EQ(json_number(std::numeric_limits<double>::infinity()), "null");
    std::mt19937_64 random{1};
    for (int i = 0; i < 1000; ++i) {
        const double value =
            std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 150);
        EXPECT_EQ(std::strtod(json_number(value).c_str(), nullptr), value);
    }
}

TEST(FormatNumber, ShownQuantitiesAreThoseReadBack) {
    std::mt19937_64 random{2};
    std::uniform_real_distribution<double> exponent{-13.0, 19.0};
    for (const auto dimension :
         {dim::length, dim::area, dim::per_area, dim::time, dim::frequency, dim::energy, dim::power,
          dim::information, dim::bandwidth, dim::operation_rate, dim::energy_per_information,
          dim::energy_per_operation, dim::token, dim::voltage, dim::information_per_area,
          dim::energy / dim::token, dim::token / dim::time, dim::mass / dim::energy}) {
        for (int i = 0; i < 200; ++i) {
            const double value = std::pow(10.0, exponent(random));
            const auto text = format_quantity(value, dimension, 4);
            std::string problem;
            const auto read = parse_quantity(text, &problem);
            ASSERT_TRUE(read.has_value()) << text << ": " << problem;
            EXPECT_EQ(read->dimension, dimension) << text;
            EXPECT_NEAR(read->value / value, 1.0, 5.01e-4) << text;
        }
    }
}

}  // namespace
}  // namespace wafercast
