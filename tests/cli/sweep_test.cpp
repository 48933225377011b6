#include <algorithm>
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sqlite3.h>
#include <thread>

#include "cli/run_program.hpp"

namespace wafercast::testing {
namespace {

namespace fs = std::filesystem;

class Sweep : public ::testing::Test {
protected:
    void SetUp() override { folder_ = fresh_folder(); }
    void TearDown() override { fs::remove_all(folder_); }

    std::string file(const std::string& name) const { return (folder_ / name).string(); }

    /// Points enough to be interrupted: some on other nodes, many infeasible.
    std::string study(const std::string& last_count = "200", const std::string& seed = "1") const {
        const fs::path path = folder_ / "study.toml";
        std::ofstream{path} << "design = \"" << source_file("data/designs/h100-sxm.toml").string()
                            << "\"\n"
                            << "[[variables]]\npath = \"blocks.sm.count\"\nrange = [73, "
                            << last_count << "]\nstep = 1\n"
                            << R"(
[[variables]]
path = "dies.gpu.process"
values = ["n7", "n5", "n4"]
[[variables]]
path = "scenario.utilisation"
values = [0.4, 0.5, 0.6, 0.7, 0.8]
[[objectives]]
metric = "token_economics.usd_per_mtok"
sense = "min"
[[objectives]]
metric = "device.power_w"
sense = "min"
[[constraints]]
metric = "device.power_w"
max = "650 W"
[method]
name = "grid"
seed = )" << seed << "\n";
        return path.string();
    }

    ProgramResult run(std::vector<std::string> arguments) const {
        return run_program(arguments, folder_);
    }
    std::vector<std::string> sweep(const std::string& out, const std::string& threads = "2") const {
        return {"sweep",   study(), "-o",        file(out), "--no-functional",
                "--chunk", "32",    "--threads", threads};
    }
    std::string canonical(const std::string& out) const {
        const auto exported = run({"export", file(out), "--canonical"});
        EXPECT_EQ(exported.code, 0) << exported.err;
        return exported.out;
    }

