#pragma once

#include <optional>

#include "core/transformer.hpp"
#include "evaluate/evaluation.hpp"
#include "session/session.hpp"

namespace wafercast {

/// What a functional run says about a design: its quality, and what it measured for the cost side.
struct FunctionalQuality {
    FunctionalSummary summary;
    std::optional<WorkloadStatistics> statistics;
};

/// Runs the design's `[functional]` model in the design's numerics, or takes the result of an equal
/// run from the cache on disk. Formats that no run supports give the label "unknown", not a guess.
Result<FunctionalQuality> run_functional_quality(const LoadedDesign& loaded,
                                                 const EvaluateOptions& options);

}  // namespace wafercast
