#include "session/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/version.hpp"
#include "grid/grid_search.hpp"
#include "pareto/pareto_front.hpp"
#include "reader/read_study.hpp"
#include "reader/write_design.hpp"
#include "session/functional_quality.hpp"
#include "session/stored_values.hpp"
#include "store/study_store.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {

namespace {

/// Grids up to this size keep every row unless told otherwise.
constexpr std::uint64_t kKeepAllUpTo = 1'000'000;
/// Members of the front, by index, whose trees are stored.
constexpr std::size_t kMostTrees = 1000;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// What decides the results of a study, in one text.
std::string canonical_text(const CompiledStudy& study, const StudyMethod& method) {
    std::string text = "method " + method.name + " " + std::to_string(method.seed) + "\n";
    for (const StudyAxis& axis : study.axes()) {
        text += "variable " + axis.path;
        for (std::size_t i = 0; i < axis.texts.size(); ++i) {
            text += axis.numbers.empty() ? " " + axis.texts[i]
                                         : " " + quantity_text(axis.numbers[i], axis.info->unit);
        }
        text += "\n";
    }
    for (const CompiledObjective& objective : study.objectives()) {
        text += std::string{objective.maximise ? "max " : "min "} +
                std::string{objective.metric->name} + "\n";
    }
    for (const CompiledConstraint& constraint : study.constraints()) {
        const auto limit = [](const std::optional<double>& value) {
            return value ? quantity_text(*value, "") : std::string{"-"};
        };
        text += "limit " + std::string{constraint.metric->name} + " " + limit(constraint.minimum) +
                " " + limit(constraint.maximum) + "\n";
    }
    return text;
}

/// A study, its design and the file it goes to.
struct Task {
    Study study;
    LoadedDesign loaded;
    std::shared_ptr<const CompiledStudy> compiled;
    StudyStore::Presence presence = StudyStore::Presence::kAbsent;
    StoredRun run;
};

StoredRun run_of(const Task& task, const SweepOptions& options,
                 const WorkloadStatistics& statistics) {
    const CompiledStudy& study = *task.compiled;
    StoredRun run;
    run.kind = "sweep";
    run.title = task.study.title.empty() ? options.study.stem().string() : task.study.title;
    run.design = task.study.sets.empty() ? task.loaded.text : write_design(task.loaded.design);
    run.study = text_of(options.study);
    run.points = static_cast<std::int64_t>(study.size());
    run.chunk_points = static_cast<std::int64_t>(
        options.chunk_points > 0 ? options.chunk_points : grid_chunk_points(study.size()));
    run.keep = options.keep.value_or(study.size() <= kKeepAllUpTo ? Keep::kAll : Keep::kFront);
    run.catalog_hash = fingerprint(task.loaded.catalog->hash());
    run.catalog = stored_catalog(*task.loaded.catalog);
    run.meta = {{"tool_version", std::string{kVersion}},
                {"seed", std::to_string(task.study.method.seed)},
                {"method", task.study.method.name},
                {"catalog_hash", run.catalog_hash},
                {"design_hash", fingerprint(write_design(task.loaded.design))},
                {"design_file", task.loaded.path.filename().string()},
                {"study_hash", fingerprint(canonical_text(study, task.study.method))},
                {"study_file", options.study.filename().string()},
                {"statistics", statistics.measured ? "measured" : "assumed"},
                {"started", iso_time_now()}};
    for (const StudyAxis& axis : study.axes()) {
        run.variables.push_back(stored_variable(axis));
    }
    run.metrics = stored_metrics();
    for (const CompiledObjective& objective : study.objectives()) {
        run.objectives.push_back({std::string{objective.metric->column}, objective.maximise});
    }
    for (const CompiledConstraint& constraint : study.constraints()) {
        run.constraints.push_back(
            {std::string{constraint.metric->column}, constraint.minimum, constraint.maximum});
    }
    return run;
}

std::string meta_value(const StoredRun& run, std::string_view key) {
    for (const auto& [name, value] : run.meta) {
        if (name == key) {
            return value;
        }
    }
    return {};
}

/// Why a file's run is not the one asked for; empty when it is.
Failures differences(const StoredRun& stored, const StoredRun& wanted,
                     const SweepOptions& options) {
    Failures failures;
    const auto differ = [&](const std::string& what) {
        failures.push_back({"sweep.differs",
                            "This file holds a sweep of another " + what +
                                "; name a new file, or restore what it was made from.",
                            {options.output.string(), 0, 0}});
    };
    const auto compare = [&](const char* key, const std::string& what) {
        if (meta_value(stored, key) != meta_value(wanted, key)) {
            differ(what + " (" + key + " " + meta_value(stored, key) + ", now " +
                   meta_value(wanted, key) + ")");
        }
    };
    compare("study_hash", "study");
    compare("design_hash", "base design");
    compare("catalog_hash", "catalog");
    compare("tool_version", "version of wafercast");
    compare("statistics", "kind of workload statistics");
    if (options.keep && *options.keep != stored.keep) {
        differ("choice of rows kept (--keep " +
               std::string{stored.keep == Keep::kAll ? "all" : "front"} + ")");
    }
    return failures;
}

/// Turns batches into chunks of the file and follows the front.
class Collector {
public:
    Collector(const CompiledStudy& study, StoredRun run)
        : study_{study},
          run_{std::move(run)},
          infos_{stored_metric_infos()},
          front_{std::max<std::size_t>(study.objectives().size(), 1)} {
        const auto& table = metric_table();
        for (const MetricInfo* info : infos_) {
            columns_.push_back(static_cast<std::size_t>(info - table.data()));
        }
        for (const CompiledObjective& objective : study.objectives()) {
            objective_columns_.push_back(static_cast<std::size_t>(objective.metric - table.data()));
        }
        for (const CompiledConstraint& constraint : study.constraints()) {
            constraint_columns_.push_back(
                static_cast<std::size_t>(constraint.metric - table.data()));
        }
    }

