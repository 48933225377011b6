// `wafercast validate`: contract of its JSON, targets that are met, and how bad files fail.
#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

namespace fs = std::filesystem;

fs::path built_in(const std::string& name) { return source_dir() / "data" / "validation" / name; }

Json validate(const std::string& file) {
    const Ran ran = run({"validate", "--data", file, "--format", "json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return Json::parse(ran.out);
}

/// The case of a group (an id of validation_core) and quantity.
Json case_of(const Json& report, const std::string& group, const std::string& quantity) {
    for (const Json& one : report["cases"]) {
        if (one["group"] == group && one["quantity"] == quantity) {
            return one;
        }
    }
    ADD_FAILURE() << "no case " << group << ' ' << quantity;
    return {{"actual", NAN}, {"rel_error", NAN}};
}

double error_of(const Json& report, const std::string& group, const std::string& quantity) {
    return std::abs(case_of(report, group, quantity)["rel_error"].get<double>());
}

TEST(Validate, RunsEveryBuiltInSuiteWithoutArguments) {
    const Ran table = run({"validate"});
    EXPECT_EQ(table.code, 0) << table.err;
    const Ran json = run({"validate", "--format", "json"});
    ASSERT_EQ(json.code, 0);
    const Json all = json.json();
    const std::string list = run({"validate", "--list"}).out;
    std::size_t built_in = 0;
    for (auto at = list.find(" yes "); at != std::string::npos; at = list.find(" yes ", at + 1)) {
        ++built_in;
    }
    ASSERT_GE(built_in, 4U);
    ASSERT_EQ(all.size(), built_in);
    for (const Json& report : all) {
        EXPECT_NE(table.out.find(report["suite"].get<std::string>()), std::string::npos);
        EXPECT_EQ(report["schema"], "wafercast.validation/1");
        EXPECT_EQ(report["predicted"].get<int>() + static_cast<int>(report["skipped"].size()),
                  report["rows"].get<int>());
    }
}

TEST(Validate, FiguresFollowFromTheCases) {
    const Json report = validate(built_in("validation_core.json").string());
    double sum = 0.0;
    double largest = 0.0;
    double bias = 0.0;
    std::map<std::string, std::pair<double, int>> by_quantity;
    for (const Json& one : report["cases"]) {
        const double expected = one["expected"].get<double>();
        const double actual = one["actual"].get<double>();
        const double error = one["rel_error"].get<double>();
        EXPECT_NEAR(error, (actual - expected) / std::abs(expected), 1e-12);
        EXPECT_LE(one["low"].get<double>(), one["high"].get<double>());
        largest = std::max(largest, std::abs(error));
        bias += error;
        by_quantity[one["quantity"]].first += std::abs(error);
        ++by_quantity[one["quantity"]].second;
    }
    for (const auto& [name, of] : by_quantity) {
        sum += of.first / of.second;
    }
    EXPECT_NEAR(report["mean_abs_rel_error"].get<double>(),
                sum / static_cast<double>(by_quantity.size()), 1e-12);
    EXPECT_EQ(report["max_abs_rel_error"], largest);
    EXPECT_NEAR(report["bias"].get<double>(), bias / static_cast<double>(report["cases"].size()),
                1e-12);
    EXPECT_EQ(report["by_quantity"].size(), by_quantity.size());
}

TEST(Validate, YieldAndMapsAgreeWithTheirReferences) {
    EXPECT_LT(validate(built_in("yield_models.csv").string())["max_abs_rel_error"], 1e-9);
    const Json maps = validate(built_in("dieperwafer_reticle_maps.csv").string());
    EXPECT_EQ(maps["max_abs_rel_error"], 0.0);
    EXPECT_EQ(maps["cases"].size(), 7 * maps["rows"].get<std::size_t>());
}

TEST(Validate, PublishedOutcomesAreMetWhereATargetStands) {
    const Json core = validate(built_in("validation_core.json").string());
    EXPECT_LT(error_of(core, "V1", "expect"), 0.05);
    for (const char* node : {"16", "10", "7", "5"}) {
        EXPECT_LT(error_of(core, "V2", std::string{"wafer_usd."} + node), 0.02);
    }
    EXPECT_LT(error_of(core, "V3a", "mean_defects"), 0.02);
    EXPECT_GT(case_of(core, "V3a", "prob_at_least_900000_good")["actual"], 0.999);
    EXPECT_LT(error_of(core, "V3b", "raw_poisson"), 0.08);
    EXPECT_LT(error_of(core, "V3b", "sellable"), 0.08);
    for (const char* figure : {"usd_per_day", "prefill_nodes", "decode_nodes", "usd_per_m_input",
                               "usd_per_m_output_decode", "revenue"}) {
        EXPECT_LT(error_of(core, "V5", figure), 0.005) << figure;
    }
    for (const char* label : {"H200 90 tok/s", "GB300 2.65/h 6000 tok/s", "B200 Llama-2-70B"}) {
        EXPECT_LT(error_of(core, "V9", label), 0.01) << label;
    }
    for (const char* id : {"V4", "V6", "V7", "V8"}) {  // predicted and printed with their bands
        bool found = false;
        for (const Json& one : core["cases"]) {
            found = found || (one["group"] == id && one["low"] < one["high"]);
        }
        EXPECT_TRUE(found) << id;
    }
}

TEST(Validate, ExpectedValuesAreNeverInputs) {
    using Ordered = nlohmann::ordered_json;  // cases keep the order of the file
    Ordered core = Ordered::parse(read_file(built_in("validation_core.json")));
    const Json before = validate(built_in("validation_core.json").string());
    for (Ordered& item : core) {
        if (item["id"] == "V2") {
            continue;  // an identity between published figures has no prediction
        }
        Ordered& figures = item["expect"];
        if (figures.is_number()) {
            figures = figures.get<double>() * 3.0 + 1.0;
            continue;
        }
        for (auto& [key, value] : figures.items()) {
            if (value.is_number()) {
                value = value.get<double>() * 3.0 + 1.0;
            }
        }
    }
    const auto file = scratch("expected") / "validation_core.json";
    write_file(file, core.dump(1));
    const Json after = validate(file.string());
    ASSERT_EQ(after["cases"].size(), before["cases"].size());
    for (std::size_t i = 0; i < after["cases"].size(); ++i) {
        EXPECT_EQ(after["cases"][i]["actual"], before["cases"][i]["actual"]) << i;
        EXPECT_EQ(after["cases"][i]["low"], before["cases"][i]["low"]) << i;
    }
}

TEST(Validate, ARowLessChangesNoOtherRow) {
    const auto folder = scratch("deleted");
    for (const char* name : {"yield_models.csv", "dieperwafer_reticle_maps.csv"}) {
        const Json before = validate(built_in(name).string());
        std::istringstream lines(read_file(built_in(name)));
        std::string text;
        std::string line;
        for (int number = 0; std::getline(lines, line); ++number) {
            text += number == 2 ? "" : line + "\n";  // the first data row goes
        }
        write_file(folder / name, text);
        const Json after = validate((folder / name).string());
        EXPECT_EQ(after["rows"].get<int>(), before["rows"].get<int>() - 1);
        const std::size_t gone = before["cases"].size() - after["cases"].size();
        for (std::size_t i = 0; i < after["cases"].size(); ++i) {
            EXPECT_EQ(after["cases"][i]["actual"], before["cases"][i + gone]["actual"]);
        }
    }
}

TEST(Validate, WritesTheAccuracyOfAllSuites) {
    const auto file = scratch("report") / "accuracy.md";
    const Ran ran =
        run({"validate", "--data", built_in("yield_models.csv").string(), "--data",
             built_in("measured_llm_inference_bench.csv").string(), "--report", file.string()});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const std::string text = read_file(file);
    EXPECT_NE(text.find("## yield_models"), std::string::npos);
    EXPECT_NE(text.find("## measured_llm_inference_bench"), std::string::npos);
    EXPECT_NE(text.find("| fitted | latency_s |"), std::string::npos);
    EXPECT_NE(text.find("Worst cases:"), std::string::npos);
    const Ran nowhere = run({"validate", "yield_models", "--report",
                             (scratch("report") / "no" / "such" / "folder.md").string()});
    EXPECT_EQ(nowhere.code, 4);
}

TEST(Validate, FunctionalSuitesNameWhatTheyMiss) {
    const auto file = scratch("functional") / "any_greedy_fp32.csv";
    write_file(file, "prompt,token_ids\n\"Once\",\"1 2\"\n");
    const Ran no_model = run({"validate", "--data", file.string()});
    EXPECT_EQ(no_model.code, 2);
    EXPECT_NE(no_model.err.find("--model"), std::string::npos) << no_model.err;
    const Ran no_file = run({"validate", "functional_greedy"});
    EXPECT_EQ(no_file.code, 2);
    EXPECT_NE(no_file.err.find("--data"), std::string::npos);
}

TEST(Validate, GroupsSayHowNearTheirDevicesAreToFittedOnes) {
    const std::string file = built_in("measured_collectives.csv").string();
    const Ran table = run({"validate", "--data", file});
    for (const char* word : {"status", "fitted", "h100_sxm >= 64 KB", "--verbose", "bias"}) {
        EXPECT_NE(table.out.find(word), std::string::npos) << word << table.out;
    }
    for (const Json& group : validate(file)["by_group"]) {
        EXPECT_LE(std::abs(group["bias"].get<double>()),
                  group["mean_abs_rel_error"].get<double>() + 1e-12);
        EXPECT_FALSE(group["status"].get<std::string>().empty());
    }
}

TEST(Validate, AFileWithoutPredictedRowsFails) {
    const auto folder = scratch("no-rows");
    const std::string header = "system,backend,gemm_dtype,m,n,k,latency_ms\n";
    for (const std::string rows : {"", "warp9,vllm/0,fp8,8,8,8,1\n"}) {
        write_file(folder / "measured_gemm.csv", header + rows);
        const Ran ran = run({"validate", "--data", (folder / "measured_gemm.csv").string()});
        EXPECT_EQ(ran.code, 1) << ran.out;
        EXPECT_NE(ran.err.find("no row could be predicted"), std::string::npos) << ran.err;
        EXPECT_EQ(ran.out.find("0 %"), std::string::npos) << ran.out;
    }
}

TEST(Validate, BadTablesAreReportedWithTheirLines) {
    const auto folder = scratch("tables");
    const auto bad = [&](const std::string& name, const std::string& text,
                         const std::string& place) {
        write_file(folder / name, text);
        const Ran ran = run({"validate", "--data", (folder / name).string(), "--format", "json"});
        EXPECT_EQ(ran.code, 2) << text;
        EXPECT_EQ(ran.out, "") << text;
        EXPECT_NE(ran.err.find(name + place), std::string::npos) << ran.err;
    };
    const std::string header = "# source\narea_mm2,D0_per_cm2,model,crit_layers,yield\n";
    bad("yield_models.csv", header + "25,0.1,poisson,,0.9\n25,0.1,poisson\n", ":4:");
    bad("yield_models.csv", header + "abc,0.1,poisson,,0.9\n", ":3:");
    bad("yield_models.csv", "area_mm2,yield\n1,2\n", ":1:");
    bad("yield_models.csv", "", ":1:");
    bad("dieperwafer_reticle_maps.csv", "die_w\n1\n", ":1:");
    bad("validation_core.json", "[{\"id\": \"V5\",\n \"inputs\": {},\n \"expect\": {}}]", ":2:");
    bad("validation_core.json", "[\n{,}]", ":2:");
    bad("validation_core.json", "{}", ":1:");
    EXPECT_EQ(run({"validate", "no_such_suite"}).code, 2);
    write_file(folder / "holiday.csv", header);
    EXPECT_EQ(run({"validate", "--data", (folder / "holiday.csv").string()}).code, 2);
}

TEST(Validate, RowsThatCannotBePredictedAreSkippedWithAReason) {
    const auto file = scratch("skipped") / "yield_models.csv";
    write_file(file,
               "area_mm2,D0_per_cm2,model,crit_layers,yield\n"
               "100,0.1,poisson,,0.9048374180359595\n100,0.1,crystal-ball,,1\n");
    const Json report = validate(file.string());
    EXPECT_EQ(report["rows"], 2);
    EXPECT_EQ(report["predicted"], 1);
    ASSERT_EQ(report["skipped"].size(), 1U);
    EXPECT_EQ(report["skipped"][0]["row"], 1);
    EXPECT_NE(report["skipped"][0]["reason"].get<std::string>().find("crystal-ball"),
              std::string::npos);
    EXPECT_LT(report["max_abs_rel_error"], 1e-12);
}

}  // namespace
}  // namespace wafercast::cli_test
