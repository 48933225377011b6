#pragma once

#include <cstdint>

#include "store/database.hpp"
#include "store/stored_run.hpp"

namespace wafercast {

/// Writes everything of a run but its points; the caller holds the transaction. @return its number
std::int64_t insert_run(Database& database, const StoredRun& run);

/// Reads it back, without catalog texts and assumptions.
StoredRun select_run(const Database& database, std::int64_t run);

}  // namespace wafercast
