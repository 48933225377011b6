#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/result.hpp"

namespace wafercast {

struct TextNode;

/// Keys of docs/references.bib.
using ReferenceKeys = std::set<std::string, std::less<>>;

struct CatalogReadOptions {
    const ReferenceKeys* references = nullptr;  ///< sources are checked against these when given
    unsigned threads =
        0;  ///< reading files in parallel; 0: as the machine has. The result is the same
};

/// Reads catalog folders (`<kind>/<id>.toml` below each) and single files; what comes later
/// replaces entries of the same kind and id. Every problem in every file is reported at once with
/// its place.
///
/// A single file states its entry in one of three ways: it lies in a folder named like its kind; it
/// says `catalog = "<kind>"` at the top; or it holds tables `[catalog.<kind>.<id>]`, as a design
/// may too. Numbers of confidence high, medium and low without a stated range get +-5 %, +-20 % and
/// x/÷ 1.5.
Result<Catalog> read_catalog(const std::vector<std::filesystem::path>& folders_or_files,
                             const CatalogReadOptions& options = {});

/// Adds what lies at `folders_or_files` to `catalog`, or nothing when there is a problem.
Result<Done> overlay_catalog(Catalog& catalog,
                             const std::vector<std::filesystem::path>& folders_or_files,
                             const CatalogReadOptions& options = {});

/// Reads the text of one catalog file; `kind` is that of its folder, empty when it has none.
Result<std::vector<CatalogEntry>> read_catalog_text(std::string_view text, const std::string& file,
                                                    std::string_view kind,
                                                    const CatalogReadOptions& options = {});

/// The entries of a `[catalog.<kind>.<id>]` table or `[[catalog]]` array; problems are appended.
std::vector<CatalogEntry> read_catalog_node(const TextNode& node, const std::string& file,
                                            const CatalogReadOptions& options, Failures& problems);

/// The keys of a BibTeX file.
Result<ReferenceKeys> read_reference_keys(const std::filesystem::path& path);

/// The decimal year in the middle of "2024", "2024-06" or "2024-06-15"; nothing when it is no date.
std::optional<double> decimal_year(std::string_view date);

}  // namespace wafercast
