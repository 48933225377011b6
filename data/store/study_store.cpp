#include "store/study_store.hpp"

#include <array>
#include <fstream>
#include <sys/statfs.h>
#include <unistd.h>

#include "store/database.hpp"
#include "store/run_tables.hpp"
#include "store/schema.hpp"

namespace wafercast {

namespace fs = std::filesystem;

namespace {

Failure failure(const char* code, const fs::path& path, const std::string& message) {
    return {.code = code, .message = message, .where = {path.string(), 0, 0}};
}

/// Big-endian word of an SQLite header.
std::uint32_t word(const std::array<char, 100>& header, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        value = value << 8 | static_cast<unsigned char>(header[i]);
    }
    return value;
}

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;

/// Shared-memory locks, which the write-ahead log needs, do not work across machines.
bool on_network_disk(const fs::path& path) {
    constexpr std::array<std::uint32_t, 10> kNetworkDisks{
        0x6969 /*nfs*/,      0xFF534D42 /*cifs*/, 0xFE534D42 /*smb2*/,
        0x517B /*smb*/,      0x65735546 /*fuse*/, 0x0BD00BD0 /*lustre*/,
        0x47504653 /*gpfs*/, 0x5346414F /*afs*/,  0x00C36400 /*ceph*/,
        0x01021997 /*9p*/};
    struct statfs disk {};
    if (statfs(path.c_str(), &disk) != 0) {
        return false;
    }
    const auto type = static_cast<std::uint32_t>(disk.f_type);
    return std::find(kNetworkDisks.begin(), kNetworkDisks.end(), type) != kNetworkDisks.end();
}

void start_writing(Database& database, const fs::path& path, Journal journal) {
    const bool wal =
        journal == Journal::kWal || (journal == Journal::kAuto && !on_network_disk(path));
    database.execute(wal ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"
                         : "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
    database.execute("PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY");
}

StudyStore::Cell cell_of(const Statement& row, int column) {
    using Kind = StudyStore::Cell::Kind;
    StudyStore::Cell cell;
    if (row.is_null(column)) {
        return cell;
    }
    if (row.is_text(column)) {
        cell.kind = Kind::kText;
        cell.text = row.text(column);
    } else if (row.is_integer(column)) {
        cell.kind = Kind::kInteger;
        cell.integer = row.integer(column);
        cell.real = static_cast<double>(cell.integer);
    } else {
        cell.kind = Kind::kReal;
        cell.real = row.number(column);
    }
    return cell;
}

}  // namespace

/// Statements of the inner loop, prepared once, with the run's values ready to bind.
struct StudyStore::Prepared {
    std::int64_t run = 0;
    StoredRun stored;
    Statement point, violation, count, front_add, front_remove, point_remove, violation_remove,
        chunk;

    Prepared(const Database& database, std::int64_t number)
        : run{number}, stored{select_run(database, number)} {
        std::string columns = "run, point, feasible";
        std::string marks = "?, ?, ?";
        for (const auto& variable : stored.variables) {
            columns += ", " + sql_name(variable.column);
            marks += ", ?";
        }
        for (const auto& metric : stored.metrics) {
            columns += ", " + sql_name(metric.column);
            marks += ", ?";
        }
        point = database.prepare("INSERT INTO points (" + columns + ") VALUES (" + marks + ")");
        violation =
            database.prepare("INSERT INTO violations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        count = database.prepare(
            "INSERT INTO failure_counts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET points = "
            "points + excluded.points");
        front_add = database.prepare("INSERT INTO front VALUES (?1, ?2)");
        front_remove = database.prepare("DELETE FROM front WHERE run = ?1 AND point = ?2");
        point_remove = database.prepare("DELETE FROM points WHERE run = ?1 AND point = ?2");
        violation_remove = database.prepare("DELETE FROM violations WHERE run = ?1 AND point = ?2");
        chunk = database.prepare("INSERT INTO chunk_done VALUES (?1, ?2, ?3, ?4, ?5)");
    }

