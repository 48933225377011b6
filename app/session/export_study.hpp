#pragma once

#include <filesystem>
#include <iosfwd>

#include "core/result.hpp"

namespace wafercast {

struct ExportOptions {
    enum class Format { kCsv, kJson } format = Format::kCsv;
    /// Only what a study, its design and its catalog decide: no times, no file names. Equal text
    /// means equal results, whatever the threads, the interruptions and the machine.
    bool canonical = false;
};

/// Writes a result as text, rows sorted by run and point. CSV: the rows of the view `designs` (with
/// `canonical`, the other tables follow). JSON: "wafercast.study/1", everything but the catalog.
Result<Done> export_study(const std::filesystem::path& path, const ExportOptions& options,
                          std::ostream& out);

}  // namespace wafercast
