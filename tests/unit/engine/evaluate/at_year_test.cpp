#include "evaluate/at_year.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

SourcedNumber dated() {
    SourcedNumber number;
    number.points = {{.value = 100.0,
                      .low = 80.0,
                      .high = 120.0,
                      .source = "a",
                      .as_of = "2020",
                      .confidence = Confidence::kHigh,
                      .distribution = {},
                      .note = {}},
                     {.value = 400.0,
                      .low = 320.0,
                      .high = 480.0,
                      .source = "b",
                      .as_of = "2022",
                      .confidence = Confidence::kMedium,
                      .distribution = {},
                      .note = {}},
                     {.value = 200.0,
                      .low = 190.0,
                      .high = 210.0,
                      .source = "c",
                      .as_of = "2024",
                      .confidence = Confidence::kHigh,
                      .distribution = {},
                      .note = {}}};
    number.years = {2020.0, 2022.0, 2024.0};
    return number;
}

TEST(AtYear, IsLogLinearBetweenDates) {
    const auto figure = at_year(dated(), 2021.0);
    EXPECT_NEAR(figure.value, 200.0, 1e-12);  // sqrt(100 x 400)
    EXPECT_NEAR(figure.low, 160.0, 1e-12);
    EXPECT_NEAR(figure.high, 240.0, 1e-12);
    EXPECT_NEAR(at_year(dated(), 2020.5).value, 141.4213562373095, 1e-12);
}

TEST(AtYear, IsExactAtDatesAndClampedOutside) {
    EXPECT_EQ(at_year(dated(), 2022.0), dated().points[1]);
    EXPECT_EQ(at_year(dated(), 1999.0), dated().points[0]);
    EXPECT_EQ(at_year(dated(), 2050.0), dated().points[2]);
}

TEST(AtYear, WordsComeFromTheNearerDateAndConfidenceFromTheWeaker) {
    EXPECT_EQ(at_year(dated(), 2020.4).source, "a");
    EXPECT_EQ(at_year(dated(), 2020.4).confidence, Confidence::kMedium);
    EXPECT_EQ(at_year(dated(), 2023.9).as_of, "2024");
}

TEST(AtYear, AnUndatedFigureHoldsAlways) {
    SourcedNumber number;
    number.points = {dated().points[1]};
    EXPECT_EQ(at_year(number, 1990.0), number.points[0]);
    number.years = {2024.0};
    EXPECT_EQ(at_year(number, 2050.0), number.points[0]);
}

TEST(AtYear, IsStraightThroughZero) {
    SourcedNumber number;
    number.points = {{.value = 0.0,
                      .low = 0.0,
                      .high = 0.0,
                      .source = {},
                      .as_of = {},
                      .distribution = {},
                      .note = {}},
                     {.value = 10.0,
                      .low = 5.0,
                      .high = 20.0,
                      .source = {},
                      .as_of = {},
                      .distribution = {},
                      .note = {}}};
    number.years = {2020.0, 2030.0};
    EXPECT_DOUBLE_EQ(at_year(number, 2025.0).value, 5.0);
}

}  // namespace
}  // namespace wafercast