    void write(const StoredChunk& rows) {
        write_points(rows);
        write_violations(rows);
        for (const auto& [reason, points] : rows.failures) {
            count.bind(0, run);
            count.bind(1, std::string_view{reason});
            count.bind(2, points);
            count.run();
        }
        for (const std::int64_t removed : rows.front_removed) {
            remove(front_remove, removed);
            if (stored.keep == Keep::kFront) {
                remove(point_remove, removed);
                remove(violation_remove, removed);
            }
        }
        for (const std::int64_t added : rows.front_added) {
            remove(front_add, added);
        }
        chunk.bind(0, run);
        chunk.bind(1, rows.chunk);
        chunk.bind(2, rows.first_point);
        chunk.bind(3, rows.point_count);
        chunk.bind(4, rows.feasible_count);
        chunk.run();
    }

private:
    void write_points(const StoredChunk& rows) {
        point.bind(0, run);
        for (std::size_t row = 0; row < rows.points.size(); ++row) {
            int at = 1;
            point.bind(at++, rows.points[row]);
            point.bind(at++, static_cast<std::int64_t>(rows.feasible[row]));
            for (std::size_t i = 0; i < stored.variables.size(); ++i) {
                const StoredVariable& variable = stored.variables[i];
                const StoredValue& value = variable.values[rows.steps[i][row]];
                if (variable.type == ColumnType::kText) {
                    point.bind(at++, std::string_view{value.text});
                } else if (variable.type == ColumnType::kInteger) {
                    point.bind(at++, static_cast<std::int64_t>(value.number));
                } else {
                    point.bind(at++, value.number);
                }
            }
            for (const auto& metric : rows.metrics) {
                point.bind(at++, metric[row]);
            }
            point.run();
        }
    }

    void write_violations(const StoredChunk& rows) {
        std::int64_t position = 0;
        std::int64_t last = -1;
        violation.bind(0, run);
        for (const StoredViolation& item : rows.violations) {
            position = item.point == last ? position + 1 : 0;
            last = item.point;
            violation.bind(1, item.point);
            violation.bind(2, position);
            violation.bind(3, std::string_view{item.reason});
            violation.bind(4, std::string_view{item.subject});
            violation.bind(5, item.value);
            violation.bind(6, item.limit);
            violation.bind(7, std::string_view{item.unit});
            violation.run();
        }
    }

    /// Runs a statement of (run, point).
    void remove(Statement& statement, std::int64_t at) const {
        statement.bind(0, run);
        statement.bind(1, at);
        statement.run();
    }
};

StudyStore::StudyStore(fs::path path, std::unique_ptr<Database> database)
    : path_{std::move(path)}, database_{std::move(database)} {}
StudyStore::StudyStore(StudyStore&&) noexcept = default;
StudyStore& StudyStore::operator=(StudyStore&&) noexcept = default;

StudyStore::~StudyStore() {
    // A run that ends early, refused or failed, still leaves one portable file.
    if (database_ != nullptr && database_->is_open()) {
        (void)close();
    }
}

template <class T, class F>
Result<T> StudyStore::reading(F&& work) const {
    try {
        return work();
    } catch (const std::exception& error) {
        return failure("store.read", path_,
                       std::string{"The result cannot be read: "} + error.what() + ".");
    }
}

template <class T, class F>
Result<T> StudyStore::writing(F&& work) const {
    try {
        return work();
    } catch (const std::exception& error) {
        return failure("store.write", path_,
                       std::string{"The result cannot be written: "} + error.what() + ".");
    }
}

Result<StudyStore::Presence> StudyStore::look(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
        return Presence::kAbsent;
    }
    if (!fs::is_regular_file(status)) {
        return failure("store.not_ours", path, "This is not a file; name an SQLite file.");
    }
    if (fs::file_size(path, error) == 0) {
        return Presence::kAbsent;
    }
    std::array<char, 100> header{};
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        return failure("store.missing", path, "The file cannot be opened.");
    }
    file.read(header.data(), header.size());
    const bool sqlite =
        file.gcount() == 100 && std::string_view{header.data(), kMagic.size()} == kMagic;
    if (!sqlite || word(header, kApplicationIdAt) != kApplicationId) {
        return failure("store.not_ours", path,
                       sqlite ? "This SQLite file was made by another program; it is left as it is."
                              : "This file is not a result of wafercast; it is left as it is.");
    }
    if (const auto version = word(header, kUserVersionAt); version > kSchemaVersion) {
        return failure("store.newer", path,
                       "The file has schema version " + std::to_string(version) +
                           ", newer than the " + std::to_string(kSchemaVersion) +
                           " this wafercast knows; use the newer program that wrote it.");
    }
    return Presence::kOurs;
}

