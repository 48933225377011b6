#pragma once

#include <filesystem>
#include <string_view>

#include "core/result.hpp"

namespace wafercast {

/// Replaces a file so that a reader, or a crash, sees the old bytes or the new ones and nothing
/// between: a temporary in the same folder, fsync, rename, fsync of the folder. Keeps the
/// permissions of a file that is replaced and follows a symbolic link. Code "file.unwritable" on
/// failure; nothing is left behind.
Result<Done> write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace wafercast
