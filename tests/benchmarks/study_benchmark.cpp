#include <cmath>
#include <fstream>
#include <sqlite3.h>
#include <stdexcept>
#include <unistd.h>

#include "benchmarks/benchmark.hpp"
#include "benchmarks/examples.hpp"
#include "session/stored_values.hpp"
#include "session/sweep.hpp"
#include "store/study_store.hpp"

namespace wafercast::bench {

namespace {

namespace fs = std::filesystem;

/// A folder of its own that goes with its owner.
struct Scratch {
    fs::path folder;
    Scratch() {
        static int count = 0;
        folder = fs::temp_directory_path() /
                 ("wafercast-bench-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        fs::create_directories(folder);
    }
    ~Scratch() {
        std::error_code error;
        fs::remove_all(folder, error);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};

void check(bool good, const char* what) {
    if (!good) {
        throw std::runtime_error{what};
    }
}

constexpr std::int64_t kRows = 65536;
constexpr std::size_t kMetrics = 30;

StoredRun wide_run() {
    StoredRun run;
    run.kind = "sweep";
    run.title = "insert rate";
    run.points = kRows;
    run.chunk_points = kRows;
    run.catalog_hash = "none";
    for (std::size_t i = 0; i < kMetrics; ++i) {
        const std::string name = "metric_" + std::to_string(i);
        run.metrics.push_back({name, name, name, "s"});
    }
    return run;
}

StoredChunk wide_chunk() {
    StoredChunk chunk;
    chunk.point_count = kRows;
    chunk.metrics.assign(kMetrics, std::vector<double>(kRows));
    for (std::int64_t i = 0; i < kRows; ++i) {
        chunk.points.push_back(i);
        chunk.feasible.push_back(1);
        for (std::size_t k = 0; k < kMetrics; ++k) {
            chunk.metrics[k][static_cast<std::size_t>(i)] =
                1.0 / static_cast<double>(i + static_cast<std::int64_t>(k) + 1);
        }
    }
    return chunk;
}

double store_rows(const fs::path& file, const StoredRun& run, const StoredChunk& chunk) {
    fs::remove(file);
    check(StudyStore::create(file, run).has_value(), "create");
    auto store = StudyStore::open_to_write(file);
    check(store.has_value() && store->write_chunk(1, chunk).has_value(), "write");
    check(store->close().has_value(), "close");
    return 1.0;
}

/// The least that SQLite needs: one prepared statement, one transaction.
double store_rows_plainly(const fs::path& file, const StoredChunk& chunk) {
    fs::remove(file);
    sqlite3* database = nullptr;
    check(sqlite3_open(file.c_str(), &database) == SQLITE_OK, "open");
    std::string table = "CREATE TABLE points (point INTEGER PRIMARY KEY, feasible INTEGER";
    std::string insert = "INSERT INTO points VALUES (?, ?";
    for (std::size_t k = 0; k < kMetrics; ++k) {
        table += ", m" + std::to_string(k) + " REAL";
        insert += ", ?";
    }
    sqlite3_exec(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", nullptr,
                 nullptr, nullptr);
    sqlite3_exec(database, (table + ") STRICT").c_str(), nullptr, nullptr, nullptr);
    sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr);
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database, (insert + ")").c_str(), -1, &statement, nullptr);
    for (std::size_t i = 0; i < chunk.points.size(); ++i) {
        sqlite3_bind_int64(statement, 1, chunk.points[i]);
        sqlite3_bind_int64(statement, 2, chunk.feasible[i]);
        for (std::size_t k = 0; k < kMetrics; ++k) {
            sqlite3_bind_double(statement, static_cast<int>(k) + 3, chunk.metrics[k][i]);
        }
        check(sqlite3_step(statement) == SQLITE_DONE, "insert");
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_exec(database, "COMMIT; PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
    sqlite3_close(database);
    return 1.0;
}

}  // namespace

BENCHMARK_CASE("store/insert", "rows a second; slower than a raw loop only by checks", "1/s") {
    const auto scratch = std::make_shared<Scratch>();
    const auto run = std::make_shared<const StoredRun>(wide_run());
    const auto chunk = std::make_shared<const StoredChunk>(wide_chunk());
    return {.call = [=] { return store_rows(scratch->folder / "ours.sqlite", *run, *chunk); },
            .items = static_cast<double>(kRows),
            .baseline_name = "prepared insert loop",
            .baseline = [=] { return store_rows_plainly(scratch->folder / "raw.sqlite", *chunk); }};
}

BENCHMARK_CASE("sweep/100k", "100,000 points of the H100 into SQLite; wall, goal 10 s on two cores",
               "s") {
    const auto example = std::make_shared<const Example>(shipped_h100());
    const auto scratch = std::make_shared<Scratch>();
    const auto study = scratch->folder / "study.toml";
    std::ofstream{study} << "design = \"" << shipped("designs/h100-sxm.toml").string() << "\"\n"
                         << R"(
[[variables]]
path = "blocks.sm.count"
range = [120, 169]
step = 1
[[variables]]
path = "device.clock"
range = ["1.40 GHz", "1.79 GHz"]
step = "0.01 GHz"
[[variables]]
path = "scenario.utilisation"
range = [0.51, 1.0]
step = 0.01
[[objectives]]
metric = "token_economics.usd_per_mtok"
sense = "min"
[[objectives]]
metric = "token_economics.tpot_s"
sense = "min"
[method]
name = "grid"
)";
    return {.call =
                [=] {
                    SweepOptions options;
                    options.study = study;
                    options.output = scratch->folder / "out.sqlite";
                    options.functional = false;
                    const auto summary = run_sweep(*example->session, options);
                    check(summary.has_value() && summary->complete, "sweep");
                    return static_cast<double>(summary->progress.feasible);
                },
            .once = true};
}

}  // namespace wafercast::bench