    /// Takes the front up that an earlier run stored.
    void restore(const std::vector<StudyStore::FrontMember>& members) {
        std::vector<std::uint64_t> removed;
        for (const auto& member : members) {
            auto values = member.values;
            orient(values);
            front_.insert(static_cast<std::uint64_t>(member.point), values, removed);
        }
    }

    const StoredChunk& collect(std::uint64_t chunk, const BatchResult& batch) {
        out_ = StoredChunk{};
        out_.chunk = static_cast<std::int64_t>(chunk);
        out_.first_point = static_cast<std::int64_t>(batch.first);
        out_.point_count = static_cast<std::int64_t>(batch.size);
        judge(batch);
        keep_rows(batch);
        for (const auto& [reason, points] : failures_) {
            out_.failures.emplace_back(reason, points);
        }
        failures_.clear();
        return out_;
    }

    [[nodiscard]] const ParetoFront& front() const { return front_; }

private:
    void orient(std::vector<double>& values) const {
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (study_.objectives()[i].maximise) {
                values[i] = -values[i];
            }
        }
    }

    /// Feasibility with the study's own limits, reasons, and the front.
    void judge(const BatchResult& batch) {
        feasible_.assign(batch.size, 0);
        reasons_.clear();
        std::vector<std::uint64_t> added;
        std::vector<std::uint64_t> removed;
        std::size_t next = 0;
        own_.clear();
        for (std::size_t row = 0; row < batch.size; ++row) {
            const auto point = static_cast<std::int64_t>(batch.first + row);
            reasons_.clear();
            for (; next < batch.violations.size() && batch.violations[next].row == row; ++next) {
                const PointViolation& item = batch.violations[next];
                add(row, {point, item.reason, item.subject, item.value, item.limit, item.unit});
            }
            if (!batch.no_design[row].empty()) {
                add(row, {point,
                          "no design: " + batch.no_design[row],
                          {},
                          std::numeric_limits<double>::quiet_NaN(),
                          std::numeric_limits<double>::quiet_NaN(),
                          {}});
            } else {
                check_constraints(batch, row, point);
            }
            const bool feasible = reasons_.empty();
            feasible_[row] = feasible ? 1 : 0;
            out_.feasible_count += feasible ? 1 : 0;
            for (const std::string& reason : reasons_) {
                ++failures_[reason];
            }
            if (feasible) {
                offer(batch, row, removed, added);
            }
        }
        settle(added, removed);
    }

    void add(std::size_t row, StoredViolation violation) {
        if (std::find(reasons_.begin(), reasons_.end(), violation.reason) == reasons_.end()) {
            reasons_.push_back(violation.reason);
        }
        own_.emplace_back(row, std::move(violation));
    }

