#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace wafercast {

/// "Wfrc": marks a file as ours (PRAGMA application_id).
inline constexpr std::int64_t kApplicationId = 0x57667263;

/// Version of the schema (PRAGMA user_version); docs/schema.md describes it.
inline constexpr std::int64_t kSchemaVersion = 1;

/// Makes every table of the present version in an empty file.
void create_schema(Database& database);

/// Brings an older file up to the present version, in one transaction; false: nothing to do.
bool migrate_schema(Database& database);

/// Makes the views that a person reads, from the columns the file has now.
void create_views(Database& database);

/// A name in SQL's double quotes.
std::string sql_name(std::string_view name);

}  // namespace wafercast
