#include "cli/run_program.hpp"

#include <atomic>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wafercast::testing {

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& arguments, const fs::path& folder) {
    static std::atomic<int> count{0};
    const int number = count++;
    out_ = folder / ("stdout-" + std::to_string(number));
    err_ = folder / ("stderr-" + std::to_string(number));
    std::vector<std::string> words{environment("WAFERCAST_PROGRAM")};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        const int out = ::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        const int err = ::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(err, STDERR_FILENO);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
}

void RunningProgram::kill(int signal) const { ::kill(pid_, signal); }

ProgramResult RunningProgram::wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ProgramResult result;
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = text_of(out_);
    result.err = text_of(err_);
    fs::remove(out_);
    fs::remove(err_);
    return result;
}

ProgramResult run_program(const std::vector<std::string>& arguments, const fs::path& folder) {
    return RunningProgram{arguments, folder}.wait();
}

fs::path fresh_folder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    fs::path folder = fs::temp_directory_path() /
                      ("wafercast-cli-" + std::to_string(::getpid()) + "-" + test->name());
    fs::remove_all(folder);
    fs::create_directories(folder);
    return folder;
}

fs::path source_file(const std::string& path) {
    return fs::path{environment("WAFERCAST_SOURCE_DIR")} / path;
}

}  // namespace wafercast::testing
