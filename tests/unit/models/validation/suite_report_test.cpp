#include "validation/suite_report.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "validation/reference_table.hpp"

namespace wafercast {
namespace {

ValidationCase one(std::size_t row, const char* quantity, double expected, double actual,
                   double half_band = 0.0) {
    return {row, quantity, "g", expected, actual, actual - half_band, actual + half_band};
}

TEST(SuiteReport, RelativeErrorFallsBackToTheDifferenceAtZero) {
    EXPECT_DOUBLE_EQ(one(0, "q", -4.0, -3.0).rel_error(), 0.25);
    EXPECT_DOUBLE_EQ(one(0, "q", 0.0, 0.125).rel_error(), 0.125);
    EXPECT_EQ(one(0, "q", NAN, NAN).rel_error(), 0.0);
    EXPECT_TRUE(std::isinf(one(0, "q", NAN, 1.0).rel_error()));
}

// Worked by hand: quantity a errs by 0.1 and 0.3, quantity b by -0.5.
TEST(SuiteReport, MeansGoByQuantityMediansAndMaximaByCase) {
    SuiteReport report;
    report.cases = {one(0, "a", 10.0, 11.0, 1.0), one(1, "a", 10.0, 13.0, 1.0),
                    one(1, "b", 10.0, 5.0)};
    report.skipped = {{2, "reason"}};
    report.excluded = {{3, "left out"}};
    summarise(report, 4);
    EXPECT_EQ(report.rows, 3U);
    EXPECT_EQ(report.predicted, 2U);
    EXPECT_FALSE(report.counts());  // 2 of 3
    EXPECT_NEAR(report.mean_abs_rel_error, (0.2 + 0.5) / 2.0, 1e-15);
    EXPECT_NEAR(report.median_abs_rel_error, 0.3, 1e-15);
    EXPECT_NEAR(report.max_abs_rel_error, 0.5, 1e-15);
    EXPECT_NEAR(report.bias, (0.1 + 0.3 - 0.5) / 3.0, 1e-15);
    EXPECT_NEAR(report.p10_p90_coverage, 1.0 / 3.0, 1e-15);
    ASSERT_EQ(report.by_quantity.size(), 2U);
    EXPECT_EQ(report.by_quantity[0].rows, 2U);
}

TEST(ReferenceTable, ReadsQuotesCommentsAndEveryLineEnd) {
    const auto table = read_reference_text(
        "# source, with a comma\r\na,b\r\n1,\"x, \"\"y\"\"\"\r\n# note\n2,\"two\nlines\"\n3,z",
        "t.csv");
    ASSERT_TRUE(table.has_value());
    ASSERT_EQ(table->rows.size(), 3U);
    EXPECT_EQ(table->rows[0].cells.at("b"), "x, \"y\"");
    EXPECT_EQ(table->rows[1].cells.at("b"), "two\nlines");
    EXPECT_EQ(table->rows[1].line, 5);
    EXPECT_EQ(table->rows[2].line, 7);
}

TEST(ReferenceTable, ReportsEveryRowOfTheWrongWidth) {
    const auto table = read_reference_text("a,b\n1\n1,2\n1,2,3\n", "t.csv");
    ASSERT_FALSE(table.has_value());
    ASSERT_EQ(table.error().size(), 2U);
    EXPECT_EQ(table.error()[0].where.line, 2);
    EXPECT_EQ(table.error()[1].where.line, 4);
}

}  // namespace
}  // namespace wafercast