    void check_constraints(const BatchResult& batch, std::size_t row, std::int64_t point) {
        for (std::size_t i = 0; i < constraint_columns_.size(); ++i) {
            const CompiledConstraint& constraint = study_.constraints()[i];
            const double value = batch.metrics[constraint_columns_[i]][row];
            const auto broken = [&](const char* side, double limit) {
                add(row, {point,
                          std::string{constraint.metric->column} + " " + side,
                          {},
                          value,
                          limit,
                          std::string{constraint.metric->unit}});
            };
            if (constraint.minimum && !(value >= *constraint.minimum)) {
                broken("min", *constraint.minimum);
            }
            if (constraint.maximum && !(value <= *constraint.maximum)) {
                broken("max", *constraint.maximum);
            }
        }
    }

    void offer(const BatchResult& batch, std::size_t row, std::vector<std::uint64_t>& removed,
               std::vector<std::uint64_t>& added) {
        if (objective_columns_.empty()) {
            return;
        }
        values_.clear();
        for (const std::size_t column : objective_columns_) {
            values_.push_back(batch.metrics[column][row]);
            if (!std::isfinite(values_.back())) {
                return;  // no price, no cost: it cannot be compared
            }
        }
        orient(values_);
        const std::uint64_t point = batch.first + row;
        if (front_.insert(point, values_, removed)) {
            added.push_back(point);
        }
    }

    /// What came and went within the chunk is nobody's business.
    void settle(std::vector<std::uint64_t>& added, std::vector<std::uint64_t>& removed) {
        std::sort(removed.begin(), removed.end());
        const auto first = static_cast<std::uint64_t>(out_.first_point);
        for (const std::uint64_t point : added) {
            if (!std::binary_search(removed.begin(), removed.end(), point)) {
                out_.front_added.push_back(static_cast<std::int64_t>(point));
            }
        }
        for (const std::uint64_t point : removed) {
            if (point < first) {
                out_.front_removed.push_back(static_cast<std::int64_t>(point));
            }
        }
    }

    void keep_rows(const BatchResult& batch) {
        std::vector<std::size_t> rows;
        if (run_.keep == Keep::kAll) {
            for (std::size_t row = 0; row < batch.size; ++row) {
                rows.push_back(row);
            }
        } else {
            for (const std::int64_t point : out_.front_added) {
                rows.push_back(static_cast<std::size_t>(point - out_.first_point));
            }
        }
        out_.steps.resize(study_.axes().size());
        out_.metrics.resize(columns_.size());
        for (const std::size_t row : rows) {
            out_.points.push_back(out_.first_point + static_cast<std::int64_t>(row));
            out_.feasible.push_back(feasible_[row]);
            const auto steps = study_.steps(batch.first + row);
            for (std::size_t i = 0; i < steps.size(); ++i) {
                out_.steps[i].push_back(steps[i]);
            }
            for (std::size_t i = 0; i < columns_.size(); ++i) {
                out_.metrics[i].push_back(batch.metrics[columns_[i]][row]);
            }
        }
        if (run_.keep == Keep::kAll) {
            for (auto& [row, violation] : own_) {
                out_.violations.push_back(std::move(violation));
            }
        }
    }

    const CompiledStudy& study_;
    StoredRun run_;
    std::vector<const MetricInfo*> infos_;
    ParetoFront front_;
    std::vector<std::size_t> columns_, objective_columns_, constraint_columns_;
    StoredChunk out_;
    std::vector<char> feasible_;
    std::vector<std::pair<std::size_t, StoredViolation>> own_;
    std::vector<std::string> reasons_;
    std::vector<double> values_;
    std::map<std::string, std::int64_t> failures_;
};

/// One sweep from its first question to its last row.
class Sweep {
public:
    Sweep(const Session& session, const SweepOptions& options)
        : session_{session}, options_{options} {}

