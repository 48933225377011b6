#include "cli/sweep_command.hpp"

#include <cmath>
#include <ostream>
#include <utility>

#include "cli/progress.hpp"
#include "cli/store_failure.hpp"

#include "format/format_number.hpp"
#include "session/sweep.hpp"

namespace wafercast::cli {

namespace {

void show(ProgressLine& line, const SweepProgress& progress) {
    const bool last = progress.points == progress.total;
    std::string text = format_count(static_cast<double>(progress.points)) + " of " +
                       format_count(static_cast<double>(progress.total)) + " points, " +
                       format_count(std::round(progress.points_per_second)) + " /s, " +
                       (last ? "done" : duration(progress.seconds_left) + " left");
    if (!progress.best_metric.empty()) {
        text += ", best " + progress.best_metric + " " + format_number(progress.best, 4) + " " +
                progress.best_unit;
    }
    line.show(static_cast<double>(progress.points) / static_cast<double>(progress.total), text,
              last);
}

void print_summary(const SweepArguments& arguments, const SweepSummary& summary,
                   std::ostream& out) {
    const SweepProgress& progress = summary.progress;
    if (summary.resumed_points > 0) {
        out << format_count(static_cast<double>(summary.resumed_points))
            << " points were done already.\n";
    }
    const std::uint64_t fresh = progress.points - summary.resumed_points;
    out << format_count(static_cast<double>(fresh)) << " points evaluated in "
        << format_number(summary.seconds) << " s";
    if (summary.seconds > 0.0 && fresh > 0) {
        out << " (" << format_count(std::round(static_cast<double>(fresh) / summary.seconds))
            << " /s)";
    }
    out << ", " << format_count(static_cast<double>(progress.feasible)) << " of "
        << format_count(static_cast<double>(progress.points)) << " feasible, "
        << format_count(static_cast<double>(progress.front)) << " on the front.\n";
    if (!progress.best_metric.empty()) {
        out << "Best " << progress.best_metric << ": " << format_number(progress.best, 6) << ' '
            << progress.best_unit << '\n';
    }
    out << "Results: " << arguments.output << '\n';
    if (!summary.complete) {
        out << "Stopped with "
            << format_count(static_cast<double>(progress.total - progress.points))
            << " points to go; the same command goes on.\n";
    }
}

}  // namespace

int run_sweep(const SweepArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    SweepOptions options;
    options.study = arguments.study;
    options.output = arguments.output;
    options.chunk_points = arguments.chunk_points;
    options.threads = context.threads;
    options.functional = arguments.functional;
    if (!arguments.keep.empty()) {
        options.keep = arguments.keep == "all" ? Keep::kAll : Keep::kFront;
    }
    options.notice = [&context](const std::string& text) {
        if (!context.quiet) {
            context.err << text << '\n';
        }
    };
    options.stop = [] { return InterruptGuard::interrupted(); };
    Result<SweepSummary> summary = SweepSummary{};
    {
        const InterruptGuard guard;
        ProgressLine line{context};
        options.progress = [&line](const SweepProgress& progress) { show(line, progress); };
        summary = wafercast::run_sweep(*session, options);
    }
    if (!summary) {
        return report_store(context, summary.error());
    }
    print_summary(arguments, *summary, context.out);
    if (!summary->complete) {
        return kInterrupted;
    }
    return summary->progress.feasible > 0 ? kFeasible : kInfeasible;
}

}  // namespace wafercast::cli
