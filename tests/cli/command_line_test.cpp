// What every command owes: help with an example, exit codes, every problem named, nothing written.
#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

namespace fs = std::filesystem;

TEST(CommandLine, EveryCommandHelpsWithAnExample) {
    for (std::vector<std::string> command : commands()) {
        const std::string name = command.back();
        command.emplace_back("--help");
        const Ran ran = run(command);
        EXPECT_EQ(ran.code, 0) << name;
        EXPECT_NE(ran.out.find("Example: wafercast "), std::string::npos) << name;
        EXPECT_EQ(ran.err, "") << name;
    }
}

TEST(CommandLine, HelpNamesEveryCommand) {
    const Ran ran = run({"--help"});
    EXPECT_EQ(ran.code, 0);
    for (const auto& command : commands()) {
        EXPECT_NE(ran.out.find("  " + command.front() + " "), std::string::npos) << command.front();
    }
}

TEST(CommandLine, VersionIsTheProjects) {
    const Ran ran = run({"--version"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out.rfind("wafercast ", 0), 0U);
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '.'), 2);
}

TEST(CommandLine, UnknownCommandsAndOptionsAreBadInput) {
    EXPECT_EQ(run({"frobnicate"}).code, 2);
    for (std::vector<std::string> command : commands()) {
        command.emplace_back("--no-such-option");
        const Ran ran = run(command);
        EXPECT_EQ(ran.code, 2) << command.front();
        EXPECT_EQ(ran.out, "") << command.front();
        EXPECT_NE(ran.err, "") << command.front();
    }
}

TEST(CommandLine, FilesThatDoNotExistAreBadInput) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"eval", "no-such.toml"},
             {"freeze", "no-such.toml"},
             {"compare", "no-such.toml", design("h100-sxm")},
             {"sweep", "no-such.toml", "-o", "out.sqlite"},
             {"model", "import", "no-such.json"},
             {"catalog", "check", "no-such.toml"},
             {"eval", design("h100-sxm"), "--catalog", "no-such"},
             {"validate", "--data", "no-such/yield_models.csv"}}) {
        const Ran ran = run(command);
        EXPECT_EQ(ran.code, 2) << command.front() << ' ' << command[1];
        EXPECT_NE(ran.err.find("no-such"), std::string::npos) << ran.err;
        EXPECT_EQ(ran.out, "");
    }
}

TEST(CommandLine, UnwritableOutputIsAWriteFailure) {
    EXPECT_EQ(run({"freeze", design("quad"), "-o", "/no-such-folder/out.toml"}).code, 4);
    EXPECT_EQ(run({"die", "--process", "n5", "--area", "100mm2", "--map", "/no-such/out.svg"}).code,
              4);
}

TEST(CommandLine, CatalogShowsValuesWithTheirSources) {
    const Ran kinds = run({"catalog", "list"});
    EXPECT_EQ(kinds.code, 0);
    EXPECT_NE(kinds.out.find("process_nodes"), std::string::npos);
    const Ran node = run({"catalog", "show", "process_nodes", "N5"});  // ids without case
    EXPECT_EQ(node.code, 0);
    EXPECT_NE(node.out.find("wafer_price"), std::string::npos);
    EXPECT_NE(node.out.find("[khan-2020-ai-chips]"), std::string::npos);
    EXPECT_EQ(run({"catalog", "show", "process_nodes", "n5x"}).code, 2);
    EXPECT_EQ(run({"catalog", "list", "no_such_kind"}).code, 2);
}

