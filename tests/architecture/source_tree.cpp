#include "architecture/source_tree.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

#include "architecture/rules.hpp"

namespace wafercast::architecture {

namespace fs = std::filesystem;

namespace {

constexpr std::array kFolders = {"engine",  "models", "data", "optimizers",
                                 "plugins", "app",    "tests"};
constexpr std::array kIncludeRoots = {"engine/",     "models/",  "data/",
                                      "optimizers/", "plugins/", "app/"};

std::string read_text(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const fs::path& path) {
    std::istringstream in{read_text(path)};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string relative_name(const fs::path& path, const fs::path& root) {
    return path.lexically_relative(root).generic_string();
}

bool is_source(const fs::path& path) {
    const auto extension = path.extension();
    return extension == ".cpp" || extension == ".hpp" || extension == ".h" || extension == ".c";
}

bool is_header(const std::string& file) { return file.ends_with(".hpp") || file.ends_with(".h"); }

struct Include {
    std::string header;
    bool quoted = false;
};

/// The header named on a line, or an empty one.
Include include_on(const std::string& line) {
    std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') return {};
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0) return {};
    const std::size_t begin = line.find_first_of("<\"", at + 7);
    if (begin == std::string::npos) return {};
    const bool quoted = line[begin] == '"';
    const std::size_t end = line.find(quoted ? '"' : '>', begin + 1);
    if (end == std::string::npos) return {};
    return {.header = line.substr(begin + 1, end - begin - 1), .quoted = quoted};
}

/// The file a quoted include means, relative to `root`, or "".
std::string resolve(const std::string& header, const fs::path& root) {
    for (const char* base : kIncludeRoots) {
        if (fs::exists(root / base / header)) return base + header;
        if (fs::exists(root / base / (header + ".in"))) return base + header;
    }
    return {};
}

std::string complaint_about(const Include& include, const std::string& file, const Rule& rule,
                            const fs::path& root) {
    if (include.quoted) {
        // A benchmark's own helpers are included from tests/.
        if (fs::exists(root / "tests" / include.header)) {
            const bool test = file.starts_with("tests/");
            return test ? "" : "includes \"" + include.header + "\", which is a test's";
        }
        const std::string target_file = resolve(include.header, root);
        if (target_file.empty()) {
            return "\"" + include.header + "\" is not found from the root of any library";
        }
        const Rule* other = rule_for(target_file);
        if (other == nullptr || reachable(rule.target).contains(other->target)) return {};
        return rule.target + " includes \"" + include.header + "\" of " + other->target;
    }
    const std::string library = library_of(include.header);
    if (library.empty()) return {};
    if (library == "?") return "<" + include.header + "> belongs to no library that we know";
    if (!rule.libraries.contains(library)) {
        return rule.target + " may not use " + library + " (<" + include.header + ">)";
    }
    if (is_header(file) && !rule.header_libraries.contains(library)) {
        return "<" + include.header + "> stands in a header; keep it in the source";
    }
    return {};
}

}  // namespace

std::vector<std::string> source_files(const fs::path& root) {
    std::vector<std::string> files;
    for (const char* folder : kFolders) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
            if (!entry.is_regular_file() || !is_source(entry.path())) continue;
            files.push_back(relative_name(entry.path(), root));
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<Finding> check_includes(const fs::path& root) {
    std::vector<Finding> findings;
    for (const std::string& file : source_files(root)) {
        const Rule* rule = rule_for(file);
        if (rule == nullptr) continue;  // tests may include anything
        std::size_t number = 0;
        for (const std::string& line : lines_of(root / file)) {
            ++number;
            const Include include = include_on(line);
            if (include.header.empty()) continue;
            std::string what = complaint_about(include, file, *rule, root);
            if (!what.empty()) {
                findings.push_back({file + ":" + std::to_string(number), std::move(what)});
            }
        }
    }
    return findings;
}

namespace {

/// The files that the CMakeLists.txt in `folder` names, relative to `root`.
std::set<std::string> listed_in(const fs::path& list, const fs::path& root) {
    std::set<std::string> files;
    for (std::string line : lines_of(list)) {
        if (const auto comment = line.find('#'); comment != std::string::npos) line.erase(comment);
        for (char& c : line) {
            if (c == '(' || c == ')' || c == '"') c = ' ';
        }
        std::istringstream words{line};
        for (std::string word; words >> word;) {
            if (word.find('$') != std::string::npos || !is_source(fs::path{word})) continue;
            files.insert(relative_name((list.parent_path() / word).lexically_normal(), root));
        }
    }
    return files;
}

}  // namespace

std::vector<Finding> check_listing(const fs::path& root) {
    std::set<std::string> listed;
    std::vector<Finding> findings;
    for (const char* folder : kFolders) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
            if (entry.path().filename() != "CMakeLists.txt") continue;
            for (const std::string& file : listed_in(entry.path(), root)) {
                listed.insert(file);
                if (fs::exists(root / file)) continue;
                findings.push_back(
                    {relative_name(entry.path(), root), "names " + file + ", which is not there"});
            }
        }
    }
    for (const std::string& file : source_files(root)) {
        if (!listed.contains(file)) findings.push_back({file, "is named in no CMakeLists.txt"});
    }
    return findings;
}

namespace {

/// Folders that exist on a machine only, spelled in pieces so that this file does not name them.
const std::vector<std::string>& machine_folders() {
    static const std::vector<std::string> folders = {
        std::string{"/"} + "work/", std::string{"/"} + "home/", std::string{"/"} + "root/",
        std::string{"/"} + "Users/"};
    return folders;
}

/// True when the path at `at` begins there: in "a/home/b" or "https://x/home/" it does not.
bool begins_path(const std::string& line, std::size_t at) {
    if (at == 0) return true;
    const unsigned char before = static_cast<unsigned char>(line[at - 1]);
    return std::isalnum(before) == 0 &&
           std::string_view{"._-/~}*"}.find(line[at - 1]) == std::string_view::npos;
}

bool is_text(const fs::path& path) {
    static const std::set<std::string> extensions = {
        ".cpp",  ".hpp", ".h",   ".c",       ".in",     ".txt", ".cmake", ".json",
        ".toml", ".md",  ".bib", ".sh",      ".csv",    ".sql", ".yml",   ".yaml",
        ".qrc",  ".svg", ".qss", ".desktop", ".golden", ""};
    return extensions.contains(path.extension().string());
}

bool is_skipped_folder(const fs::path& path) {
    const std::string name = path.filename().string();
    return name == ".git" || name == "build" || name == "out" || name == ".cache" ||
           name == "shared";
}

}  // namespace

std::vector<Finding> check_machine_paths(const fs::path& root) {
    std::vector<Finding> findings;
    for (auto entry = fs::recursive_directory_iterator{root}; entry != fs::end(entry); ++entry) {
        if (entry->is_directory() && is_skipped_folder(entry->path()))
            entry.disable_recursion_pending();
        if (!entry->is_regular_file() || !is_text(entry->path())) continue;
        if (entry->path().filename() == ".git") continue;  // a work tree's pointer
        std::size_t number = 0;
        for (const std::string& line : lines_of(entry->path())) {
            ++number;
            for (const std::string& folder : machine_folders()) {
                const std::size_t at = line.find(folder);
                if (at == std::string::npos || !begins_path(line, at)) continue;
                findings.push_back(
                    {relative_name(entry->path(), root) + ":" + std::to_string(number),
                     "names a folder of a machine: " + line.substr(at, 40)});
            }
        }
    }
    return findings;
}

std::string describe(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) text += "\n  " + finding.where + ": " + finding.what;
    return text;
}

}  // namespace wafercast::architecture
