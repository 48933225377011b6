#pragma once

#include <chrono>
#include <csignal>
#include <signal.h>
#include <string>

#include "cli/command_context.hpp"

namespace wafercast::cli {

/// While it lives, Ctrl-C and a polite kill ask the work to end; a second Ctrl-C kills it.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

    /// Whether it was asked to end.
    static bool interrupted();

private:
    struct sigaction old_interrupt_ {};
    struct sigaction old_terminate_ {};
};

/// One line on the error stream that is drawn over on a terminal, a line now and then elsewhere;
/// nothing with `--quiet`.
class ProgressLine {
public:
    explicit ProgressLine(CommandContext& context);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// @param share  done, [0, 1] @param text  behind it
    void show(double share, const std::string& text, bool last);

private:
    using Clock = std::chrono::steady_clock;
    std::ostream& out_;
    bool quiet_;
    bool terminal_;
    Clock::time_point shown_{};
    std::size_t width_ = 0;
    bool open_ = false;
};

/// "12 s", "3 min 20 s", "2 h 5 min".
std::string duration(double seconds);

}  // namespace wafercast::cli
