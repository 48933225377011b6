#pragma once

#include <functional>
#include <string>

#include "core/design.hpp"
#include "core/result.hpp"

namespace wafercast {

/// Where the nearest thing to a path ("blocks.sm.count", "dies.gpu") was written.
using LocatePath = std::function<SourceLocation(const std::string& path)>;

/// Whether a field was written, rightly or wrongly; what was written wrongly is not also missing.
using WasWritten = std::function<bool(const std::string& path)>;

/// What a single field cannot show: ids used twice, blocks on no die, dies in no package, missing
/// parts.
Failures check_design(const Design& design, const LocatePath& where, const WasWritten& written);

}  // namespace wafercast
