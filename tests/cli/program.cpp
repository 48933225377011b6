#include "cli/program.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace wafercast::cli_test {

namespace fs = std::filesystem;

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

/// Tests run side by side; each process has files of its own and takes them away at its end.
struct OwnFolder {
    fs::path path = fs::path{variable("WAFERCAST_BINARY_DIR")} / "tests" / "cli-scratch" /
                    std::to_string(getpid());
    OwnFolder() { fs::create_directories(path); }
    ~OwnFolder() {
        std::error_code error;
        fs::remove_all(path, error);
    }
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;
};

const fs::path& own_folder() {
    static const OwnFolder folder;
    return folder.path;
}

/// In the child: output to files, variables, exec. Never returns.
[[noreturn]] void become(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment, const fs::path& out,
                         const fs::path& err) {
    const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err_file = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(out_file, 1);
    dup2(err_file, 2);
    for (const auto& [name, value] : environment) {
        if (value.empty()) {
            unsetenv(name.c_str());
        } else {
            setenv(name.c_str(), value.c_str(), 1);
        }
    }
    std::string program = variable("WAFERCAST_PROGRAM");
    std::vector<std::string> copies{program};
    copies.insert(copies.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (std::string& copy : copies) {
        raw.push_back(copy.data());
    }
    raw.push_back(nullptr);
    execv(program.c_str(), raw.data());
    _exit(127);
}

}  // namespace

Ran run(const std::vector<std::string>& arguments,
        const std::map<std::string, std::string>& environment) {
    const fs::path& folder = own_folder();
    const fs::path cache = fs::path{variable("WAFERCAST_BINARY_DIR")} / "tests" / "cli-cache";
    fs::create_directories(cache);
    std::map<std::string, std::string> all{{"XDG_CACHE_HOME", cache.string()},
                                           {"XDG_DATA_HOME", (folder / "no-user-data").string()},
                                           {"WAFERCAST_DATA", ""},
                                           {"LC_ALL", "C"}};
    for (const auto& [name, value] : environment) {
        all[name] = value;
    }
    const pid_t child = fork();
    if (child == 0) {
        become(arguments, all, folder / "out", folder / "err");
    }
    int status = 0;
    waitpid(child, &status, 0);
    Ran ran;
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    ran.out = read_file(folder / "out");
    ran.err = read_file(folder / "err");
    return ran;
}

const std::vector<std::vector<std::string>>& commands() {
    static const std::vector<std::vector<std::string>> all{{"eval"},
                                                           {"simulate"},
                                                           {"sweep"},
                                                           {"report"},
                                                           {"export"},
                                                           {"die"},
                                                           {"yield"},
                                                           {"freeze"},
                                                           {"model", "import"},
                                                           {"validate"},
                                                           {"calibrate"},
                                                           {"compare"},
                                                           {"energy"},
                                                           {"catalog", "list"},
                                                           {"catalog", "show"},
                                                           {"catalog", "check"}};
    return all;
}

fs::path source_dir() { return variable("WAFERCAST_SOURCE_DIR"); }

std::string design(const std::string& name) {
    return (source_dir() / "data" / "designs" / (name + ".toml")).string();
}

std::vector<std::string> shipped_designs() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(source_dir() / "data" / "designs")) {
        if (entry.path().extension() == ".toml") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

fs::path scratch(const std::string& name) {
    const fs::path folder = own_folder() / name;
    fs::remove_all(folder);
    fs::create_directories(folder);
    return folder;
}

std::string read_file(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream file{path, std::ios::binary};
    file << text;
    ASSERT_TRUE(file.good()) << path;
}

}  // namespace wafercast::cli_test
