// Whole pages of three designs. A difference is read and understood, then `tests/golden/update`
// accepts it.
#include <gtest/gtest.h>
#include <sstream>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// The lines that differ, old and new, so that a failure reads like a diff.
std::string difference(const std::string& before, const std::string& after) {
    const auto old_lines = lines_of(before);
    const auto new_lines = lines_of(after);
    std::string out;
    for (std::size_t i = 0; i < std::max(old_lines.size(), new_lines.size()); ++i) {
        const std::string a = i < old_lines.size() ? old_lines[i] : "";
        const std::string b = i < new_lines.size() ? new_lines[i] : "";
        if (a != b) {
            out += "- " + a + "\n+ " + b + "\n";
        }
    }
    return out;
}

class GoldenReport : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenReport, IsTheSameToTheLastCharacterOnAnyThreadCount) {
    const std::string expected =
        read_file(source_dir() / "tests" / "data" / "golden" / (std::string{GetParam()} + ".txt"));
    ASSERT_FALSE(expected.empty()) << "run tests/golden/update";
    for (const char* threads : {"1", "2"}) {
        const Ran ran = run({"eval", design(GetParam()), "--samples", "256", "--seed", "1",
                             "--threads", threads, "--quiet"});
        EXPECT_TRUE(ran.code == 0 || ran.code == 1) << ran.err;
        EXPECT_TRUE(ran.out == expected)
            << difference(expected, ran.out) << "Understood? Run tests/golden/update.";
    }
}

INSTANTIATE_TEST_SUITE_P(Designs, GoldenReport, ::testing::Values("h100-sxm", "quad", "epyc-zen1"),
                         [](const auto& tested) {
                             std::string name = tested.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(GoldenReports, TheReadmeShowsTheFirstLinesOfOne) {
    const std::string readme = read_file(source_dir() / "README.md");
    const auto lines =
        lines_of(read_file(source_dir() / "tests" / "data" / "golden" / "h100-sxm.txt"));
    ASSERT_GE(lines.size(), 10U);
    std::string shown = "```text\n";
    for (std::size_t i = 0; i < 10; ++i) {
        shown += lines[i] + "\n";
    }
    EXPECT_NE(readme.find(shown + "```\n"), std::string::npos) << "run tests/golden/update";
}

}  // namespace
}  // namespace wafercast::cli_test
