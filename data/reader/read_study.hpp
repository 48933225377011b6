#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/study.hpp"

namespace wafercast {

/// Reads a study file; every problem is reported with its place. Paths and metrics are held against
/// the design and the metric table by who opens it; the path of the design is made relative to the
/// study's folder.
Result<Study> read_study(const std::filesystem::path& path);

/// The same for a text; `file` is the name shown in places.
Result<Study> read_study_text(std::string_view text, const std::string& file);

}  // namespace wafercast