    Result<SweepSummary> run() {
        if (auto ready = prepare(); !ready) {
            return std::move(ready).error();
        }
        if (auto opened = open_file(); !opened) {
            return std::move(opened).error();
        }
        if (auto searched = search(); !searched) {
            return std::move(searched).error();
        }
        if (auto finished = finish(); !finished) {
            return std::move(finished).error();
        }
        summary_.seconds = seconds_since(start_);
        return summary_;
    }

private:
    Result<Done> prepare() {
        auto study = read_study(options_.study);
        if (!study) {
            return std::move(study).error();
        }
        task_.study = std::move(study).value();
        Failures problems;
        const auto note = [&problems](const Failures& failures) {
            problems.insert(problems.end(), failures.begin(), failures.end());
        };
        if (task_.study.method.name != "grid") {
            note({{"study.method",
                   "sweep evaluates every point of a grid; the study's method is '" +
                       task_.study.method.name + "'.",
                   {options_.study.string(), 0, 0}}});
        }
        const auto presence = StudyStore::look(options_.output);
        if (presence) {
            task_.presence = *presence;
        } else {
            note(presence.error());
        }
        auto loaded = session_.load(task_.study.design, task_.study.sets);
        if (!loaded) {
            note(loaded.error());
            return problems;
        }
        task_.loaded = std::move(loaded).value();
        auto compiled = CompiledStudy::compile(task_.study, task_.loaded.design,
                                               task_.loaded.catalog, session_.models());
        if (!compiled) {
            note(compiled.error());
        }
        if (!problems.empty()) {
            return problems;
        }
        task_.compiled = std::move(compiled).value();
        if (auto measured = measure_statistics(); !measured) {
            return measured;
        }
        task_.run = run_of(task_, options_, statistics_);
        return Done{};
    }

    /// A study stands on what the base design's functional run measures, as its evaluation does.
    Result<Done> measure_statistics() {
        if (!options_.functional || !task_.loaded.design.functional) {
            return Done{};
        }
        EvaluateOptions evaluate;
        evaluate.notice = options_.notice;
        auto quality = run_functional_quality(task_.loaded, evaluate);
        if (!quality) {
            return std::move(quality).error();
        }
        if (!quality->statistics) {
            return Done{};
        }
        statistics_ = *quality->statistics;
        auto compiled = CompiledStudy::compile(
            task_.study, task_.loaded.design, task_.loaded.catalog, session_.models(), statistics_);
        if (!compiled) {
            return std::move(compiled).error();
        }
        task_.compiled = std::move(compiled).value();
        return Done{};
    }

    Result<Done> open_file() {
        if (task_.presence == StudyStore::Presence::kAbsent) {
            const auto prepared = session_.prepare(task_.loaded);
            if (!prepared) {
                return prepared.error();
            }
            task_.run.assumptions =
                stored_assumptions(explain(prepared->resolved, prepared->context).assumptions);
            if (auto made = StudyStore::create(options_.output, task_.run); !made) {
                return made;
            }
        }
        // A file of something else is refused before opening it for writing touches it.
        const auto read = StudyStore::open_to_read(options_.output);
        if (!read) {
            return read.error();
        }
        if (auto found = find_run(*read); !found) {
            return found;
        }
        auto store = StudyStore::open_to_write(options_.output);
        if (!store) {
            return std::move(store).error();
        }
        store_.emplace(std::move(store).value());
        return Done{};
    }

    Result<Done> find_run(const StudyStore& store) {
        const auto numbers = store.run_numbers();
        if (!numbers) {
            return numbers.error();
        }
        for (const std::int64_t number : *numbers) {
            auto stored = store.read_run(number);
            if (!stored) {
                return std::move(stored).error();
            }
            if (stored->kind != "sweep") {
                continue;
            }
            if (auto problems = differences(*stored, task_.run, options_); !problems.empty()) {
                return problems;
            }
            number_ = number;
            task_.run.chunk_points = stored->chunk_points;
            task_.run.keep = stored->keep;
            complete_before_ = !meta_value(*stored, "finished").empty();
            return Done{};
        }
        return Failure{"sweep.differs",
                       "This file holds evaluations and no sweep; name a new file.",
                       {options_.output.string(), 0, 0}};
    }