Result<Done> StudyStore::create(const fs::path& path, const StoredRun& run) {
    const auto presence = look(path);
    if (!presence) {
        return presence.error();
    }
    if (*presence == Presence::kOurs) {
        return failure("store.write", path, "The file exists already.");
    }
    fs::path fresh = path;
    fresh += ".new-" + std::to_string(::getpid());
    std::error_code error;
    fs::remove(fresh, error);
    try {
        Database database{fresh, Database::Mode::kCreate};
        database.execute("PRAGMA page_size = 8192; PRAGMA synchronous = FULL");
        create_schema(database);
        Transaction transaction{database};
        insert_run(database, run);
        transaction.commit();
        database.close();
        // A log whose database somebody removed would be played into the new one.
        for (const char* suffix : {"-wal", "-shm", "-journal"}) {
            fs::remove(path.string() + suffix, error);
        }
        fs::rename(fresh, path);
    } catch (const std::exception& problem) {
        fs::remove(fresh, error);
        return failure("store.write", path,
                       std::string{"The file cannot be made: "} + problem.what() + ".");
    }
    return Done{};
}

Result<StudyStore> StudyStore::open_to_read(const fs::path& path) {
    const auto presence = look(path);
    if (!presence) {
        return presence.error();
    }
    if (*presence == Presence::kAbsent) {
        return failure("store.missing", path, "There is no such result.");
    }
    try {
        auto database = std::make_unique<Database>(path, Database::Mode::kRead);
        (void)database->integer("SELECT count(*) FROM runs");
        return StudyStore{path, std::move(database)};
    } catch (const DatabaseError& error) {
        return failure("store.read", path,
                       std::string{"The result cannot be read: "} + error.what() + ".");
    }
}

Result<StudyStore> StudyStore::open_to_write(const fs::path& path, Journal journal) {
    const auto presence = look(path);
    if (!presence) {
        return presence.error();
    }
    if (*presence == Presence::kAbsent) {
        return failure("store.missing", path, "There is no such result.");
    }
    try {
        auto database = std::make_unique<Database>(path, Database::Mode::kWrite);
        migrate_schema(*database);
        start_writing(*database, path, journal);
        return StudyStore{path, std::move(database)};
    } catch (const DatabaseError& error) {
        return failure(
            "store.write", path,
            std::string{"The result cannot be opened for writing: "} + error.what() + ".");
    }
}

Result<std::int64_t> StudyStore::add_run(const StoredRun& run) {
    return writing<std::int64_t>([&] {
        prepared_.reset();
        Transaction transaction{*database_};
        const std::int64_t number = insert_run(*database_, run);
        transaction.commit();
        return number;
    });
}

Result<std::vector<std::int64_t>> StudyStore::run_numbers() const {
    return reading<std::vector<std::int64_t>>([&] {
        std::vector<std::int64_t> numbers;
        Statement each = database_->prepare("SELECT run FROM runs ORDER BY run");
        while (each.step()) {
            numbers.push_back(each.integer(0));
        }
        return numbers;
    });
}

Result<StoredRun> StudyStore::read_run(std::int64_t run) const {
    return reading<StoredRun>([&] { return select_run(*database_, run); });
}

Result<Done> StudyStore::set_meta(std::int64_t run, std::string_view key, std::string_view value) {
    return writing<Done>([&] {
        Statement set = database_->prepare("INSERT OR REPLACE INTO meta VALUES (?1, ?2, ?3)");
        set.bind(0, run);
        set.bind(1, key);
        set.bind(2, value);
        set.run();
        return Done{};
    });
}

Result<std::vector<std::int64_t>> StudyStore::done_chunks(std::int64_t run) const {
    return reading<std::vector<std::int64_t>>([&] {
        std::vector<std::int64_t> chunks;
        Statement each =
            database_->prepare("SELECT chunk FROM chunk_done WHERE run = ?1 ORDER BY chunk");
        each.bind(0, run);
        while (each.step()) {
            chunks.push_back(each.integer(0));
        }
        return chunks;
    });
}

StudyStore::Prepared& StudyStore::prepared(std::int64_t run) {
    if (!prepared_ || prepared_->run != run) {
        prepared_ = std::make_unique<Prepared>(*database_, run);
    }
    return *prepared_;
}

