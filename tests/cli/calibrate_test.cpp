// `wafercast calibrate`: rows of a card in, a family out that validate and eval take.
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "cli/program.hpp"
#include "cli/run_program.hpp"

namespace wafercast::cli_test {
namespace {

namespace fs = std::filesystem;

std::string shipped_rows() {
    return (source_dir() / "data" / "validation" / "measured_collectives.csv").string();
}

/// The H100 rows that ship, as if of a card that takes `factor` times as long.
fs::path card_rows(const fs::path& folder, double factor) {
    std::ifstream in{shipped_rows()};
    const fs::path path = folder / "measured_collectives.csv";
    std::ofstream out{path};
    std::string line;
    while (std::getline(in, line)) {
        const auto cut = line.rfind(',');
        if (line.starts_with("h100_sxm")) {
            out << "my_card" << line.substr(8, cut - 8) << ','
                << std::stod(line.substr(cut + 1)) * factor << '\n';
        } else if (line.starts_with("system")) {
            out << line << '\n';
        }
    }
    return path;
}

/// A data sheet of that card.
fs::path data_sheet(const fs::path& folder) {
    const fs::path path = folder / "my-card.toml";
    write_file(path, R"(catalog = "accelerators"
id = "my-card"
title = "My card"
aliases = ["my_card"]
source = "me"
confidence = "definition"
vendor = "me"
status = "shipping"
year_introduced = "2026"
family = "nvidia-hopper"
memory_capacity = "80 GB"
memory_bandwidth = "3350 GB/s"
tdp = "700 W"
link_bandwidth = "450 GB/s"
scale_up_link = "nvlink4"
scale_up_domain = "8"
)");
    return path;
}

double error_of(const Ran& ran) { return ran.json()["mean_abs_rel_error"].get<double>(); }

TEST(Calibrate, WritesAFamilyThatValidateUses) {
    const fs::path folder = scratch("calibrate-card");
    const std::string rows = card_rows(folder, 1.4).string();
    const std::string sheet = data_sheet(folder).string();
    const std::string family = (folder / "my-family.toml").string();
    const std::vector<std::string> command{"calibrate", "--data",    rows, "--catalog", sheet,
                                           "--family",  "my-family", "-o", family};
    auto json = command;
    json.insert(json.end(), {"--format", "json"});
    const Ran ran = run(json);
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json report = ran.json();
    EXPECT_EQ(report["schema"], "wafercast.calibration/1");
    EXPECT_EQ(report["family"], "my-family");
    EXPECT_EQ(report["like"], "nvidia-hopper");
    EXPECT_EQ(report["devices"], Json({"my-card"}));
    EXPECT_GT(report["all"]["before"].get<double>(), 0.2);
    EXPECT_LT(report["all"]["after"].get<double>(), 0.15);
    EXPECT_LT(report["all"]["held_out"].get<double>(), report["all"]["before"].get<double>());

    // As validate sees it, with the family: the same error as the report states.
    const Ran before = run({"validate", "--data", rows, "--catalog", sheet, "--format", "json"});
    const Ran after = run({"validate", "--data", rows, "--catalog", family, "--format", "json"});
    ASSERT_EQ(after.code, 0) << after.err;
    EXPECT_NEAR(error_of(before), report["all"]["before"].get<double>(), 1e-9);
    EXPECT_NEAR(error_of(after), report["all"]["after"].get<double>(), 1e-9);
    EXPECT_EQ(run({"catalog", "check", family}).code, 0);

    const std::string written = read_file(family);
    ASSERT_EQ(run(command).code, 0);
    EXPECT_EQ(read_file(family), written);  // the same rows, the same text
}

TEST(Calibrate, TableNamesErrorsBeforeAndAfter) {
    const Ran ran = run({"calibrate", "--data", shipped_rows(), "--like", "nvidia-hopper",
                         "--folds", "2", "--quiet"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    for (const char* word : {"error before", "held out", "bias", "collective.launch", "P10",
                             "a100_sxm >= 64 KB", "launch-bound", "several families"}) {
        EXPECT_NE(ran.out.find(word), std::string::npos) << word << '\n' << ran.out;
    }
}

TEST(Calibrate, BadInputNamesEveryProblemAndWritesNothing) {
    const fs::path folder = scratch("calibrate-bad");
    const std::string rows = card_rows(folder, 1.0).string();
    const std::string family = (folder / "family.toml").string();
    const Ran unknown = run({"calibrate", "--data", rows, "-o", family});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("my_card"), std::string::npos) << unknown.err;
    EXPECT_NE(unknown.err.find(rows + ":2"), std::string::npos) << unknown.err;
    EXPECT_NE(unknown.err.find("--device"), std::string::npos) << unknown.err;
    EXPECT_FALSE(fs::exists(family));
    const Ran suite = run({"calibrate", "--data", rows, "--suite", "measured_gem"});
    EXPECT_EQ(suite.code, 2);
    EXPECT_NE(suite.err.find("measured_gemm"), std::string::npos) << suite.err;
    EXPECT_EQ(run({"calibrate"}).code, 2);
    EXPECT_EQ(run({"calibrate", "--data", "no-such/measured_gemm.csv"}).code, 2);
    const Ran unwritable =
        run({"calibrate", "--data", shipped_rows(), "--like", "nvidia-hopper", "--folds", "0",
             "--launch-only", "-o", (folder / "none" / "family.toml").string()});
    EXPECT_EQ(unwritable.code, 4) << unwritable.err;
}

TEST(Calibrate, ADataSheetThatStatesTooLittleIsNamed) {
    const fs::path folder = scratch("calibrate-sheet");
    const std::string rows = card_rows(folder, 1.0).string();
    const fs::path sheet = data_sheet(folder);
    std::string text = read_file(sheet);
    text.erase(text.find("link_bandwidth"),
               text.find("scale_up_link") - text.find("link_bandwidth"));
    write_file(sheet, text);
    const Ran fit = run({"calibrate", "--data", rows, "--catalog", sheet.string()});
    EXPECT_EQ(fit.code, 2) << fit.out;
    EXPECT_NE(fit.err.find("my-card states no link_bandwidth"), std::string::npos) << fit.err;
    EXPECT_NE(fit.err.find(sheet.string() + ":1"), std::string::npos) << fit.err;
    const Ran compared =
        run({"validate", "--data", rows, "--catalog", sheet.string(), "--format", "json"});
    const Json report = compared.json();
    EXPECT_EQ(report["predicted"], 0);
    ASSERT_FALSE(report["skipped"].empty());
    EXPECT_EQ(report["skipped"][0]["reason"], "my-card states no link_bandwidth");
}

TEST(Calibrate, ADeviceTakesItsOwnRowsAlone) {
    const std::vector<std::string> command{"calibrate", "--data", shipped_rows(), "--launch-only",
                                           "--folds",   "0",      "--format",     "json"};
    const Ran mixed = run(command);
    EXPECT_EQ(mixed.code, 2);
    EXPECT_NE(mixed.err.find("choose a device"), std::string::npos) << mixed.err;
    auto chosen = command;
    chosen.insert(chosen.end(), {"--device", "H100"});  // an alias
    const Json report = run(chosen).json();
    const std::string text = read_file(shipped_rows());
    std::size_t own = 0;
    for (auto at = text.find("\nh100_sxm,"); at != std::string::npos;
         at = text.find("\nh100_sxm,", at + 1)) {
        ++own;
    }
    EXPECT_EQ(report["rows"], own);
    EXPECT_EQ(report["devices"], Json({"h100-sxm"}));
    EXPECT_NE(report["notes"].dump().find("were left out"), std::string::npos);
    auto none = command;
    none.insert(none.end(), {"--device", "mi300x"});
    const Ran ran = run(none);
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("no row names mi300x"), std::string::npos) << ran.err;
}

std::string number_line(const std::string& text, const std::string& field) {
    const auto at = text.find("\n" + field + " = ");
    return at == std::string::npos ? std::string{} : text.substr(at, text.find('\n', at + 1) - at);
}

TEST(Calibrate, ASecondSuiteKeepsWhatTheFirstFitted) {
    const fs::path folder = scratch("calibrate-twice");
    const std::string gemm = (folder / "measured_gemm.csv").string();
    write_file(gemm,
               "backend,gemm_dtype,m,n,k,latency_ms\nvllm/0.24,bfloat16,1,256,256,0.0044\n"
               "vllm/0.24,bfloat16,8,512,256,0.0046\n");
    const std::string first = (folder / "first.toml").string();
    const std::string second = (folder / "second.toml").string();
    ASSERT_EQ(run({"calibrate", "--data", gemm, "--device", "h100-sxm", "--launch-only", "--folds",
                   "0", "-o", first})
                  .code,
              0);
    const Ran again = run({"calibrate", "--data", shipped_rows(), "--device", "h100-sxm",
                           "--catalog", first, "--launch-only", "--folds", "0", "-o", second});
    ASSERT_EQ(again.code, 0) << again.err;
    const std::string text = read_file(second);
    const std::string launch = number_line(read_file(first), "gemm.launch");
    EXPECT_FALSE(launch.empty());
    EXPECT_EQ(number_line(text, "gemm.launch"), launch);
    EXPECT_NE(number_line(text, "collective.launch"), "");
    EXPECT_EQ(number_line(text, "like"), "\nlike = \"nvidia-hopper\"");
    EXPECT_EQ(number_line(text, "fitted_on"), "\nfitted_on = \"h100-sxm\"");
    EXPECT_EQ(text.find("calibrated on"), text.rfind("calibrated on"));
    EXPECT_EQ(run({"catalog", "check", second}).code, 0);
    std::string lost = text;
    const std::string like = "like = \"nvidia-hopper\"";
    lost.replace(lost.find(like), like.size(), "like = \"nowhere\"");
    write_file(folder / "dangling.toml", lost);
    const Ran dangling = run({"catalog", "check", (folder / "dangling.toml").string()});
    EXPECT_EQ(dangling.code, 2);
    EXPECT_NE(dangling.err.find("like: no family 'nowhere'"), std::string::npos) << dangling.err;
}

TEST(Calibrate, TimesInAnotherUnitAreNotAFit) {
    const fs::path folder = scratch("calibrate-unit");
    const std::string rows = card_rows(folder, 1000.0).string();  // microseconds
    const std::string family = (folder / "family.toml").string();
    std::vector<std::string> command{
        "calibrate", "--data", rows, "--catalog", data_sheet(folder).string(),
        "--folds",   "0",      "-o", family};
    const Ran ran = run(command);
    EXPECT_EQ(ran.code, 2) << ran.err;
    EXPECT_NE(ran.err.find("unit"), std::string::npos) << ran.err;
    EXPECT_NE(ran.out.find("at its bound"), std::string::npos) << ran.out;
    EXPECT_FALSE(fs::exists(family));
    command.emplace_back("--force");
    EXPECT_EQ(run(command).code, 0);
    EXPECT_TRUE(fs::exists(family));
}

TEST(Calibrate, OptionsAreCheckedBeforeTheFit) {
    const Ran ran = run({"calibrate", "--data", shipped_rows(), "--device", "h100-sxm", "--folds",
                         "1", "--family", "My family"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("--folds"), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("'My family' is no id"), std::string::npos) << ran.err;
}

TEST(Calibrate, AnInterruptEndsItWithoutAFile) {
    const fs::path folder = scratch("calibrate-interrupt");
    // Many rows, so that it is at work when the signal comes.
    std::string text = read_file(shipped_rows());
    const std::string body = text.substr(text.find("\na100_sxm") + 1);
    for (int i = 0; i < 400; ++i) {
        text += body;
    }
    write_file(folder / "measured_collectives.csv", text);
    const fs::path family = folder / "family.toml";
    wafercast::testing::RunningProgram running{
        {"calibrate", "--data", (folder / "measured_collectives.csv").string(), "--like",
         "nvidia-hopper", "-o", family.string()},
        folder};
    usleep(1500000);
    running.kill(SIGINT);
    const auto ended = running.wait();
    EXPECT_EQ(ended.code, 130) << ended.err;
    EXPECT_NE(ended.err.find("nothing was written"), std::string::npos) << ended.err;
    EXPECT_EQ(ended.err.find("done"), std::string::npos) << ended.err;
    EXPECT_FALSE(fs::exists(family));
}

}  // namespace
}  // namespace wafercast::cli_test
