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
    EXPECT_FALSE(fs::exists(family));
}

}  // namespace
}  // namespace wafercast::cli_test
