#include "format/text_table.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

TEST(TextTable, AlignsColumns) {
    TextTable table{{{"die", TextTable::Align::kLeft}, {"area", TextTable::Align::kRight}}};
    table.add({"gpu", "814 mm2"});
    table.add({"größe", "9 mm2", "left out"});
    table.add({"x"});
    EXPECT_EQ(table.text(),
              "die       area\n"
              "-----  -------\n"
              "gpu    814 mm2\n"
              "größe    9 mm2\n"
              "x\n");
}

TEST(TextTable, WithoutTitles) {
    TextTable table{{{"", TextTable::Align::kLeft}, {"", TextTable::Align::kLeft}}};
    table.add({"a", "b"});
    EXPECT_EQ(table.text("  "), "  a  b\n");
}

TEST(Csv, QuotesOnlyWhereNeeded) {
    EXPECT_EQ(csv_field("plain text"), "plain text");
    EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
    EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
    EXPECT_EQ(csv_row({"a", "b\nc", ""}), "a,\"b\nc\",\n");
}

}  // namespace
}  // namespace wafercast
