// What the documents name is there: files of the tour, commands and options of the command line.
#include <gtest/gtest.h>
#include <regex>
#include <set>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

std::set<std::string> matches(const std::string& text, const char* pattern) {
    const std::regex expression{pattern};
    std::set<std::string> found;
    for (std::sregex_iterator at{text.begin(), text.end(), expression}, end; at != end; ++at) {
        found.insert((*at)[1].str());
    }
    return found;
}

std::string help_of_every_command() {
    std::string all = run({"--help"}).out;
    for (std::vector<std::string> command : commands()) {
        command.emplace_back("--help");
        all += run(command).out;
    }
    return all;
}

TEST(Documents, EveryFileOfTheTourExists) {
    const std::string tour = read_file(source_dir() / "docs" / "tour.md");
    const auto paths = matches(tour, "`([a-z]+/[^`* ]+)`");
    EXPECT_GE(paths.size(), 20U);
    for (const std::string& path : paths) {
        EXPECT_TRUE(std::filesystem::exists(source_dir() / path)) << path;
    }
}

TEST(Documents, EveryOptionOfEveryCommandIsDocumented) {
    const std::string document = read_file(source_dir() / "docs" / "cli.md");
    const std::string help = help_of_every_command();
    const auto options = matches(help, "[ ,](--[a-z0-9][a-z0-9-]*)");
    EXPECT_GE(options.size(), 20U);
    for (const std::string& option : options) {
        const bool output = option == "--output";  // written -o
        EXPECT_NE(document.find(output ? "-o " : option), std::string::npos) << option;
    }
}

TEST(Documents, EveryDocumentedOptionExists) {
    const std::string document = read_file(source_dir() / "docs" / "cli.md");
    const std::string help = help_of_every_command();
    for (const std::string& option : matches(document, "[` \\[(](--[a-z0-9][a-z0-9-]*)")) {
        EXPECT_NE(help.find(option), std::string::npos) << option;
    }
}

}  // namespace
}  // namespace wafercast::cli_test
