#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace wafercast::testing {

/// What a program left behind.
struct ProgramResult {
    int code = -1;  ///< exit status; 128 + signal when it was killed
    std::string out;
    std::string err;
};

/// A started `wafercast ARGS...` whose output goes to files in `folder`.
class RunningProgram {
public:
    RunningProgram(const std::vector<std::string>& arguments, const std::filesystem::path& folder);
    void kill(int signal) const;
    ProgramResult wait();

private:
    pid_t pid_ = -1;
    std::filesystem::path out_;
    std::filesystem::path err_;
};

/// Runs `wafercast ARGS...` to its end.
ProgramResult run_program(const std::vector<std::string>& arguments,
                          const std::filesystem::path& folder);

/// An empty folder named after the running test.
std::filesystem::path fresh_folder();

/// The source tree's file.
std::filesystem::path source_file(const std::string& path);

}  // namespace wafercast::testing