    fs::path folder_;
};

std::string bytes(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

TEST_F(Sweep, SoldUnitsThatAStudyFixesAreNeverMoreThanThereAre) {
    const auto at = [&](const std::string& counts) {
        const fs::path path = folder_ / "sold.toml";
        std::ofstream{path} << "design = \"" << source_file("data/designs/h100-sxm.toml").string()
                            << "\"\n[set]\nblocks.sm.sold = \"132\"\n"
                            << "[[variables]]\npath = \"blocks.sm.count\"\nvalues = " << counts
                            << "\n[[objectives]]\nmetric = \"token_economics.usd_per_mtok\"\n"
                            << "sense = \"min\"\n";
        fs::remove(file("sold.sqlite"));
        return run({"sweep", path.string(), "-o", file("sold.sqlite"), "--no-functional"});
    };
    const auto few = at("[\"100\", \"144\"]");
    EXPECT_EQ(few.code, 2);
    EXPECT_NE(few.err.find("132 sold of only 100"), std::string::npos) << few.err;
    ASSERT_EQ(at("[\"144\", \"160\"]").code, 0);
    // 132 of 160, not the design's share of 160: as eval --set has it.
    const auto eval = run({"eval", source_file("data/designs/h100-sxm.toml").string(), "--set",
                           "blocks.sm.sold=132", "--set", "blocks.sm.count=160", "--samples", "0",
                           "--no-functional", "--format", "json"});
    const auto exported =
        nlohmann::json::parse(run({"export", file("sold.sqlite"), "--format", "json"}).out);
    const double peak = nlohmann::json::parse(eval.out)["device"]["peak_flops"]["bf16"];
    ASSERT_EQ(exported["designs"].size(), 2U);
    EXPECT_EQ(exported["designs"][1]["peak_bf16"], peak);
}

TEST_F(Sweep, StoresTheShippedStudy) {
    const auto done = run({"sweep", source_file("data/studies/h100-what-if.toml").string(), "-o",
                           file("out.sqlite")});
    ASSERT_EQ(done.code, 0) << done.err;
    const auto exported = run({"export", file("out.sqlite"), "--format", "json"});
    ASSERT_EQ(exported.code, 0);
    const auto json = nlohmann::json::parse(exported.out);
    EXPECT_EQ(json["schema"], "wafercast.study/1");
    EXPECT_EQ(json["designs"].size(), 76U);
    const auto report = run({"report", file("out.sqlite")});
    EXPECT_EQ(report.code, 0);
    EXPECT_NE(report.out.find("Pareto front"), std::string::npos);
    EXPECT_NE(report.out.find("Why points fail"), std::string::npos);
    // The same command finds nothing left to do.
    const auto again = run({"sweep", source_file("data/studies/h100-what-if.toml").string(), "-o",
                            file("out.sqlite")});
    EXPECT_EQ(again.code, 0);
    EXPECT_NE(again.out.find("76 points were done already"), std::string::npos) << again.out;
}

TEST_F(Sweep, ThreadsChangeNothing) {
    ASSERT_EQ(run(sweep("one.sqlite", "1")).code, 0);
    const std::string one = canonical("one.sqlite");
    EXPECT_GT(std::count(one.begin(), one.end(), '\n'), 1920);
    for (const char* threads : {"2", "4"}) {
        ASSERT_EQ(run(sweep("more.sqlite", threads)).code, 0);
        EXPECT_EQ(canonical("more.sqlite"), one) << threads << " threads";
        fs::remove(file("more.sqlite"));
    }
}

TEST_F(Sweep, KilledAtAnyMomentItGoesOnToTheSameResult) {
    ASSERT_EQ(run(sweep("whole.sqlite")).code, 0);
    const std::string whole = canonical("whole.sqlite");
    int killed = 0;
    unsigned state = 12345;
    // Moments from before the first point to after the last, whatever the machine's speed: the wait
    // grows until a run is left to finish.
    for (unsigned attempt = 0; attempt < 80; ++attempt) {
        state = state * 1103515245U + 12345U;
        RunningProgram program{sweep("killed.sqlite"), folder_};
        std::this_thread::sleep_for(std::chrono::milliseconds{5 * attempt + state / 65536U % 10});
        program.kill(SIGKILL);
        const int code = program.wait().code;
        killed += code == 128 + SIGKILL ? 1 : 0;
        if (code == 0) {
            break;
        }
    }
    EXPECT_GT(killed, 0);
    const auto last = run(sweep("killed.sqlite"));
    ASSERT_EQ(last.code, 0) << last.err;
    EXPECT_EQ(canonical("killed.sqlite"), whole);
    EXPECT_FALSE(fs::exists(file("killed.sqlite-wal")));
}

TEST_F(Sweep, AnInterruptKeepsWhatIsDone) {
    RunningProgram program{sweep("out.sqlite", "1"), folder_};
    while (!fs::exists(file("out.sqlite"))) {
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    program.kill(SIGINT);
    const auto stopped = program.wait();
    ASSERT_EQ(stopped.code, 130) << stopped.out << stopped.err;
    EXPECT_NE(stopped.out.find("goes on"), std::string::npos);
    EXPECT_FALSE(fs::exists(file("out.sqlite-wal")));
    ASSERT_EQ(run(sweep("out.sqlite")).code, 0);
    ASSERT_EQ(run(sweep("whole.sqlite")).code, 0);
    EXPECT_EQ(canonical("out.sqlite"), canonical("whole.sqlite"));
}

TEST_F(Sweep, FrontAloneEqualsTheFrontOfAll) {
    auto arguments = sweep("front.sqlite");
    arguments.insert(arguments.end(), {"--keep", "front"});
    ASSERT_EQ(run(arguments).code, 0);
    ASSERT_EQ(run(sweep("all.sqlite")).code, 0);
    const auto designs = [&](const std::string& name) {
        const auto exported = run({"export", file(name), "--format", "json"});
        std::vector<nlohmann::json> rows;
        const auto json = nlohmann::json::parse(exported.out);
        for (const auto& row : json["designs"]) {
            if (row["on_front"] == 1) {
                rows.push_back(row);
            }
        }
        return rows;
    };
    const auto front = designs("front.sqlite");
    EXPECT_GT(front.size(), 2U);
    EXPECT_EQ(front, designs("all.sqlite"));
}

TEST_F(Sweep, RefusesToMixStudies) {
    ASSERT_EQ(run(sweep("out.sqlite")).code, 0);
    const std::string before = bytes(file("out.sqlite"));
    study("201");
    const auto refused =
        run({"sweep", file("study.toml"), "-o", file("out.sqlite"), "--no-functional"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("another study"), std::string::npos) << refused.err;
    study();
    const auto other = run({"sweep", file("study.toml"), "-o", file("out.sqlite"), "--keep",
                            "front", "--no-functional"});
    EXPECT_EQ(other.code, 2);
    EXPECT_NE(other.err.find("--keep all"), std::string::npos) << other.err;
    EXPECT_TRUE(bytes(file("out.sqlite")) == before);
}

TEST_F(Sweep, BadInputWritesNothing) {
    std::ofstream{folder_ / "bad.toml"}
        << "design = \"" << source_file("data/designs/h100-sxm.toml").string() << "\"\n"
        << "[[variables]]\npath = \"blocks.sm.cuont\"\nvalues = [1]\n"
           "[[variables]]\npath = \"dies.gpu.process\"\nvalues = [\"n5\", \"n4x\"]\n"
           "[[objectives]]\nmetric = \"usd_per_token\"\nsense = \"min\"\n"
           "[method]\nname = \"grid\"\n";
    const auto bad = run({"sweep", file("bad.toml"), "-o", file("out.sqlite")});
    EXPECT_EQ(bad.code, 2);
    EXPECT_NE(bad.err.find("bad.toml:2:"), std::string::npos) << bad.err;
    EXPECT_NE(bad.err.find("usd_per_token"), std::string::npos) << bad.err;
    EXPECT_FALSE(fs::exists(file("out.sqlite")));
    EXPECT_EQ(run({"sweep", file("none.toml"), "-o", file("out.sqlite")}).code, 2);
    EXPECT_EQ(run({"sweep", study()}).code, 2);  // no output named
    EXPECT_FALSE(fs::exists(file("out.sqlite")));
}

TEST_F(Sweep, FilesOfOthersAndNewerOnesAreRefused) {
    std::ofstream{folder_ / "notes.txt"} << std::string(200, 'x');
    EXPECT_EQ(run({"sweep", study(), "-o", file("notes.txt"), "--no-functional"}).code, 2);
    EXPECT_EQ(bytes(file("notes.txt")), std::string(200, 'x'));
    EXPECT_EQ(run({"report", file("notes.txt")}).code, 2);
    EXPECT_EQ(run({"export", file("absent.sqlite")}).code, 2);
    EXPECT_EQ(run({"sweep", study(), "-o", file("absent/out.sqlite"), "--no-functional"}).code, 4);
    const auto shipped = source_file("data/studies/h100-what-if.toml").string();
    ASSERT_EQ(run({"sweep", shipped, "-o", file("out.sqlite"), "--no-functional"}).code, 0);
    sqlite3* database = nullptr;
    sqlite3_open(file("out.sqlite").c_str(), &database);
    sqlite3_exec(database, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
    sqlite3_close(database);
    const auto newer = run({"report", file("out.sqlite")});
    EXPECT_EQ(newer.code, 4);
    EXPECT_NE(newer.err.find("newer"), std::string::npos);
}

TEST_F(Sweep, AnEvaluationIsSavedInTheSameForm) {
    const auto design = source_file("data/designs/h100-sxm.toml").string();
    for (int i = 0; i < 2; ++i) {
        const auto done = run({"eval", design, "--no-functional", "--samples", "0", "--format",
                               "json", "--save", file("eval.sqlite")});
        ASSERT_EQ(done.code, 0) << done.err;
    }
    const auto exported = run({"export", file("eval.sqlite"), "--format", "json"});
    const auto json = nlohmann::json::parse(exported.out);
    ASSERT_EQ(json["designs"].size(), 2U);
    EXPECT_GT(json["designs"][1]["usd_per_mtok"], 0.0);
    EXPECT_GT(json["cost_lines"].size(), 20U);
    EXPECT_GT(json["assumptions"].size(), 50U);
    EXPECT_EQ(run({"report", file("eval.sqlite")}).code, 0);
}

/// The example of docs/schema.md runs as it stands there.
TEST_F(Sweep, TheExampleQueriesOfTheSchemaRun) {
    const auto shipped = source_file("data/studies/h100-what-if.toml").string();
    ASSERT_EQ(run({"sweep", shipped, "-o", file("out.sqlite"), "--no-functional"}).code, 0);
    const std::string text = bytes(source_file("docs/schema.md"));
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file("out.sqlite").c_str(), &database), SQLITE_OK);
    int queries = 0;
    const std::string fence = "```sql\n";
    for (auto at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
        at += fence.size();
        const std::string sql = text.substr(at, text.find("```", at) - at);
        int rows = 0;
        const auto count = [](void* n, int, char**, char**) {
            ++*static_cast<int*>(n);
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), count, &rows, nullptr), SQLITE_OK)
            << sql << sqlite3_errmsg(database);
        EXPECT_GT(rows, 0) << sql;
        ++queries;
    }
    EXPECT_GE(queries, 3);
    // Every table, view and column of a file is in the document.
    std::string missing;
    struct Check {
        const std::string* text;
        std::string* missing;
    } check{&text, &missing};
    const auto documented = [](void* data, int, char** values, char**) {
        const auto* c = static_cast<Check*>(data);
        if (c->text->find("`" + std::string{values[0]} + "`") == std::string::npos) {
            *c->missing += std::string{values[0]} + " ";
        }
        return 0;
    };
    sqlite3_exec(database,
                 "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') UNION "
                 "SELECT c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type IN "
                 "('table', 'view') AND c.name NOT IN (SELECT column_name FROM result_columns)",
                 documented, &check, nullptr);
    sqlite3_close(database);
    EXPECT_EQ(missing, "");
}

}  // namespace
}  // namespace wafercast::testing
