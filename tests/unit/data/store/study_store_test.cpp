#include "store/study_store.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <limits>
#include <sqlite3.h>
#include <unistd.h>

#include "store/database.hpp"
#include "store/schema.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class StudyStoreTest : public ::testing::Test {
protected:
    void SetUp() override {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::temp_directory_path() /
                  ("wafercast-store-" + std::to_string(::getpid()) + "-" + test->name());
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        file_ = folder_ / "out.sqlite";
    }
    void TearDown() override { fs::remove_all(folder_); }

    static StoredRun run(Keep keep = Keep::kAll) {
        StoredRun run;
        run.kind = "sweep";
        run.title = "two by three";
        run.design = "title = \"d\"";
        run.points = 6;
        run.chunk_points = 3;
        run.keep = keep;
        run.catalog_hash = "0123";
        run.catalog = {{"process_nodes", "n5", "N5", "id = \"n5\""}};
        run.meta = {{"seed", "1"}, {"tool_version", "0.1.0"}};
        run.variables = {{"dies.gpu.width",
                          "dies_gpu_width_mm",
                          "Width",
                          "mm",
                          ColumnType::kReal,
                          {{20.0, "20 mm"}, {25.4, "25.4 mm"}}},
                         {"dies.gpu.process",
                          "dies_gpu_process",
                          "Process",
                          "",
                          ColumnType::kText,
                          {{0.0, "n7"}, {0.0, "n5"}, {0.0, "n4"}}}};
        run.metrics = {{"device.power_w", "power_w", "Rated power", "W"},
                       {"token_economics.tpot_s", "tpot_s", "Time per output token", "s"}};
        run.objectives = {{"power_w", false}, {"tpot_s", false}};
        run.constraints = {{"power_w", std::nullopt, 1000.0}};
        run.assumptions = {{"process_nodes.n5.wafer_price", 17000.0, 15000.0, 19000.0, "USD",
                            "17000 USD", "somebody2024", "2024", "medium", false}};
        return run;
    }

    static StoredChunk chunk(std::int64_t number) {
        StoredChunk chunk;
        chunk.chunk = number;
        chunk.first_point = 3 * number;
        chunk.point_count = 3;
        chunk.feasible_count = 2;
        chunk.points = {3 * number, 3 * number + 1, 3 * number + 2};
        chunk.feasible = {1, 0, 1};
        const auto row = static_cast<std::uint32_t>(number);
        chunk.steps = {{row, row, row}, {0, 1, 2}};
        chunk.metrics = {{700.0, 1200.0, 650.0 - static_cast<double>(number)}, {0.02, kNan, 0.03}};
        chunk.violations = {{3 * number + 1, "power_w max", "gpu", 1200.0, 1000.0, "W"}};
        chunk.failures = {{"power_w max", 1}};
        chunk.front_added = {3 * number, 3 * number + 2};
        return chunk;
    }

    StudyStore made(Keep keep = Keep::kAll, Journal journal = Journal::kAuto) {
        EXPECT_TRUE(StudyStore::create(file_, run(keep)));
        auto store = StudyStore::open_to_write(file_, journal);
        EXPECT_TRUE(store);
        return std::move(store).value();
    }

    static std::string bytes(const fs::path& path) {
        std::ifstream in{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

    fs::path folder_;
    fs::path file_;
};

TEST_F(StudyStoreTest, ReadsBackWhatWasWritten) {
    auto store = made();
    ASSERT_TRUE(store.write_chunk(1, chunk(0)));
    ASSERT_TRUE(store.write_chunk(1, chunk(1)));
    ASSERT_TRUE(store.close());
    const auto read = StudyStore::open_to_read(file_);
    ASSERT_TRUE(read);
    const auto stored = read->read_run(1);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->variables, run().variables);
    EXPECT_EQ(stored->metrics, run().metrics);
    EXPECT_EQ(stored->objectives, run().objectives);
    EXPECT_EQ(stored->constraints, run().constraints);
    EXPECT_EQ(*read->done_chunks(1), (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(read->failure_counts(1)->front(),
              (std::pair<std::string, std::int64_t>{"power_w max", 2}));
    const auto progress = read->progress(1);
    EXPECT_EQ(progress->points, 6);
    EXPECT_EQ(progress->feasible, 4);
    EXPECT_EQ(progress->kept, 6);
    EXPECT_EQ(progress->front, 4);
    const auto front = read->read_front(1, {"tpot_s"});
    ASSERT_EQ(front->size(), 4U);
    EXPECT_EQ(front->back().point, 5);
    EXPECT_EQ(front->back().values, (std::vector<double>{0.03}));
}

TEST_F(StudyStoreTest, ViewsReadWithoutUs) {
    auto store = made();
    ASSERT_TRUE(store.write_chunk(1, chunk(0)));
    ASSERT_TRUE(store.write_trees(1, {{0, "accelerator", 0, -1, 0, "accelerator", 5.0, "USD"},
                                      {0, "accelerator", 1, 0, 1, "dies", 5.0, "USD"}}));
    ASSERT_TRUE(store.close());
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open_v2(file_.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    std::string text;
    const auto append = [](void* out, int count, char** values, char**) {
        for (int i = 0; i < count; ++i) {
            *static_cast<std::string*>(out) += (values[i] != nullptr ? values[i] : "NULL");
            *static_cast<std::string*>(out) += i + 1 < count ? "|" : "\n";
        }
        return 0;
    };
    const char* sql =
        "SELECT dies_gpu_width_mm, dies_gpu_process, power_w, tpot_s, feasible, on_front, "
        "violations FROM designs ORDER BY point;"
        "SELECT dies_gpu_process FROM pareto ORDER BY point; SELECT label FROM cost_lines;"
        "SELECT path, p10, value, p90, unit, range FROM assumptions;"
        "PRAGMA journal_mode; PRAGMA application_id; PRAGMA user_version; PRAGMA integrity_check";
    EXPECT_EQ(sqlite3_exec(database, sql, append, &text, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    EXPECT_EQ(text,
              "20.0|n7|700.0|0.02|1|1|NULL\n20.0|n5|1200.0|NULL|0|0|power_w max\n"
              "20.0|n4|650.0|0.03|1|1|NULL\nn7\nn4\naccelerator\n  dies\n"
              "process_nodes.n5.wafer_price|15000.0|17000.0|19000.0|USD|source\n"
              "delete\n1466331747\n1\nok\n");
}

TEST_F(StudyStoreTest, LeavesOneFileBehind) {
    for (const Journal journal : {Journal::kWal, Journal::kRollback}) {
        fs::remove(file_);
        auto store = made(Keep::kAll, journal);
        ASSERT_TRUE(store.write_chunk(1, chunk(0)));
        EXPECT_EQ(fs::exists(file_.string() + "-wal"), journal == Journal::kWal);
        ASSERT_TRUE(store.close());
        EXPECT_EQ(std::distance(fs::directory_iterator{folder_}, {}), 1);
    }
}

TEST_F(StudyStoreTest, AStoreThatIsDroppedLeavesOneFileToo) {
    {
        auto store = made(Keep::kAll, Journal::kWal);
        ASSERT_TRUE(store.write_chunk(1, chunk(0)));
    }
    EXPECT_EQ(std::distance(fs::directory_iterator{folder_}, {}), 1);
    Database database{file_, Database::Mode::kRead};
    EXPECT_EQ(database.text("PRAGMA journal_mode"), "delete");
}

TEST_F(StudyStoreTest, ALogLeftByAKilledWriterIsRead) {
    {
        auto store = made(Keep::kAll, Journal::kWal);
        ASSERT_TRUE(store.write_chunk(1, chunk(0)));
        fs::copy(folder_, folder_.string() + "-killed");
    }
    const fs::path copy = folder_.string() + "-killed";
    const auto read = StudyStore::open_to_read(copy / "out.sqlite");
    ASSERT_TRUE(read) << read.error().front().message;
    EXPECT_EQ(read->progress(1)->points, 3);
    fs::remove_all(copy);
}

TEST_F(StudyStoreTest, ALogWhoseDatabaseIsGoneHarmsNoNewOne) {
    {
        auto store = made(Keep::kAll, Journal::kWal);
        ASSERT_TRUE(store.write_chunk(1, chunk(0)));
        fs::copy_file(file_.string() + "-wal", folder_ / "stale");
    }
    fs::remove(file_);
    fs::rename(folder_ / "stale", file_.string() + "-wal");
    auto store = made(Keep::kAll, Journal::kWal);
    EXPECT_EQ(store.progress(1)->points, 0);
    EXPECT_TRUE(store.write_chunk(1, chunk(0)));
    EXPECT_EQ(store.query("PRAGMA integrity_check")->rows[0][0].text, "ok");
}

TEST_F(StudyStoreTest, FrontOnlyKeepsNoOtherRows) {
    auto store = made(Keep::kFront);
    StoredChunk first = chunk(0);
    first.points = {0, 2};
    first.feasible = {1, 1};
    first.steps = {{0, 0}, {0, 2}};
    first.metrics = {{700.0, 650.0}, {0.02, 0.03}};
    first.violations.clear();
    ASSERT_TRUE(store.write_chunk(1, first));
    StoredChunk second = chunk(1);
    second.points = {5};
    second.feasible = {1};
    second.steps = {{1}, {2}};
    second.metrics = {{600.0}, {0.01}};
    second.violations.clear();
    second.front_added = {5};
    second.front_removed = {0, 2};
    ASSERT_TRUE(store.write_chunk(1, second));
    EXPECT_EQ(store.progress(1)->kept, 1);
    EXPECT_EQ(store.read_front(1, {})->front().point, 5);
    EXPECT_EQ(store.failure_counts(1)->front().second, 2);  // of all points, kept or not
}

TEST_F(StudyStoreTest, AChunkIsStoredOnceAndWhole) {
    auto store = made();
    ASSERT_TRUE(store.write_chunk(1, chunk(0)));
    StoredChunk again = chunk(0);
    again.points = {0, 1, 4};  // the last is new, the first is not
    const auto refused = store.write_chunk(1, again);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().front().code, "store.write");
    EXPECT_EQ(store.progress(1)->kept, 3);
    EXPECT_EQ(store.failure_counts(1)->front().second, 1);
    ASSERT_TRUE(store.write_chunk(1, chunk(1)));  // and it goes on
}

TEST_F(StudyStoreTest, RunsOfOtherVariablesShareAFile) {
    auto store = made();
    StoredRun other = run();
    other.variables = {{"device.clock",
                        "device_clock_ghz",
                        "Clock",
                        "GHz",
                        ColumnType::kReal,
                        {{1.5, "1.5 GHz"}, {1.6, "1.6 GHz"}}},
                       {"point",
                        "point",
                        "A reserved name",
                        "",
                        ColumnType::kInteger,
                        {{1.0, "1"}, {2.0, "2"}, {3.0, "3"}}}};
    const auto number = store.add_run(other);
    ASSERT_TRUE(number) << number.error().front().message;
    EXPECT_EQ(*number, 2);
    EXPECT_EQ(store.read_run(2)->variables[1].column, "point_2");
    ASSERT_TRUE(store.write_chunk(1, chunk(0)));
    ASSERT_TRUE(store.write_chunk(2, chunk(0)));
    const auto rows = store.query(
        "SELECT device_clock_ghz, dies_gpu_width_mm FROM designs WHERE "
        "run = 2 AND point = 0");
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->rows[0][0].real, 1.5);
    EXPECT_EQ(rows->rows[0][1].kind, StudyStore::Cell::Kind::kNull);
    EXPECT_EQ(store.query("SELECT * FROM catalogs")->rows.size(), 1U);  // once per catalog
}

TEST_F(StudyStoreTest, FilesOfOthersAreLeftAlone) {
    const fs::path text = folder_ / "notes.txt";
    std::ofstream{text} << "Not a database, but longer than the hundred bytes of an SQLite header: "
                           "so much that it could be taken for one.";
    const fs::path other = folder_ / "other.sqlite";
    sqlite3* database = nullptr;
    sqlite3_open(other.c_str(), &database);
    sqlite3_exec(database, "CREATE TABLE t (x); INSERT INTO t VALUES (1)", nullptr, nullptr,
                 nullptr);
    sqlite3_close(database);
    for (const fs::path& path : {text, other, folder_}) {
        const std::string before = fs::is_directory(path) ? "" : bytes(path);
        for (const auto& code : {StudyStore::open_to_read(path).error().front().code,
                                 StudyStore::open_to_write(path).error().front().code,
                                 StudyStore::create(path, run()).error().front().code}) {
            EXPECT_EQ(code, "store.not_ours") << path;
        }
        EXPECT_EQ(fs::is_directory(path) ? "" : bytes(path), before);
    }
    EXPECT_EQ(std::distance(fs::directory_iterator{folder_}, {}), 2);
    EXPECT_EQ(StudyStore::open_to_read(folder_ / "none").error().front().code, "store.missing");
}

TEST_F(StudyStoreTest, ANewerSchemaIsRefusedUntouched) {
    ASSERT_TRUE(made().close());
    {
        Database database{file_, Database::Mode::kWrite};
        database.execute("PRAGMA user_version = 99");
    }
    const std::string before = bytes(file_);
    const auto read = StudyStore::open_to_read(file_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().front().code, "store.newer");
    EXPECT_NE(read.error().front().message.find("99"), std::string::npos);
    EXPECT_EQ(StudyStore::open_to_write(file_).error().front().code, "store.newer");
    EXPECT_EQ(bytes(file_), before);
}

TEST_F(StudyStoreTest, ADamagedFileOfOursIsAFailureToRead) {
    auto store = made();
    ASSERT_TRUE(store.write_chunk(1, chunk(0)));
    ASSERT_TRUE(store.close());
    std::string damaged = bytes(file_);
    for (std::size_t i = 100; i < damaged.size(); ++i) {
        damaged[i] = static_cast<char>(0xA5);
    }
    std::ofstream{file_, std::ios::binary} << damaged;
    const auto read = StudyStore::open_to_read(file_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().front().code, "store.read");
}

TEST_F(StudyStoreTest, AFileThatCannotBeMadeLeavesNothing) {
    const auto made = StudyStore::create(folder_ / "absent" / "out.sqlite", run());
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().front().code, "store.write");
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(StudyStoreTest, AnEmptyFileMayBecomeAResult) {
    std::ofstream{file_};
    EXPECT_EQ(*StudyStore::look(file_), StudyStore::Presence::kAbsent);
    ASSERT_TRUE(StudyStore::create(file_, run()));
    EXPECT_EQ(*StudyStore::look(file_), StudyStore::Presence::kOurs);
}

TEST_F(StudyStoreTest, EveryTableIsStrict) {
    ASSERT_TRUE(made().close());
    const auto store = StudyStore::open_to_read(file_);
    const auto loose = store->query(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
        "AND strict = 0 AND name NOT LIKE 'sqlite_%'");
    ASSERT_TRUE(loose);
    EXPECT_TRUE(loose->rows.empty());
}

}  // namespace
}  // namespace wafercast
