#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "session/session.hpp"

namespace wafercast::cli {

/// Exit codes of every command.
enum ExitCode {
    kFeasible = 0,
    kInfeasible = 1,
    kBadInput = 2,
    kInternalError = 3,
    kWriteFailed = 4,
    kInterrupted = 130
};

/// What every command is given: where to write, and the options that all of them take.
struct CommandContext {
    std::ostream& out;
    std::ostream& err;
    std::uint64_t seed = 1;
    int threads = 0;
    bool quiet = false;
    bool verbose = false;
    std::vector<std::filesystem::path> catalogs = {};  ///< `--catalog`
};

/// Prints every problem as `file:line:column: message` and returns kBadInput.
int report(CommandContext& context, const Failures& failures);

/// Opens the session of a command; prints what is wrong and returns nullptr when it cannot.
std::unique_ptr<Session> open_session(CommandContext& context);

/// Splits "path=value"; reports all that have no '='.
Result<Overrides> parse_overrides(const std::vector<std::string>& texts);

/// Session::load with `--set` texts as typed; problems of texts, paths and file together.
Result<LoadedDesign> load_design(const Session& session, const std::string& path,
                                 const std::vector<std::string>& sets);

}  // namespace wafercast::cli
