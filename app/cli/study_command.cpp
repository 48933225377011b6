#include "cli/study_command.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

#include "cli/store_failure.hpp"

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "reader/atomic_file.hpp"
#include "session/export_study.hpp"
#include "store/schema.hpp"
#include "store/study_store.hpp"

namespace wafercast::cli {

namespace {

constexpr int kDigits = 4;

std::string shown(const StudyStore::Cell& cell) {
    using Kind = StudyStore::Cell::Kind;
    switch (cell.kind) {
        case Kind::kInteger:
            return std::to_string(cell.integer);
        case Kind::kReal:
            return format_number(cell.real, kDigits);
        case Kind::kText:
            return cell.text;
        case Kind::kNull:
            break;
    }
    return "-";
}

std::string value_of(const StoredRun& run, std::string_view key) {
    const auto found = std::find_if(run.meta.begin(), run.meta.end(),
                                    [&](const auto& item) { return item.first == key; });
    return found == run.meta.end() ? "" : found->second;
}

std::string heading(const std::string& title, const std::string& unit) {
    return unit.empty() ? title : title + " [" + unit + "]";
}

/// Columns of the front's table: what was varied and what was asked for.
struct FrontColumns {
    std::string list;
    std::vector<TextTable::Column> titles;
};

FrontColumns front_columns(const StoredRun& run) {
    FrontColumns columns{"point", {{"point", TextTable::Align::kRight}}};
    const auto add = [&](const std::string& column, const std::string& title,
                         TextTable::Align align) {
        columns.list += ", " + sql_name(column);
        columns.titles.push_back({title, align});
    };
    for (const StoredVariable& variable : run.variables) {
        add(variable.column, heading(variable.path, variable.unit),
            variable.type == ColumnType::kText ? TextTable::Align::kLeft
                                               : TextTable::Align::kRight);
    }
    std::vector<std::string> wanted;
    for (const StoredObjective& objective : run.objectives) {
        wanted.push_back(objective.column);
    }
    for (const StoredConstraint& constraint : run.constraints) {
        if (std::find(wanted.begin(), wanted.end(), constraint.column) == wanted.end()) {
            wanted.push_back(constraint.column);
        }
    }
    for (const std::string& column : wanted) {
        const auto metric = std::find_if(run.metrics.begin(), run.metrics.end(),
                                         [&](const auto& m) { return m.column == column; });
        if (metric != run.metrics.end()) {
            add(column, heading(column, metric->unit), TextTable::Align::kRight);
        }
    }
    return columns;
}

/// A page about one run.
class StudyReport {
public:
    StudyReport(const StudyStore& store, std::int64_t number, const StoredRun& run, int rows,
                std::ostream& out)
        : store_{store}, number_{number}, run_{run}, rows_{rows}, out_{out} {}

    Result<Done> write() {
        const auto progress = store_.progress(number_);
        if (!progress) {
            return progress.error();
        }
        write_head(*progress);
        if (run_.kind == "sweep") {
            if (auto done = write_front(progress->front); !done) {
                return done;
            }
            if (auto done = write_best(); !done) {
                return done;
            }
        } else if (auto done = write_metrics(); !done) {
            return done;
        }
        return write_failures(progress->points);
    }

private:
    void write_head(const StudyStore::Progress& progress) {
        out_ << run_.title << "  (" << run_.kind << ")\n";
        out_ << "wafercast " << value_of(run_, "tool_version") << ", catalog " << run_.catalog_hash
             << ", seed " << value_of(run_, "seed") << ", "
             << (value_of(run_, "finished").empty() ? "not finished" : value_of(run_, "finished"))
             << "\n\n";
        out_ << format_count(static_cast<double>(progress.points)) << " of "
             << format_count(static_cast<double>(run_.points)) << " points done, "
             << format_count(static_cast<double>(progress.feasible)) << " feasible, "
             << format_count(static_cast<double>(progress.kept)) << " rows kept, "
             << format_count(static_cast<double>(progress.front)) << " on the front.\n";
    }

