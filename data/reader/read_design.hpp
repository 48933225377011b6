#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/design.hpp"
#include "core/result.hpp"

namespace wafercast {

/// A design as its file holds it.
struct DesignFile {
    Design design;
    std::string text;  ///< the whole file, for edits that keep its comments and order
    std::map<std::string, SourceLocation, std::less<>>
        locations;                      ///< of each field written, by path
    std::vector<CatalogEntry> catalog;  ///< entries of the file's own, laid over the catalog
};

/// Reads a design. Every problem is reported with its place: keys nobody knows, numbers without
/// their unit or with a wrong one, ids used twice, blocks on no die or on two, parts that are
/// missing. Ids of the catalog are not looked up here; resolve does.
Result<DesignFile> read_design(const std::filesystem::path& path);

/// The same for a text; `file` is the name shown in places.
Result<DesignFile> read_design_text(std::string_view text, const std::string& file);

}  // namespace wafercast
