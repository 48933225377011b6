#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "store/stored_run.hpp"

namespace wafercast {

class Database;

/// How a file is kept while it is written.
enum class Journal {
    kAuto,     ///< write-ahead log; a rollback journal on network disks, where that does not work
    kWal,      ///< write-ahead log
    kRollback  ///< rollback journal
};

/// Results in one portable SQLite file: runs of a study, and single evaluations. docs/schema.md
/// describes what is in it.
///
/// Failures have the codes "store.not_ours" (another program's file: left untouched),
/// "store.missing", and, for files of ours, "store.newer", "store.read" and "store.write".
class StudyStore {
public:
    /// Whether `path` is absent or empty (so that a run may create it), or ours.
    enum class Presence { kAbsent, kOurs };
    static Result<Presence> look(const std::filesystem::path& path);

    /// Makes a file that holds `run` and no points yet; it appears whole or not at all.
    static Result<Done> create(const std::filesystem::path& path, const StoredRun& run);

    /// Opens a file of ours for reading, or for adding to it (older versions are brought up to
    /// date).
    static Result<StudyStore> open_to_read(const std::filesystem::path& path);
    static Result<StudyStore> open_to_write(const std::filesystem::path& path,
                                            Journal journal = Journal::kAuto);

    StudyStore(StudyStore&&) noexcept;
    StudyStore& operator=(StudyStore&&) noexcept;
    /// Leaves the file as it is; a log left behind is read by the next who opens it.
    ~StudyStore();

    /// Adds a run to a file. @return its number
    Result<std::int64_t> add_run(const StoredRun& run);
    [[nodiscard]] Result<std::vector<std::int64_t>> run_numbers() const;
    /// What is stored of a run; the catalog's texts and the assumptions are left out.
    [[nodiscard]] Result<StoredRun> read_run(std::int64_t run) const;
    Result<Done> set_meta(std::int64_t run, std::string_view key, std::string_view value);

    /// Chunks that are stored whole, ascending.
    [[nodiscard]] Result<std::vector<std::int64_t>> done_chunks(std::int64_t run) const;

    /// Rows, front, counts and the chunk's own mark, all or nothing.
    Result<Done> write_chunk(std::int64_t run, const StoredChunk& chunk);

    /// Trees of some points, replacing those stored before.
    Result<Done> write_trees(std::int64_t run, const std::vector<StoredTreeLine>& lines);

    /// A member of the front with the values of some metric columns.
    struct FrontMember {
        std::int64_t point = 0;
        std::vector<double> values;
    };
    [[nodiscard]] Result<std::vector<FrontMember>> read_front(
        std::int64_t run, const std::vector<std::string>& columns) const;

    struct Progress {
        std::int64_t points = 0;
        std::int64_t feasible = 0;
        std::int64_t kept = 0;
        std::int64_t front = 0;
    };
    [[nodiscard]] Result<Progress> progress(std::int64_t run) const;

    /// Points by reason why they fail, most frequent first.
    [[nodiscard]] Result<std::vector<std::pair<std::string, std::int64_t>>> failure_counts(
        std::int64_t run) const;

    /// A cell of a result: nothing, a number or a text.
    struct Cell {
        enum class Kind { kNull, kInteger, kReal, kText } kind = Kind::kNull;
        std::int64_t integer = 0;
        double real = 0.0;
        std::string text;
    };
    struct Query {
        std::vector<std::string> columns;
        std::vector<std::vector<Cell>> rows;
    };
    /// Any SELECT, for reports; parameters are not needed because callers choose from views.
    [[nodiscard]] Result<Query> query(std::string_view sql) const;
    /// The same, row by row; `row` returns false to stop.
    Result<Done> query_each(
        std::string_view sql,
        const std::function<void(const std::vector<std::string>& columns)>& header,
        const std::function<bool(const std::vector<Cell>& row)>& row) const;

    /// Folds the log in: what remains is one portable file.
    Result<Done> close();

private:
    struct Prepared;
    StudyStore(std::filesystem::path path, std::unique_ptr<Database> database);
    template <class T, class F>
    Result<T> reading(F&& work) const;
    template <class T, class F>
    Result<T> writing(F&& work) const;
    Prepared& prepared(std::int64_t run);

    std::filesystem::path path_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Prepared> prepared_;
};

}  // namespace wafercast
