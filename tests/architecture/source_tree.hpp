#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace wafercast::architecture {

/// One broken rule: `where` is a path relative to the source folder, with a line when there is one.
struct Finding {
    std::string where;
    std::string what;
};

/// The C++ files of the product and its tests, relative to `root`, sorted.
[[nodiscard]] std::vector<std::string> source_files(const std::filesystem::path& root);

/// Includes that break the folder graph: an arrow that is not in the rules, a quoted header that is
/// not ours, a third-party library that the target may not use or that stands in one of our
/// headers.
[[nodiscard]] std::vector<Finding> check_includes(const std::filesystem::path& root);

/// Sources that no CMakeLists.txt names, and names of files that do not exist.
[[nodiscard]] std::vector<Finding> check_listing(const std::filesystem::path& root);

/// Files that name a folder of somebody's machine.
[[nodiscard]] std::vector<Finding> check_machine_paths(const std::filesystem::path& root);

/// One finding a line, for a failure message.
[[nodiscard]] std::string describe(const std::vector<Finding>& findings);

}  // namespace wafercast::architecture
