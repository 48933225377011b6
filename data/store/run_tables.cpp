#include "store/run_tables.hpp"

#include <algorithm>

#include "store/schema.hpp"

namespace wafercast {

namespace {

std::string_view type_name(ColumnType type) {
    switch (type) {
        case ColumnType::kInteger:
            return "INTEGER";
        case ColumnType::kText:
            return "TEXT";
        case ColumnType::kReal:
            break;
    }
    return "REAL";
}

ColumnType type_of(std::string_view name) {
    return name == "INTEGER" ? ColumnType::kInteger
           : name == "TEXT"  ? ColumnType::kText
                             : ColumnType::kReal;
}

/// What a result column holds; two runs share a column when all of it agrees.
struct ColumnFacts {
    std::string role, name, title, unit, type;
    friend bool operator==(const ColumnFacts&, const ColumnFacts&) = default;
};

/// Finds or adds the column of `points` for a variable or metric. @return its name
std::string result_column(Database& database, const std::string& wanted, const ColumnFacts& facts) {
    Statement find = database.prepare(
        "SELECT role, name, title, unit, type FROM result_columns WHERE column_name = ?1");
    std::string column = wanted;
    for (int suffix = 2;; ++suffix) {
        find.bind(0, std::string_view{column});
        const bool taken = find.step();
        const ColumnFacts known = taken ? ColumnFacts{find.text(0), find.text(1), find.text(2),
                                                      find.text(3), find.text(4)}
                                        : ColumnFacts{};
        find.reset();
        if (taken && known.role == facts.role && known.name == facts.name &&
            known.unit == facts.unit && known.type == facts.type) {
            return column;
        }
        const bool reserved = column == "run" || column == "point" || column == "feasible" ||
                              column == "on_front" || column == "violations";
        if (!taken && !reserved) {
            break;
        }
        column = wanted + "_" + std::to_string(suffix);
    }
    Statement add = database.prepare(
        "INSERT INTO result_columns VALUES (?1, (SELECT COALESCE(MAX(position), 0) + 1 FROM "
        "result_columns), ?2, ?3, ?4, ?5, ?6)");
    add.bind(0, std::string_view{column});
    add.bind(1, std::string_view{facts.role});
    add.bind(2, std::string_view{facts.name});
    add.bind(3, std::string_view{facts.title});
    add.bind(4, std::string_view{facts.unit});
    add.bind(5, std::string_view{facts.type});
    add.run();
    database.execute("ALTER TABLE points ADD COLUMN " + sql_name(column) + " " + facts.type);
    return column;
}

std::int64_t insert_catalog(Database& database, const StoredRun& run) {
    Statement find = database.prepare("SELECT catalog FROM catalogs WHERE hash = ?1");
    find.bind(0, std::string_view{run.catalog_hash});
    if (find.step()) {
        return find.integer(0);
    }
    Statement add = database.prepare("INSERT INTO catalogs (hash) VALUES (?1)");
    add.bind(0, std::string_view{run.catalog_hash});
    add.run();
    const std::int64_t catalog = database.integer("SELECT last_insert_rowid()");
    Statement entry = database.prepare("INSERT INTO catalog_entries VALUES (?1, ?2, ?3, ?4, ?5)");
    for (const StoredCatalogEntry& stored : run.catalog) {
        entry.bind(0, catalog);
        entry.bind(1, std::string_view{stored.kind});
        entry.bind(2, std::string_view{stored.id});
        entry.bind(3, std::string_view{stored.title});
        entry.bind(4, std::string_view{stored.text});
        entry.run();
    }
    return catalog;
}

void insert_variables(Database& database, std::int64_t run, const StoredRun& stored) {
    Statement variable = database.prepare("INSERT INTO variables VALUES (?1, ?2, ?3, ?4)");
    Statement value = database.prepare("INSERT INTO variable_values VALUES (?1, ?2, ?3, ?4, ?5)");
    for (std::size_t i = 0; i < stored.variables.size(); ++i) {
        const StoredVariable& item = stored.variables[i];
        const std::string column = result_column(
            database, item.column,
            {"variable", item.path, item.title, item.unit, std::string{type_name(item.type)}});
        const auto position = static_cast<std::int64_t>(i);
        variable.bind(0, run);
        variable.bind(1, position);
        variable.bind(2, std::string_view{item.path});
        variable.bind(3, std::string_view{column});
        variable.run();
        for (std::size_t step = 0; step < item.values.size(); ++step) {
            value.bind(0, run);
            value.bind(1, position);
            value.bind(2, static_cast<std::int64_t>(step));
            if (item.type == ColumnType::kText) {
                value.bind_null(3);
            } else {
                value.bind(3, item.values[step].number);
            }
            value.bind(4, std::string_view{item.values[step].text});
            value.run();
        }
    }
}

void insert_metrics(Database& database, std::int64_t run, const StoredRun& stored) {
    Statement insert = database.prepare("INSERT INTO metrics VALUES (?1, ?2, ?3, ?4)");
    for (std::size_t i = 0; i < stored.metrics.size(); ++i) {
        const StoredMetric& metric = stored.metrics[i];
        const std::string column = result_column(
            database, metric.column, {"metric", metric.name, metric.title, metric.unit, "REAL"});
        insert.bind(0, run);
        insert.bind(1, static_cast<std::int64_t>(i));
        insert.bind(2, std::string_view{metric.name});
        insert.bind(3, std::string_view{column});
        insert.run();
    }
}

void insert_questions(Database& database, std::int64_t run, const StoredRun& stored) {
    Statement objective = database.prepare("INSERT INTO objectives VALUES (?1, ?2, ?3, ?4)");
    for (std::size_t i = 0; i < stored.objectives.size(); ++i) {
        objective.bind(0, run);
        objective.bind(1, static_cast<std::int64_t>(i));
        objective.bind(2, std::string_view{stored.objectives[i].column});
        objective.bind(3, std::string_view{stored.objectives[i].maximise ? "max" : "min"});
        objective.run();
    }
    Statement constraint = database.prepare("INSERT INTO constraints VALUES (?1, ?2, ?3, ?4, ?5)");
    for (std::size_t i = 0; i < stored.constraints.size(); ++i) {
        const StoredConstraint& item = stored.constraints[i];
        constraint.bind(0, run);
        constraint.bind(1, static_cast<std::int64_t>(i));
        constraint.bind(2, std::string_view{item.column});
        const auto bind_limit = [&](int parameter, const std::optional<double>& limit) {
            limit ? constraint.bind(parameter, *limit) : constraint.bind_null(parameter);
        };
        bind_limit(3, item.minimum);
        bind_limit(4, item.maximum);
        constraint.run();
    }
}

void insert_assumptions(Database& database, std::int64_t run, const StoredRun& stored) {
    Statement insert = database.prepare(
        "INSERT OR IGNORE INTO assumption_values VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
        "?11)");
    for (const StoredAssumption& item : stored.assumptions) {
        insert.bind(0, run);
        insert.bind(1, std::string_view{item.path});
        insert.bind(2, item.value);
        insert.bind(3, item.low);
        insert.bind(4, item.high);
        insert.bind(5, std::string_view{item.unit});
        insert.bind(6, std::string_view{item.written});
        insert.bind(7, std::string_view{item.source});
        insert.bind(8, std::string_view{item.as_of});
        insert.bind(9, std::string_view{item.confidence});
        insert.bind(10, std::string_view{item.low == item.high ? "exact"
                                         : item.range_by_rule  ? "rule"
                                                               : "source"});
        insert.run();
    }
}

std::vector<StoredVariable> select_variables(const Database& database, std::int64_t run) {
    std::vector<StoredVariable> variables;
    Statement each = database.prepare(
        "SELECT v.path, v.column_name, c.title, c.unit, c.type FROM variables v JOIN "
        "result_columns c USING (column_name) WHERE v.run = ?1 ORDER BY v.position");
    each.bind(0, run);
    while (each.step()) {
        variables.push_back({.path = each.text(0),
                             .column = each.text(1),
                             .title = each.text(2),
                             .unit = each.text(3),
                             .type = type_of(each.text(4)),
                             .values = {}});
    }
    Statement value = database.prepare(
        "SELECT position, number, text FROM variable_values WHERE run = ?1 ORDER BY position, "
        "step");
    value.bind(0, run);
    while (value.step()) {
        StoredVariable& variable = variables.at(static_cast<std::size_t>(value.integer(0)));
        variable.values.push_back(
            {variable.type == ColumnType::kText ? 0.0 : value.number(1), value.text(2)});
    }
    return variables;
}

}  // namespace

std::int64_t insert_run(Database& database, const StoredRun& run) {
    const std::int64_t catalog = insert_catalog(database, run);
    Statement insert = database.prepare(
        "INSERT INTO runs (kind, title, design, study, catalog, points, chunk_points, keep) VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    insert.bind(0, std::string_view{run.kind});
    insert.bind(1, std::string_view{run.title});
    insert.bind(2, std::string_view{run.design});
    insert.bind(3, std::string_view{run.study});
    insert.bind(4, catalog);
    insert.bind(5, run.points);
    insert.bind(6, run.chunk_points);
    insert.bind(7, std::string_view{run.keep == Keep::kAll ? "all" : "front"});
    insert.run();
    const std::int64_t number = database.integer("SELECT last_insert_rowid()");
    Statement meta = database.prepare("INSERT INTO meta VALUES (?1, ?2, ?3)");
    for (const auto& [key, value] : run.meta) {
        meta.bind(0, number);
        meta.bind(1, std::string_view{key});
        meta.bind(2, std::string_view{value});
        meta.run();
    }
    insert_variables(database, number, run);
    insert_metrics(database, number, run);
    insert_questions(database, number, run);
    insert_assumptions(database, number, run);
    create_views(database);
    return number;
}

StoredRun select_run(const Database& database, std::int64_t run) {
    Statement row = database.prepare(
        "SELECT kind, title, design, study, points, chunk_points, keep, hash FROM runs JOIN "
        "catalogs USING (catalog) WHERE run = ?1");
    row.bind(0, run);
    if (!row.step()) {
        throw DatabaseError{0, "there is no run " + std::to_string(run)};
    }
    StoredRun stored;
    stored.kind = row.text(0);
    stored.title = row.text(1);
    stored.design = row.text(2);
    stored.study = row.text(3);
    stored.points = row.integer(4);
    stored.chunk_points = row.integer(5);
    stored.keep = row.text(6) == "all" ? Keep::kAll : Keep::kFront;
    stored.catalog_hash = row.text(7);
    Statement meta = database.prepare("SELECT key, value FROM meta WHERE run = ?1 ORDER BY key");
    meta.bind(0, run);
    while (meta.step()) {
        stored.meta.emplace_back(meta.text(0), meta.text(1));
    }
    stored.variables = select_variables(database, run);
    Statement metric = database.prepare(
        "SELECT m.name, m.column_name, c.title, c.unit FROM metrics m JOIN result_columns c USING "
        "(column_name) WHERE m.run = ?1 ORDER BY m.position");
    metric.bind(0, run);
    while (metric.step()) {
        stored.metrics.push_back({metric.text(0), metric.text(1), metric.text(2), metric.text(3)});
    }
    Statement objective = database.prepare(
        "SELECT column_name, sense FROM objectives WHERE run = ?1 ORDER BY position");
    objective.bind(0, run);
    while (objective.step()) {
        stored.objectives.push_back({objective.text(0), objective.text(1) == "max"});
    }
    Statement constraint = database.prepare(
        "SELECT column_name, minimum, maximum FROM constraints WHERE run = ?1 ORDER BY position");
    constraint.bind(0, run);
    while (constraint.step()) {
        const auto limit = [&](int column) {
            return constraint.is_null(column) ? std::nullopt
                                              : std::optional{constraint.number(column)};
        };
        stored.constraints.push_back({constraint.text(0), limit(1), limit(2)});
    }
    return stored;
}

}  // namespace wafercast
