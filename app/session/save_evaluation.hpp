#pragma once

#include <filesystem>

#include "session/session.hpp"

namespace wafercast {

/// Adds an evaluation to an SQLite file as a run of one point, with its trees and assumptions; the
/// file is made when it is absent. Failures are those of StudyStore.
/// @param seed of the bands
Result<Done> save_evaluation(const std::filesystem::path& path, const LoadedDesign& loaded,
                             const Evaluation& evaluation, std::uint64_t seed);

}  // namespace wafercast