    Result<Done> write_front(std::int64_t size) {
        if (size == 0) {
            return Done{};
        }
        const FrontColumns columns = front_columns(run_);
        TextTable table{columns.titles};
        const auto rows = store_.query("SELECT " + columns.list +
                                       " FROM pareto WHERE run = " + std::to_string(number_) +
                                       " ORDER BY " + sql_name(run_.objectives.front().column) +
                                       (run_.objectives.front().maximise ? " DESC" : "") +
                                       ", point LIMIT " + std::to_string(rows_));
        if (!rows) {
            return rows.error();
        }
        for (const auto& row : rows->rows) {
            std::vector<std::string> cells;
            for (const auto& cell : row) {
                cells.push_back(shown(cell));
            }
            table.add(std::move(cells));
        }
        out_ << "\nPareto front";
        if (size > rows_) {
            out_ << " (first " << rows_ << " of " << format_count(static_cast<double>(size)) << ")";
        }
        out_ << "\n" << table.text("  ");
        return Done{};
    }

    Result<Done> write_best() {
        for (const StoredObjective& objective : run_.objectives) {
            const auto best = store_.query("SELECT " + front_columns(run_).list +
                                           " FROM pareto WHERE run = " + std::to_string(number_) +
                                           " ORDER BY " + sql_name(objective.column) +
                                           (objective.maximise ? " DESC" : "") + ", point LIMIT 1");
            if (!best) {
                return best.error();
            }
            if (best->rows.empty()) {
                continue;
            }
            out_ << (objective.maximise ? "\nHighest " : "\nLowest ") << objective.column << ": ";
            const auto& row = best->rows.front();
            for (std::size_t i = 1; i < row.size(); ++i) {
                out_ << (i == 1 ? "" : ", ") << best->columns[i] << " " << shown(row[i]);
            }
            out_ << "\n";
        }
        return Done{};
    }

    Result<Done> write_metrics() {
        const auto row =
            store_.query("SELECT * FROM points WHERE run = " + std::to_string(number_));
        if (!row) {
            return row.error();
        }
        TextTable table{{{"", TextTable::Align::kLeft},
                         {"", TextTable::Align::kRight},
                         {"", TextTable::Align::kLeft}}};
        for (const StoredMetric& metric : run_.metrics) {
            const auto at = std::find(row->columns.begin(), row->columns.end(), metric.column);
            if (at != row->columns.end() && !row->rows.empty()) {
                table.add(
                    {metric.title,
                     shown(row->rows.front()[static_cast<std::size_t>(at - row->columns.begin())]),
                     metric.unit});
            }
        }
        out_ << "\n" << table.text("  ");
        return Done{};
    }

    Result<Done> write_failures(std::int64_t points) {
        const auto counts = store_.failure_counts(number_);
        if (!counts) {
            return counts.error();
        }
        if (counts->empty()) {
            return Done{};
        }
        TextTable table{{{"reason", TextTable::Align::kLeft},
                         {"points", TextTable::Align::kRight},
                         {"share", TextTable::Align::kRight}}};
        for (const auto& [reason, count] : *counts) {
            table.add({reason, format_count(static_cast<double>(count)),
                       format_share(static_cast<double>(count) / static_cast<double>(points))});
        }
        out_ << "\nWhy points fail (a point may fail for several reasons)\n" << table.text("  ");
        return Done{};
    }

    const StudyStore& store_;
    std::int64_t number_;
    const StoredRun& run_;
    int rows_;
    std::ostream& out_;
};

}  // namespace

int run_export(const ExportArguments& arguments, CommandContext& context) {
    ExportOptions options;
    options.canonical = arguments.canonical;
    options.format =
        arguments.format == "json" ? ExportOptions::Format::kJson : ExportOptions::Format::kCsv;
    if (arguments.output.empty()) {
        const auto done = export_study(arguments.file, options, context.out);
        return done ? kFeasible : report_store(context, done.error());
    }
    std::ostringstream text;
    if (const auto done = export_study(arguments.file, options, text); !done) {
        return report_store(context, done.error());
    }
    if (const auto written = write_file_atomically(arguments.output, text.str()); !written) {
        report(context, written.error());
        return kWriteFailed;
    }
    return kFeasible;
}

int run_report(const ReportArguments& arguments, CommandContext& context) {
    const auto store = StudyStore::open_to_read(arguments.file);
    if (!store) {
        return report_store(context, store.error());
    }
    const auto numbers = store->run_numbers();
    if (!numbers) {
        return report_store(context, numbers.error());
    }
    std::ostringstream page;
    for (const std::int64_t number : *numbers) {
        const auto run = store->read_run(number);
        if (!run) {
            return report_store(context, run.error());
        }
        page << (number == numbers->front() ? "" : "\n\n");
        if (const auto done = StudyReport{*store, number, *run, arguments.rows, page}.write();
            !done) {
            return report_store(context, done.error());
        }
    }
    context.out << page.str();
    return kFeasible;
}

}  // namespace wafercast::cli
