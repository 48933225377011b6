#include "reader/text_tree.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "reader/simple_toml.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

TEST(TextTree, PlacesCountCodePoints) {
    const auto root = parse_toml("# é\n\"é\" = \"é\" # end\nn = 1e5\n", "t.toml");
    ASSERT_TRUE(root.has_value());
    ASSERT_EQ(root->members.size(), 2U);
    EXPECT_EQ(root->members[0].value.begin, (TextPosition{2, 7}));
    EXPECT_EQ(root->members[0].value.end, (TextPosition{2, 10}));
    EXPECT_EQ(root->members[1].value.text, "1e+05");
    const std::string text = "# é\n\"é\" = \"é\" # end\n";
    EXPECT_EQ(text.substr(byte_offset(text, {2, 7}), 4), "\"é\"");
}

TEST(TextTree, KeepsTheOrderOfTheFile) {
    const auto root = parse_toml("z = 1\na = 2\nm.x = 3\n", "t.toml");
    ASSERT_TRUE(root.has_value());
    EXPECT_EQ(root->members[0].key, "z");
    EXPECT_EQ(root->members[1].key, "a");
}

TEST(TextTree, RefusesWhatWouldRunOutOfStack) {
    std::string deep = "a";
    for (int i = 0; i < 100000; ++i) {
        deep += ".a";
    }
    EXPECT_FALSE(parse_toml(deep + " = 1\n", "t.toml").has_value());
    EXPECT_FALSE(parse_toml("[" + deep + "]\n", "t.toml").has_value());
    EXPECT_FALSE(parse_toml("a = " + std::string(100000, '[') + "\n", "t.toml").has_value());
    std::string tables = "a = ";
    for (int i = 0; i < 50000; ++i) {
        tables += "{a=";
    }
    EXPECT_FALSE(parse_toml(tables, "t.toml").has_value());
}

TEST(TextTree, QuotedTextReadsBack) {
    const std::string text = "a \"b\" \\ \t \n \x01 é '";
    const auto root = parse_toml("x = " + quoted_toml(text) + "\n", "t.toml");
    ASSERT_TRUE(root.has_value());
    EXPECT_EQ(root->find("x")->text, text);
}

TEST(SimpleToml, LeavesTheUnusualToTheFullParser) {
    for (const auto* text : {"a = 1",
                             "a.b = \"x\"",
                             "a = 'x'",
                             "a = \"\\n\"",
                             "a = \"é\"",
                             "[[a]]",
                             "[a.b]",
                             "a = \"\"\"x\"\"\"",
                             "a = \"x\"\na = \"y\"",
                             "a = { b = \"x\", }",
                             "a = truer",
                             "a = \"x\" b = \"y\"",
                             "a =",
                             "a",
                             "[a]\n[a]",
                             "a = [\"x\" \"y\"]",
                             "a = [,]",
                             "a = {,}",
                             "a = \"x\r\"",
                             "# \x01",
                             "= \"x\""}) {
        EXPECT_FALSE(parse_simple_toml(text).has_value()) << text;
    }
}

TEST(SimpleToml, ReadsWhatTheFullParserReads) {
    int simple_files = 0;
    int files = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator{fs::path{std::getenv("WAFERCAST_SOURCE_DIR")} / "data"}) {
        if (entry.path().extension() != ".toml") {
            continue;
        }
        const auto text = read_text_file(entry.path().string());
        ASSERT_TRUE(text.has_value());
        const auto full = parse_full_toml(*text, "t.toml");
        ASSERT_TRUE(full.has_value()) << entry.path();
        const auto simple = parse_simple_toml(*text);
        EXPECT_TRUE(!simple || *simple == *full) << entry.path();
        simple_files += simple ? 1 : 0;
        ++files;
    }
    EXPECT_GE(simple_files, files * 8 / 10) << "the short way is for nearly all catalog entries";
}

}  // namespace
}  // namespace wafercast
