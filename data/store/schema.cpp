#include "store/schema.hpp"

#include <array>

namespace wafercast {

namespace {

constexpr std::string_view kTables = R"sql(
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('evaluation', 'sweep')),
    title TEXT NOT NULL,
    design TEXT NOT NULL,
    study TEXT NOT NULL,
    catalog INTEGER NOT NULL REFERENCES catalogs (catalog),
    points INTEGER NOT NULL CHECK (points >= 1),
    chunk_points INTEGER NOT NULL CHECK (chunk_points BETWEEN 1 AND 65536),
    keep TEXT NOT NULL CHECK (keep IN ('all', 'front'))
) STRICT;
CREATE TABLE meta (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE catalogs (
    catalog INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE catalog_entries (
    catalog INTEGER NOT NULL REFERENCES catalogs (catalog),
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (catalog, kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE variables (
    run INTEGER NOT NULL REFERENCES runs (run),
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    column_name TEXT NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE variable_values (
    run INTEGER NOT NULL,
    position INTEGER NOT NULL,
    step INTEGER NOT NULL,
    number REAL,
    text TEXT,
    PRIMARY KEY (run, position, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE metrics (
    run INTEGER NOT NULL REFERENCES runs (run),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE objectives (
    run INTEGER NOT NULL REFERENCES runs (run),
    position INTEGER NOT NULL,
    column_name TEXT NOT NULL,
    sense TEXT NOT NULL CHECK (sense IN ('min', 'max')),
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE constraints (
    run INTEGER NOT NULL REFERENCES runs (run),
    position INTEGER NOT NULL,
    column_name TEXT NOT NULL,
    minimum REAL,
    maximum REAL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE result_columns (
    column_name TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('variable', 'metric')),
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    unit TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('REAL', 'INTEGER', 'TEXT'))
) STRICT, WITHOUT ROWID;
CREATE TABLE points (
    run INTEGER NOT NULL REFERENCES runs (run),
    point INTEGER NOT NULL,
    feasible INTEGER NOT NULL CHECK (feasible IN (0, 1)),
    PRIMARY KEY (run, point)
) STRICT, WITHOUT ROWID;
CREATE TABLE violations (
    run INTEGER NOT NULL,
    point INTEGER NOT NULL,
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    value REAL,
    limit_value REAL,
    unit TEXT NOT NULL,
    PRIMARY KEY (run, point, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE failure_counts (
    run INTEGER NOT NULL REFERENCES runs (run),
    reason TEXT NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (run, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE front (
    run INTEGER NOT NULL REFERENCES runs (run),
    point INTEGER NOT NULL,
    PRIMARY KEY (run, point)
) STRICT, WITHOUT ROWID;
CREATE TABLE chunk_done (
    run INTEGER NOT NULL REFERENCES runs (run),
    chunk INTEGER NOT NULL,
    first_point INTEGER NOT NULL,
    points INTEGER NOT NULL,
    feasible INTEGER NOT NULL,
    PRIMARY KEY (run, chunk)
) STRICT, WITHOUT ROWID;
CREATE TABLE tree_lines (
    run INTEGER NOT NULL REFERENCES runs (run),
    point INTEGER NOT NULL,
    tree TEXT NOT NULL,
    line INTEGER NOT NULL,
    parent INTEGER,
    depth INTEGER NOT NULL,
    label TEXT NOT NULL,
    amount REAL,
    unit TEXT NOT NULL,
    PRIMARY KEY (run, point, tree, line)
) STRICT, WITHOUT ROWID;
CREATE TABLE assumption_values (
    run INTEGER NOT NULL REFERENCES runs (run),
    path TEXT NOT NULL,
    value REAL,
    low REAL,
    high REAL,
    unit TEXT NOT NULL,
    written TEXT NOT NULL,
    source TEXT NOT NULL,
    as_of TEXT NOT NULL,
    confidence TEXT NOT NULL,
    range TEXT NOT NULL CHECK (range IN ('exact', 'source', 'rule')),
    PRIMARY KEY (run, path)
) STRICT, WITHOUT ROWID;
)sql";

/// What leads from version i + 1 to i + 2; none so far.
constexpr std::array<std::string_view, kSchemaVersion - 1> kMigrations{};

/// "title [unit]" needs quotes in every query, so columns keep their plain names with the unit in
/// them; `column_titles` says them in words.
std::string result_column_list(const Database& database, std::string_view prefix) {
    Statement columns = database.prepare(
        "SELECT column_name FROM result_columns ORDER BY role DESC, position");  // variables first
    std::string list;
    while (columns.step()) {
        list += ", " + std::string{prefix} + sql_name(columns.text(0));
    }
    return list;
}

}  // namespace

std::string sql_name(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        out += c;
        if (c == '"') {
            out += c;
        }
    }
    return out + "\"";
}

void create_schema(Database& database) {
    Transaction transaction{database};
    database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
    database.execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    database.execute(kTables);
    transaction.commit();
}

bool migrate_schema(Database& database) {
    const std::int64_t version = database.integer("PRAGMA user_version");
    if (version >= kSchemaVersion) {
        return false;
    }
    Transaction transaction{database};
    for (std::int64_t from = version; from < kSchemaVersion; ++from) {
        if (from >= 1 && from <= static_cast<std::int64_t>(kMigrations.size())) {
            database.execute(kMigrations[static_cast<std::size_t>(from - 1)]);
        }
    }
    create_views(database);
    database.execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    transaction.commit();
    return true;
}

void create_views(Database& database) {
    const std::string columns = result_column_list(database, "p.");
    const std::string facts =
        ", (SELECT group_concat(v.reason, ', ') FROM violations v WHERE v.run = p.run AND v.point "
        "= p.point) AS violations";
    database.execute(
        "DROP VIEW IF EXISTS designs; DROP VIEW IF EXISTS pareto; DROP VIEW IF EXISTS cost_lines;"
        "DROP VIEW IF EXISTS assumptions; DROP VIEW IF EXISTS column_titles;");
    database.execute(
        "CREATE VIEW designs AS SELECT p.run, p.point, p.feasible,"
        " EXISTS (SELECT 1 FROM front f WHERE f.run = p.run AND f.point = p.point) AS "
        "on_front" +
        columns + facts + " FROM points p");
    database.execute("CREATE VIEW pareto AS SELECT p.run, p.point" + columns +
                     " FROM front f JOIN points p ON p.run = f.run AND p.point = f.point");
    database.execute(
        "CREATE VIEW cost_lines AS SELECT run, point, tree, line,"
        " printf('%*s', 2 * depth, '') || label AS label, amount, unit, parent, depth"
        " FROM tree_lines ORDER BY run, point, tree, line");
    database.execute(
        "CREATE VIEW assumptions AS SELECT run, path, value, low AS p10, high AS p90, unit, "
        "written, source, as_of, confidence, range FROM assumption_values ORDER BY run, path");
    database.execute(
        "CREATE VIEW column_titles AS SELECT column_name, title, unit, role, name"
        " FROM result_columns ORDER BY role DESC, position");
}

}  // namespace wafercast
