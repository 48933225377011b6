#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "session/session.hpp"
#include "store/stored_run.hpp"

namespace wafercast {

/// How far a sweep is.
struct SweepProgress {
    std::uint64_t points = 0;  ///< done, those of earlier runs included
    std::uint64_t total = 0;
    std::uint64_t feasible = 0;
    std::uint64_t front = 0;
    double points_per_second = 0.0;  ///< of this run
    double seconds_left = 0.0;
    std::string best_metric;  ///< first objective; empty without one or before a feasible point
    double best = 0.0;
    std::string best_unit;
};

struct SweepOptions {
    std::filesystem::path study;
    std::filesystem::path output;
    std::optional<Keep> keep;        ///< nothing: all rows up to a million points, else the front
    std::uint64_t chunk_points = 0;  ///< of a new file; 0: chosen from the number of points
    int threads = 0;                 ///< 0: as many as the machine has
    bool functional = true;          ///< run the functional model for its workload statistics
    std::function<void(const std::string&)> notice;
    std::function<void(const SweepProgress&)> progress;  ///< after each chunk
    std::function<bool()> stop;                          ///< asked often, from several threads
};

struct SweepSummary {
    SweepProgress progress;
    std::uint64_t resumed_points = 0;  ///< found done in the file
    bool complete = false;             ///< false: stopped; the file can be resumed
    double seconds = 0.0;
};

/// Evaluates every point of a study into an SQLite file, a chunk a transaction; goes on where a
/// file of the same study, design and catalog stops.
///
/// Bad input is reported whole before anything is written. Failures of the file are those of
/// StudyStore; "sweep.differs" says what keeps a file from being resumed.
Result<SweepSummary> run_sweep(const Session& session, const SweepOptions& options);

}  // namespace wafercast
