#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// The built program, run as a person's shell would run it.
namespace wafercast::cli_test {

using Json = nlohmann::json;

struct Ran {
    int code = -1;  ///< exit code; -signal when a signal ended it
    std::string out;
    std::string err;

    [[nodiscard]] Json json() const { return Json::parse(out); }
};

/// Runs `wafercast ARGUMENTS...` with the test's own cache and without a user's catalog.
/// @param environment  laid over it; an empty value unsets
Ran run(const std::vector<std::string>& arguments,
        const std::map<std::string, std::string>& environment = {});

/// Every command with the words that name it.
const std::vector<std::vector<std::string>>& commands();

std::filesystem::path source_dir();
/// data/designs/NAME.toml of the sources.
std::string design(const std::string& name);
/// Names of all shipped designs.
std::vector<std::string> shipped_designs();

/// An empty folder of this name, made anew.
std::filesystem::path scratch(const std::string& name);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace wafercast::cli_test
