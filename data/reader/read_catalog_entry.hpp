#pragma once

#include <string>
#include <string_view>

#include "core/catalog.hpp"
#include "reader/read_catalog.hpp"
#include "reader/text_tree.hpp"

namespace wafercast {

/// Reads one entry's table. Problems are appended; the entry is then incomplete and must not be
/// used.
/// @param id  what the file or table name says; the table's own `id` must agree
CatalogEntry read_catalog_entry(const TextNode& table, std::string_view kind, std::string_view id,
                                const std::string& file, const CatalogReadOptions& options,
                                Failures& problems);

}  // namespace wafercast
