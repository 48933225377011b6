// A frozen design needs no catalog and gives the same numbers.
#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

TEST(Freeze, EveryShippedDesignGivesTheSameBytesWithoutTheCatalog) {
    const auto folder = scratch("frozen");
    std::filesystem::create_directories(folder / "empty" / "catalog");
    const std::map<std::string, std::string> no_catalog{
        {"WAFERCAST_DATA", (folder / "empty").string()}};
    ASSERT_EQ(run({"eval", design("h100-sxm")}, no_catalog).code, 2);  // the catalog is truly gone
    for (const std::string& name : shipped_designs()) {
        const std::string file = (folder / (name + ".toml")).string();
        ASSERT_EQ(run({"freeze", design(name), "-o", file}).code, 0) << name;
        const Ran before = run({"eval", design(name), "--format", "json", "--samples", "16"});
        const Ran after = run({"eval", file, "--format", "json", "--samples", "16"}, no_catalog);
        EXPECT_EQ(after.code, before.code) << name << after.err;
        EXPECT_TRUE(after.out == before.out) << name;
    }
}

TEST(Freeze, KeepsWhatWasSet) {
    const auto file = scratch("frozen-set") / "half.toml";
    ASSERT_EQ(
        run({"freeze", design("h100-sxm"), "--set", "blocks.sm.count=72", "-o", file.string()})
            .code,
        0);
    const Ran direct = run({"eval", design("h100-sxm"), "--set", "blocks.sm.count=72", "--format",
                            "csv", "--samples", "0", "--no-functional"});
    const Ran frozen =
        run({"eval", file.string(), "--format", "csv", "--samples", "0", "--no-functional"});
    EXPECT_EQ(frozen.out, direct.out);
}

}  // namespace
}  // namespace wafercast::cli_test
