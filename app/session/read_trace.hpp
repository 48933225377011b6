#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "serving/lengths.hpp"

namespace wafercast {

/// Requests of a CSV file with the columns `arrival_s`, `input_tokens` and `output_tokens`, in any
/// order and beside others; lines that start with '#' are comments. Arrivals count from the first
/// one and do not fall. Every problem is reported, with line and column.
Result<std::vector<TraceRequest>> read_trace(const std::filesystem::path& path);

/// The same of a text; `file` names it in problems.
Result<std::vector<TraceRequest>> read_trace_text(std::string_view text, const std::string& file);

}  // namespace wafercast
