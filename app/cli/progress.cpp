#include "cli/progress.hpp"

#include <atomic>
#include <ostream>
#include <unistd.h>

#include "format/format_number.hpp"

namespace wafercast::cli {

namespace {

/// A signal handler can reach nothing but a global.
std::atomic<bool> was_interrupted{false};

extern "C" void note_interrupt(int) { was_interrupted.store(true); }

}  // namespace

InterruptGuard::InterruptGuard() {
    was_interrupted.store(false);
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    sigemptyset(&action.sa_mask);
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
}

InterruptGuard::~InterruptGuard() {
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
}

bool InterruptGuard::interrupted() { return was_interrupted.load(); }

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

ProgressLine::ProgressLine(CommandContext& context)
    : out_{context.err}, quiet_{context.quiet}, terminal_{isatty(STDERR_FILENO) != 0} {}

ProgressLine::~ProgressLine() {
    if (open_) {
        out_ << '\n' << std::flush;
    }
}

void ProgressLine::show(double share, const std::string& text, bool last) {
    const auto now = Clock::now();
    const auto wait = terminal_ ? std::chrono::milliseconds{100} : std::chrono::seconds{5};
    if (quiet_ || (!last && now - shown_ < wait)) {
        return;
    }
    shown_ = now;
    std::string line;
    if (terminal_) {
        constexpr int kWidth = 24;
        const auto filled = static_cast<std::size_t>(share * kWidth);
        line = "\r[" + std::string(filled, '=') + std::string(kWidth - filled, ' ') + "] ";
    }
    line += format_share(share) + "  " + text;
    // What a longer line left behind is wiped.
    const std::size_t padding = terminal_ && line.size() < width_ ? width_ - line.size() : 0;
    width_ = line.size();
    out_ << line << std::string(padding, ' ') << (terminal_ ? "" : "\n") << std::flush;
    open_ = terminal_;
}

}  // namespace wafercast::cli