TEST(CommandLine, CatalogCheckReportsEveryProblemWithItsPlace) {
    const fs::path folder = scratch("catalog") / "memories";
    fs::create_directories(folder);
    write_file(
        folder / "bad.toml",
        "id = \"bad\"\ntitle = \"Bad\"\n\ncapacity = \"16 parsecs\"\npin_rate = \"1 Gb/s\"\n");
    const Ran ran = run({"catalog", "check", (folder / "bad.toml").string()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("bad.toml:4:"), std::string::npos) << ran.err;
    EXPECT_EQ(run({"catalog", "check",
                   (source_dir() / "data" / "catalog" / "memories" / "hbm3-16gb.toml").string()})
                  .code,
              0);
}

TEST(CommandLine, CompareNamesWhatDiffers) {
    const Ran ran = run({"compare", design("h100-sxm"), design("h100-sxm"), "--set-b",
                         "blocks.sm.count=72", "--format", "json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_NE(ran.out.find("blocks.sm.count"), std::string::npos);
    EXPECT_NO_THROW((void)ran.json());
}

TEST(CommandLine, CompareHoldsLikeAgainstLikeAndShowsOnlyWhatDiffers) {
    const Ran sides = run({"compare", design("h100-sxm"), design("h100-sxm"), "--set-b",
                           "scenario.perspective=builder"});
    ASSERT_EQ(sides.code, 0) << sides.err;
    EXPECT_NE(sides.out.find("Perspective"), std::string::npos) << sides.out;
    EXPECT_EQ(sides.out.find("Cost per million tokens"), std::string::npos) << sides.out;
    EXPECT_NE(sides.out.find("figures are equal."), std::string::npos) << sides.out;
    const Json json = run({"compare", design("h100-sxm"), design("h100-sxm"), "--set-b",
                           "scenario.perspective=builder", "--format", "json"})
                          .json();
    EXPECT_EQ(json["perspectives"]["a"], "owner");
    EXPECT_EQ(json["perspectives"]["b"], "builder");
    bool builder = false;
    for (const Json& metric : json["metrics"]) {
        builder = builder || metric["metric"] == "perspectives.builder.usd_per_mtok";
        EXPECT_EQ(metric["a"], metric["b"]) << metric;  // nothing but the side differs
    }
    EXPECT_TRUE(builder);
    const Ran units =
        run({"compare", design("h100-sxm"), design("b200-sxm"), "--set-b", "device.clock=1.9 GHz"});
    EXPECT_NE(units.out.find("GHz"), std::string::npos) << units.out;
    EXPECT_NE(units.out.find(" GB"), std::string::npos) << units.out;
    EXPECT_EQ(units.out.find("e+"), std::string::npos) << units.out;
}

TEST(CommandLine, HelpIsACommandToo) {
    EXPECT_EQ(run({"help"}).out, run({"--help"}).out);
    EXPECT_EQ(run({"help", "eval"}).out, run({"eval", "--help"}).out);
    EXPECT_EQ(run({"help", "catalog", "list"}).out, run({"catalog", "list", "--help"}).out);
    EXPECT_EQ(run({"help", "eval"}).code, 0);
    EXPECT_EQ(run({}).code, 0);
    const Ran wrong = run({"help", "evl"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_NE(wrong.err.find("did you mean 'eval'?"), std::string::npos) << wrong.err;
}

TEST(CommandLine, AMisspeltCommandIsNamedAndItsFileIsNot) {
    for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{
             {"evl", "file.toml"}, {"--seed", "3", "evl", "file.toml", "--samples", "0"}}) {
        const Ran ran = run(line);
        EXPECT_EQ(ran.code, 2);
        EXPECT_NE(ran.err.find("no command 'evl'; did you mean 'eval'?"), std::string::npos)
            << ran.err;
        EXPECT_EQ(ran.err.find("file.toml"), std::string::npos) << ran.err;
    }
    const Ran nested = run({"catalog", "lst"});
    EXPECT_EQ(nested.code, 2);
    EXPECT_NE(nested.err.find("did you mean 'list'?"), std::string::npos) << nested.err;
}

TEST(CommandLine, EveryProblemOfALineIsReportedAtOnce) {
    const Ran ran = run({"sweep", "study.toml", "--kep", "all", "--chunk", "0", "--keep", "some"});
    EXPECT_EQ(ran.code, 2);
    for (const char* part :
         {"'--kep'", "did you mean '--keep'?", "--chunk", "--keep:", "--output"}) {
        EXPECT_NE(ran.err.find(part), std::string::npos) << part << '\n' << ran.err;
    }
    const Ran missing = run({"eval", "--format", "xml", "--bogus"});
    EXPECT_EQ(missing.code, 2);
    for (const char* part : {"'--bogus'", "design is required", "--format"}) {
        EXPECT_NE(missing.err.find(part), std::string::npos) << part << '\n' << missing.err;
    }
}

TEST(CommandLine, ModelImportMakesAnEntryThatADesignCanUse) {
    const fs::path folder = scratch("import");
    write_file(folder / "config.json",
               R"({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32,
 "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336,
 "vocab_size": 128256, "max_position_embeddings": 131072})");
    const std::string entry = (folder / "my-model.toml").string();
    const Ran ran = run(
        {"model", "import", (folder / "config.json").string(), "--id", "my-model", "-o", entry});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(run({"catalog", "check", entry}).code, 0) << read_file(entry);
    const Ran used = run({"eval", design("h100-sxm"), "--catalog", entry, "--set",
                          "workload.model=my-model", "--samples", "0", "--no-functional"});
    EXPECT_EQ(used.code, 0) << used.err;
    write_file(folder / "config.json", "{\"hidden_size\": \n  oops}");
    const Ran broken = run({"model", "import", (folder / "config.json").string()});
    EXPECT_EQ(broken.code, 2);
    EXPECT_NE(broken.err.find("config.json:2:"), std::string::npos) << broken.err;
}

}  // namespace
}  // namespace wafercast::cli_test
