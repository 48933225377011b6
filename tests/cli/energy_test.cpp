// Where a token's joules go, beside what physics asks for.
#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

Json energy(const std::string& name) {
    const Ran ran = run({"energy", design(name), "--format", "json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.json();
}

TEST(Energy, TreeIsThatOfTheEvaluationAndAddsUp) {
    const Json profile = energy("h100-sxm");
    const Json whole =
        run({"eval", design("h100-sxm"), "--samples", "0", "--no-functional", "--format", "json"})
            .json();
    EXPECT_EQ(profile["energy_tree"], whole["energy_tree"]);
    double sum = 0.0;
    for (const Json& child : profile["energy_tree"]["children"]) {
        sum += child["joules"].get<double>();
    }
    EXPECT_NEAR(sum, profile["energy_tree"]["joules"].get<double>(), 1e-12 * sum);
}

TEST(Energy, BatchingSpreadsTheReadingOfWeights) {
    const Json batches = energy("h100-sxm")["batches"];
    ASSERT_GE(batches.size(), 4U);
    for (std::size_t i = 1; i + 1 < batches.size(); ++i) {
        EXPECT_LE(batches[i]["movement_share"].get<double>(),
                  batches[i - 1]["movement_share"].get<double>() + 1e-9)
            << i;
        EXPECT_LT(batches[i]["joules_per_token"].get<double>(),
                  batches[i - 1]["joules_per_token"].get<double>())
            << i;
    }
    EXPECT_GT(batches.front()["movement_share"].get<double>(), 0.5);
}

TEST(Energy, EveryDesignStandsAboveTheLimitsOfPhysics) {
    for (const std::string& name : shipped_designs()) {
        const Ran ran = run({"energy", design(name), "--format", "json"});
        if (ran.code == 2) {
            EXPECT_NE(ran.err.find("serves no model"), std::string::npos) << name << ran.err;
            continue;
        }
        const Json limits = ran.json()["limits"];
        EXPECT_GE(limits["joules_per_op"], limits["datapath_joules_per_op"]) << name;
        EXPECT_GT(limits["datapath_joules_per_op"], limits["ideal_cmos_joules_per_op"]) << name;
        EXPECT_GT(limits["ideal_cmos_joules_per_op"], limits["landauer_joules_per_op"]) << name;
    }
}

TEST(Energy, ADesignThatBreaksALimitSaysSo) {
    const std::vector<std::string> set{"--set", "scenario.limits.tpot=1 us"};
    const Ran whole =
        run({"eval", design("h100-sxm"), "--samples", "0", "--no-functional", set[0], set[1]});
    const Ran ran = run({"energy", design("h100-sxm"), set[0], set[1]});
    EXPECT_EQ(whole.code, 1);
    EXPECT_EQ(ran.code, 1) << ran.err;
    EXPECT_NE(ran.err.find("tpot"), std::string::npos) << ran.err;
    for (const char* heading : {"At the scenario's utilisation, with the facility's share",
                                "At full load, without the facility", "in flight"}) {
        EXPECT_NE(ran.out.find(heading), std::string::npos) << heading << ran.out;
    }
    const Ran celsius = run({"energy", design("h100-sxm"), "--temperature", "85 degC"});
    EXPECT_EQ(celsius.code, 2);
    EXPECT_NE(celsius.err.find("358 K"), std::string::npos) << celsius.err;
}

TEST(CatalogShow, YearsAreWholeAndConstantsExplained) {
    const Ran device = run({"catalog", "show", "accelerators", "h100-sxm"});
    EXPECT_NE(device.out.find("year_introduced: 2022"), std::string::npos) << device.out;
    const Ran family = run({"catalog", "show", "families", "nvidia-hopper"});
    EXPECT_NE(family.out.find("(fixed time of a kernel): "), std::string::npos) << family.out;
}

TEST(Energy, RefusesABadTemperatureAndABadDesignTogether) {
    const Ran ran = run({"energy", "nowhere.toml", "--temperature", "3 m"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("--temperature"), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("nowhere.toml"), std::string::npos) << ran.err;
    EXPECT_TRUE(ran.out.empty());
}

}  // namespace
}  // namespace wafercast::cli_test
