#include "cli/sweep_command.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ostream>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include "cli/store_failure.hpp"

#include "format/format_number.hpp"
#include "session/sweep.hpp"

namespace wafercast::cli {

namespace {

/// A signal handler can reach nothing but a global.
std::atomic<bool> interrupted{false};

extern "C" void note_interrupt(int) { interrupted.store(true); }

/// While it lives, Ctrl-C and a polite kill ask the sweep to end; a second Ctrl-C kills it.
class InterruptGuard {
public:
    InterruptGuard() {
        interrupted.store(false);
        struct sigaction action {};
        action.sa_handler = note_interrupt;
        sigemptyset(&action.sa_mask);
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        sigaction(SIGINT, &action, &old_interrupt_);
        sigaction(SIGTERM, &action, &old_terminate_);
    }
    ~InterruptGuard() {
        sigaction(SIGINT, &old_interrupt_, nullptr);
        sigaction(SIGTERM, &old_terminate_, nullptr);
    }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    struct sigaction old_interrupt_ {};
    struct sigaction old_terminate_ {};
};

std::string duration(double seconds) {
    const auto whole = static_cast<long>(seconds + 0.5);
    if (whole < 60) {
        return std::to_string(whole) + " s";
    }
    if (whole < 3600) {
        return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    }
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

/// One line that is drawn over on a terminal, a line now and then elsewhere.
class ProgressLine {
public:
    explicit ProgressLine(CommandContext& context)
        : out_{context.err}, quiet_{context.quiet}, terminal_{isatty(STDERR_FILENO) != 0} {}

    void show(const SweepProgress& progress) {
        const auto now = Clock::now();
        const auto wait = terminal_ ? std::chrono::milliseconds{100} : std::chrono::seconds{5};
        const bool last = progress.points == progress.total;
        if (quiet_ || (!last && now - shown_ < wait)) {
            return;
        }
        shown_ = now;
        const double share =
            static_cast<double>(progress.points) / static_cast<double>(progress.total);
        std::string line;
        if (terminal_) {
            constexpr int kWidth = 24;
            const auto filled = static_cast<std::size_t>(share * kWidth);
            line = "\r[" + std::string(filled, '=') + std::string(kWidth - filled, ' ') + "] ";
        }
        line += format_share(share) + "  " + format_count(static_cast<double>(progress.points)) +
                " of " + format_count(static_cast<double>(progress.total)) + " points, " +
                format_count(std::round(progress.points_per_second)) + " /s, " +
                (last ? "done" : duration(progress.seconds_left) + " left");
        if (!progress.best_metric.empty()) {
            line += ", best " + progress.best_metric + " " + format_number(progress.best, 4) + " " +
                    progress.best_unit;
        }
        // What a longer line left behind is wiped.
        const std::size_t padding = terminal_ && line.size() < width_ ? width_ - line.size() : 0;
        width_ = line.size();
        out_ << line << std::string(padding, ' ') << (terminal_ ? "" : "\n") << std::flush;
        open_ = terminal_;
    }

    ~ProgressLine() {
        if (open_) {
            out_ << '\n' << std::flush;
        }
    }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

private:
    using Clock = std::chrono::steady_clock;
    std::ostream& out_;
    bool quiet_;
    bool terminal_;
    Clock::time_point shown_{};
    std::size_t width_ = 0;
    bool open_ = false;
};

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
    options.stop = [] { return interrupted.load(); };
    Result<SweepSummary> summary = SweepSummary{};
    {
        const InterruptGuard guard;
        ProgressLine line{context};
        options.progress = [&line](const SweepProgress& progress) { line.show(progress); };
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
