#pragma once

#include <filesystem>

#include "core/result.hpp"

namespace wafercast {

/// Folder of the shipped catalog, designs and studies: $WAFERCAST_DATA when it is set, else
/// ../share/wafercast/data seen from the running program. A build folder has the shape of an
/// installation, so both are found the same way.
[[nodiscard]] Result<std::filesystem::path> data_folder();

/// Folder of the shipped plugins, ../lib/wafercast/plugins seen from the running program; it may
/// not exist.
[[nodiscard]] std::filesystem::path plugin_folder();

/// Folder of the user's own catalog entries, $XDG_DATA_HOME/wafercast/catalog or
/// ~/.local/share/wafercast/catalog; empty when neither variable is set. It may not exist.
[[nodiscard]] std::filesystem::path user_catalog_folder();

/// Folder for results that can be made again, $XDG_CACHE_HOME/wafercast or ~/.cache/wafercast;
/// empty when neither is set.
[[nodiscard]] std::filesystem::path user_cache_folder();

}  // namespace wafercast
