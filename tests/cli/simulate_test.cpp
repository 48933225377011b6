// `wafercast simulate`: the simulator beside the closed form, traces, the frontier, exit codes.
#include <cmath>
#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

Ran simulate(std::vector<std::string> more) {
    std::vector<std::string> arguments{"simulate", design("h100-sxm"), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
}

TEST(Simulate, StandsBesideTheClosedForm) {
    const Ran ran = simulate({"--rate", "2 /s", "--requests", "1500", "--format", "json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json json = ran.json();
    EXPECT_EQ(json["schema"], "wafercast.simulation/1");
    EXPECT_TRUE(json["feasible"]);
    const double measured = json["simulated"]["tpot_s"]["mean"];
    const double predicted = json["closed_form"]["tpot_s"];
    EXPECT_NEAR(predicted / measured, 1.0, 0.05);
    EXPECT_LE(json["simulated"]["ttft_s"]["p50"], json["simulated"]["ttft_s"]["p99"]);
    EXPECT_GT(json["usd_per_mtok"], 0.0);
    EXPECT_EQ(simulate({"--rate", "2 /s", "--requests", "1500", "--format", "json"}).out, ran.out);
    EXPECT_NE(
        simulate({"--rate", "2 /s", "--requests", "1500", "--seed", "2", "--format", "json"}).out,
        ran.out);
}

TEST(Simulate, ShowsTablesAndRows) {
    const Ran table = simulate({"--concurrency", "16", "--requests", "200"});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_NE(table.out.find("closed form"), std::string::npos);
    EXPECT_NE(table.out.find("16 clients"), std::string::npos);
    const Ran csv = simulate({"--offline", "--requests", "50", "--format", "csv"});
    EXPECT_EQ(csv.out.rfind("quantity,mean,p50,p90,p99,closed_form\n", 0), 0u);
}

TEST(Simulate, ServesATrace) {
    const auto file = scratch("simulate_trace") / "trace.csv";
    std::string text = "arrival_s,input_tokens,output_tokens\n";
    for (int i = 0; i < 100; ++i) {
        text += std::to_string(i * 0.5) + "," + std::to_string(100 + i) + ",50\n";
    }
    write_file(file, text);
    const Ran ran = simulate({"--trace", file.string(), "--format", "json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.json()["simulated"]["requests"], 100);
}

TEST(Simulate, TellsEveryProblemAtOnce) {
    const auto file = scratch("simulate_bad") / "trace.csv";
    write_file(file, "arrival_s,input_tokens,output_tokens\n1,a,3\n2,5,b\n");
    const Ran ran = simulate({"--trace", file.string(), "--offline"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("trace.csv:2:3:"), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("trace.csv:3:5:"), std::string::npos);
    EXPECT_NE(ran.err.find("--offline"), std::string::npos);
    EXPECT_TRUE(ran.out.empty());
    EXPECT_EQ(simulate({"--rate", "2"}).code, 2);
    EXPECT_EQ(simulate({"--trace", "/nowhere.csv"}).code, 2);
}

TEST(Simulate, OverloadIsInfeasible) {
    const Ran ran = simulate({"--rate", "500 /s", "--requests", "300", "--format", "json"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_FALSE(ran.json()["feasible"]);
    EXPECT_FALSE(ran.json()["missed"].empty());
}

// Users that wait longer are served cheaper, never dearer.
TEST(Simulate, TheFrontierFalls) {
    const Ran ran = simulate({"--frontier", "--points", "6", "--format", "json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json points = ran.json()["points"];
    ASSERT_EQ(points.size(), 6u);
    for (std::size_t i = 1; i < points.size(); ++i) {
        EXPECT_LE(points[i]["usd_per_mtok"].get<double>(),
                  1.0001 * points[i - 1]["usd_per_mtok"].get<double>());
        EXPECT_LE(points[i]["tpot_s"].get<double>(), points[i]["tpot_limit_s"].get<double>());
    }
    EXPECT_LT(points[5]["usd_per_mtok"].get<double>(),
              0.5 * points[0]["usd_per_mtok"].get<double>());
}

TEST(Simulate, ModesAreSettingsOfTheDesign) {
    const Ran plain = simulate({"--concurrency", "64", "--requests", "400", "--format", "json"});
    const Ran cached = simulate({"--concurrency", "64", "--requests", "400", "--format", "json",
                                 "--set", "serving.prefix_cache_hit=0.5"});
    ASSERT_EQ(cached.code, 0) << cached.err;
    EXPECT_EQ(cached.json()["plan"]["prefix_cache_hit"], 0.5);
    EXPECT_LT(cached.json()["simulated"]["ttft_s"]["mean"],
              plain.json()["simulated"]["ttft_s"]["mean"]);
    EXPECT_EQ(simulate({"--set", "serving.prefill=pieces"}).code, 2);
}

}  // namespace
}  // namespace wafercast::cli_test
