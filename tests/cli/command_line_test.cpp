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