    Result<Done> search() {
        Collector collector{*task_.compiled, task_.run};
        std::vector<std::string> columns;
        for (const StoredObjective& objective : task_.run.objectives) {
            columns.push_back(objective.column);
        }
        const auto members = store_->read_front(number_, columns);
        const auto done = store_->done_chunks(number_);
        const auto before = store_->progress(number_);
        if (!members || !done || !before) {
            return !members ? members.error() : !done ? done.error() : before.error();
        }
        collector.restore(*members);
        summary_.resumed_points = static_cast<std::uint64_t>(before->points);
        SweepProgress& progress = summary_.progress;
        progress.points = summary_.resumed_points;
        progress.feasible = static_cast<std::uint64_t>(before->feasible);
        progress.total = task_.compiled->size();
        follow(collector);
        start_ = Clock::now();
        Failures failures;
        summary_.complete =
            search_grid(task_.compiled, open_chunks(*done), grid_options(),
                        [&](std::uint64_t chunk, const BatchResult& batch) {
                            const StoredChunk& rows = collector.collect(chunk, batch);
                            if (auto written = store_->write_chunk(number_, rows); !written) {
                                failures = std::move(written).error();
                                return false;
                            }
                            progress.points += static_cast<std::uint64_t>(rows.point_count);
                            progress.feasible += static_cast<std::uint64_t>(rows.feasible_count);
                            follow(collector);
                            if (options_.progress) {
                                options_.progress(progress);
                            }
                            return true;
                        });
        if (!failures.empty()) {
            return failures;
        }
        return Done{};
    }

    [[nodiscard]] std::vector<std::uint64_t> open_chunks(
        const std::vector<std::int64_t>& done) const {
        const auto size = static_cast<std::uint64_t>(task_.run.chunk_points);
        std::vector<std::uint64_t> chunks;
        for (std::uint64_t chunk = 0; chunk * size < task_.compiled->size(); ++chunk) {
            if (!std::binary_search(done.begin(), done.end(), static_cast<std::int64_t>(chunk))) {
                chunks.push_back(chunk);
            }
        }
        return chunks;
    }

    [[nodiscard]] GridOptions grid_options() const {
        const int machine = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
        return {.chunk_points = static_cast<std::uint64_t>(task_.run.chunk_points),
                .threads = options_.threads > 0 ? options_.threads : machine,
                .stop = options_.stop};
    }

    void follow(const Collector& collector) {
        SweepProgress& progress = summary_.progress;
        const double seconds = seconds_since(start_);
        const auto fresh = static_cast<double>(progress.points - summary_.resumed_points);
        progress.points_per_second = seconds > 0.0 ? fresh / seconds : 0.0;
        progress.seconds_left =
            progress.points_per_second > 0.0
                ? static_cast<double>(progress.total - progress.points) / progress.points_per_second
                : 0.0;
        progress.front = collector.front().size();
        if (!task_.compiled->objectives().empty() && !collector.front().empty()) {
            const CompiledObjective& first = task_.compiled->objectives().front();
            progress.best_metric = first.metric->column;
            progress.best_unit = first.metric->unit;
            const double best = collector.front().best_first().first;
            progress.best = first.maximise ? -best : best;
        }
    }

    /// Trees of the front, the date, and one file without a log beside it.
    Result<Done> finish() {
        if (summary_.complete && !complete_before_) {
            const auto members = store_->read_front(number_, {});
            if (!members) {
                return members.error();
            }
            Context context;
            context.models = &session_.models();
            context.statistics = statistics_;
            std::vector<StoredTreeLine> lines;
            for (std::size_t i = 0; i < std::min(members->size(), kMostTrees); ++i) {
                const std::int64_t point = (*members)[i].point;
                const auto resolved = task_.compiled->resolve_at(static_cast<std::uint64_t>(point));
                if (resolved) {
                    const auto trees = stored_trees(point, explain(*resolved, context));
                    lines.insert(lines.end(), trees.begin(), trees.end());
                }
            }
            if (auto written = store_->write_trees(number_, lines); !written) {
                return written;
            }
            if (auto dated = store_->set_meta(number_, "finished", iso_time_now()); !dated) {
                return dated;
            }
        }
        return store_->close();
    }

    const Session& session_;
    const SweepOptions& options_;
    Task task_;
    WorkloadStatistics statistics_;
    std::optional<StudyStore> store_;
    std::int64_t number_ = 0;
    bool complete_before_ = false;
    Clock::time_point start_ = Clock::now();
    SweepSummary summary_;
};

}  // namespace

Result<SweepSummary> run_sweep(const Session& session, const SweepOptions& options) {
    return Sweep{session, options}.run();
}

}  // namespace wafercast
