/// Remembers functional runs on disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "functional/run.hpp"

namespace wafercast::functional {

/// The figures of a run as text, one `name value` a line, doubles in hexadecimal so that they come
/// back bit by bit, closed by a checksum line. Inputs of the request are not stored.
[[nodiscard]] std::string serialise_run(const FunctionalRun& run);

/// Reads it back; nothing when a line is missing, out of order, malformed or the checksum is wrong.
[[nodiscard]] std::optional<FunctionalRun> parse_run(std::string_view text);

/// The entry named `key`, if there is a sound one.
[[nodiscard]] std::optional<FunctionalRun> recall_run(const std::filesystem::path& folder,
                                                      const std::string& key);

/// Writes under a temporary name and renames. Returns false when that fails.
[[nodiscard]] bool remember_run(const std::filesystem::path& folder, const std::string& key,
                                const FunctionalRun& run);

}  // namespace wafercast::functional
