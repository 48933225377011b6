#include "units/quantity.hpp"

#include <gtest/gtest.h>
#include <type_traits>

#include "units/units.hpp"

namespace wafercast {
namespace {

TEST(Quantity, ComposesDimensionsAndCancelsThem) {
    static_assert(std::is_same_v<decltype(cm * mm), Area>);
    static_assert(std::is_same_v<decltype(USD / USD), double>);
    static_assert(std::is_same_v<decltype(units::W * units::s), Energy>);
    EXPECT_DOUBLE_EQ((400.0 * mm2).in(cm2), 4.0);
    EXPECT_DOUBLE_EQ((0.1 / cm2) * (400.0 * mm2), 0.4);
    EXPECT_DOUBLE_EQ((units::kW * units::hour).in(kWh), 1.0);
    EXPECT_DOUBLE_EQ((8.0 * units::bit).in(units::byte), 1.0);
}

TEST(Quantity, AddsAndCompares) {
    Length length = 1.0 * cm;
    length += 2.0 * mm;
    length -= 1.0 * mm;
    EXPECT_DOUBLE_EQ(length.in(mm), 11.0);
    EXPECT_LT(-length, 1.0 * mm);
    EXPECT_EQ(length / 2.0 + length / 2.0, length);
}

}  // namespace
}  // namespace wafercast