Result<Done> StudyStore::write_chunk(std::int64_t run, const StoredChunk& chunk) {
    return writing<Done>([&] {
        Prepared& statements = prepared(run);
        Transaction transaction{*database_};
        statements.write(chunk);
        transaction.commit();
        return Done{};
    });
}

Result<Done> StudyStore::write_trees(std::int64_t run, const std::vector<StoredTreeLine>& lines) {
    return writing<Done>([&] {
        Transaction transaction{*database_};
        Statement clear = database_->prepare("DELETE FROM tree_lines WHERE run = ?1");
        clear.bind(0, run);
        clear.run();
        Statement insert = database_->prepare(
            "INSERT INTO tree_lines VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        for (const StoredTreeLine& line : lines) {
            insert.bind(0, run);
            insert.bind(1, line.point);
            insert.bind(2, std::string_view{line.tree});
            insert.bind(3, line.line);
            line.parent < 0 ? insert.bind_null(4) : insert.bind(4, line.parent);
            insert.bind(5, static_cast<std::int64_t>(line.depth));
            insert.bind(6, std::string_view{line.label});
            insert.bind(7, line.amount);
            insert.bind(8, std::string_view{line.unit});
            insert.run();
        }
        transaction.commit();
        return Done{};
    });
}

Result<std::vector<StudyStore::FrontMember>> StudyStore::read_front(
    std::int64_t run, const std::vector<std::string>& columns) const {
    return reading<std::vector<FrontMember>>([&] {
        std::string list;
        for (const std::string& column : columns) {
            list += ", p." + sql_name(column);
        }
        Statement each = database_->prepare(
            "SELECT f.point" + list +
            " FROM front f JOIN points p ON p.run = f.run AND p.point = f.point WHERE f.run = ?1 "
            "ORDER BY f.point");
        each.bind(0, run);
        std::vector<FrontMember> members;
        while (each.step()) {
            FrontMember member{each.integer(0), {}};
            for (std::size_t i = 0; i < columns.size(); ++i) {
                member.values.push_back(each.number(static_cast<int>(i) + 1));
            }
            members.push_back(std::move(member));
        }
        return members;
    });
}

Result<StudyStore::Progress> StudyStore::progress(std::int64_t run) const {
    return reading<Progress>([&] {
        const std::string where = " WHERE run = " + std::to_string(run);
        return Progress{
            database_->integer("SELECT COALESCE(SUM(points), 0) FROM chunk_done" + where),
            database_->integer("SELECT COALESCE(SUM(feasible), 0) FROM chunk_done" + where),
            database_->integer("SELECT count(*) FROM points" + where),
            database_->integer("SELECT count(*) FROM front" + where)};
    });
}

Result<std::vector<std::pair<std::string, std::int64_t>>> StudyStore::failure_counts(
    std::int64_t run) const {
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    return reading<Counts>([&] {
        Counts counts;
        Statement each = database_->prepare(
            "SELECT reason, points FROM failure_counts WHERE run = ?1 ORDER BY points DESC, "
            "reason");
        each.bind(0, run);
        while (each.step()) {
            counts.emplace_back(each.text(0), each.integer(1));
        }
        return counts;
    });
}

Result<StudyStore::Query> StudyStore::query(std::string_view sql) const {
    Query result;
    auto done = query_each(
        sql, [&](const std::vector<std::string>& columns) { result.columns = columns; },
        [&](const std::vector<Cell>& row) {
            result.rows.push_back(row);
            return true;
        });
    if (!done) {
        return std::move(done).error();
    }
    return result;
}

Result<Done> StudyStore::query_each(
    std::string_view sql, const std::function<void(const std::vector<std::string>&)>& header,
    const std::function<bool(const std::vector<Cell>&)>& row) const {
    return reading<Done>([&] {
        Statement each = database_->prepare(sql);
        std::vector<std::string> columns;
        for (int i = 0; i < each.column_count(); ++i) {
            columns.push_back(each.column_name(i));
        }
        header(columns);
        std::vector<Cell> cells(columns.size());
        while (each.step()) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                cells[i] = cell_of(each, static_cast<int>(i));
            }
            if (!row(cells)) {
                break;
            }
        }
        return Done{};
    });
}

Result<Done> StudyStore::close() {
    return writing<Done>([&] {
        prepared_.reset();
        database_->execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
        database_->close();
        return Done{};
    });
}

}  // namespace wafercast
