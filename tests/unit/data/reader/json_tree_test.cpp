#include "reader/json_tree.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

TEST(JsonTree, KeepsValuesTextsAndPlaces) {
    const auto root = parse_json(
        "{\"a\": [1, -2.5e3, true, null],\n  \"b\": {\"c\": \"x\\n\\u00e9\\\"\"}}", "f.json");
    ASSERT_TRUE(root.has_value());
    const TextNode* a = root->find("a");
    ASSERT_NE(a, nullptr);
    ASSERT_EQ(a->items.size(), 4U);
    EXPECT_EQ(a->items[0].kind, TextNode::Kind::kInteger);
    EXPECT_EQ(a->items[1].number, -2500.0);
    EXPECT_TRUE(a->items[2].boolean);
    EXPECT_TRUE(a->items[3].is_table());
    const TextNode* c = root->find("b")->find("c");
    ASSERT_NE(c, nullptr);
    EXPECT_EQ(c->text, "x\n\xC3\xA9\"");
    EXPECT_EQ(c->begin, (TextPosition{2, 14}));
}

TEST(JsonTree, EveryBrokenTextIsRefusedWithItsPlace) {
    for (const char* text :
         {"", "{", "[1,]", "{\"a\" 1}", "{\"a\": 1, \"a\": 2}", "[1] 2", "\"open", "\"\\q\"",
          "\"\\u12\"", "\"\\ud800\"", "1e999", "-", "01x", "nul", "{a: 1}", "[\"\t\"]"}) {
        const auto root = parse_json(text, "f.json");
        ASSERT_FALSE(root.has_value()) << text;
        EXPECT_EQ(root.error().front().code, "text.syntax");
        EXPECT_EQ(root.error().front().where.file, "f.json");
        EXPECT_GE(root.error().front().where.line, 1);
    }
    EXPECT_FALSE(parse_json(std::string(100000, '['), "f.json").has_value());
    EXPECT_EQ(parse_json("[1,\n  oops]", "f.json").error().front().where.line, 2);
}

}  // namespace
}  // namespace wafercast
