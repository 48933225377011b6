#include "session/shipped_files.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

namespace wafercast {

namespace {

namespace fs = std::filesystem;

/// The value of a variable, or "" when it is not set. Read once at start-up, before any thread.
std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

/// The folder above the one that holds the running program: the root of an installation.
fs::path installation() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path{} : program.parent_path().parent_path();
}

/// $variable/wafercast, or ~/fallback/wafercast, or empty. The XDG rules say that a relative path
/// is to be ignored.
fs::path user_folder(const char* variable, const char* fallback) {
    const fs::path base = environment(variable);
    if (base.is_absolute()) {
        return base / "wafercast";
    }
    const fs::path home = environment("HOME");
    return home.empty() ? fs::path{} : home / fallback / "wafercast";
}

}  // namespace

Result<fs::path> data_folder() {
    const std::string chosen = environment("WAFERCAST_DATA");
    const fs::path folder =
        chosen.empty() ? installation() / "share" / "wafercast" / "data" : fs::path{chosen};
    std::error_code error;
    if (fs::is_directory(folder / "catalog", error)) {
        return folder;
    }
    return Failure{
        .code = "session.no_data_folder",
        .message = "No shipped catalog in '" + folder.string() +
                   "'; reinstall, or set WAFERCAST_DATA to the folder that holds catalog/.",
        .where = {}};
}

fs::path plugin_folder() { return installation() / "lib" / "wafercast" / "plugins"; }

fs::path user_catalog_folder() {
    const fs::path folder = user_folder("XDG_DATA_HOME", ".local/share");
    return folder.empty() ? folder : folder / "catalog";
}

fs::path user_cache_folder() { return user_folder("XDG_CACHE_HOME", ".cache"); }

}  // namespace wafercast
