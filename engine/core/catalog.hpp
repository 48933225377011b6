#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/sourced.hpp"

namespace wafercast {

/// One entry: a process node, a memory, a device ... Field names are dotted paths inside the entry.
struct CatalogEntry {
    std::string kind;
    std::string id;
    std::string title;
    std::vector<std::string> aliases;
    std::map<std::string, SourcedNumber, std::less<>> numbers;
    std::map<std::string, std::string, std::less<>> texts;
    std::map<std::string, bool, std::less<>> flags;
    std::string note;
    SourceLocation where;
    friend bool operator==(const CatalogEntry&, const CatalogEntry&) = default;

    [[nodiscard]] const SourcedNumber* number(std::string_view field) const;
    /// The text of a field, or `fallback` where the entry has none.
    [[nodiscard]] std::string_view text(std::string_view field,
                                        std::string_view fallback = {}) const;
    [[nodiscard]] bool flag(std::string_view field, bool fallback = false) const;
};

/// Everything known about parts, prices and models; overlays replace entries of the same kind and
/// id.
class Catalog {
public:
    /// Adds or replaces an entry.
    void add(CatalogEntry entry);

    /// Finds by id or alias without case; nullptr when unknown.
    [[nodiscard]] const CatalogEntry* find(std::string_view kind, std::string_view id) const;

    /// Like find, with a failure that names the nearest ids.
    [[nodiscard]] Result<const CatalogEntry*> require(std::string_view kind, std::string_view id,
                                                      const SourceLocation& where = {}) const;

    [[nodiscard]] std::vector<std::string> kinds() const;
    [[nodiscard]] std::vector<const CatalogEntry*> entries(std::string_view kind) const;

    /// FNV-1a over every entry in sorted order: two catalogs with equal content have equal hashes.
    [[nodiscard]] std::uint64_t hash() const;

private:
    using ById = std::map<std::string, CatalogEntry, std::less<>>;
    std::map<std::string, ById, std::less<>> by_kind_;
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> aliases_;
};

/// Lower-case copy; ids are matched without case.
std::string lower(std::string_view text);

/// The candidate with the smallest edit distance, when it is near enough to be meant; else empty.
std::string nearest(std::string_view wanted, const std::vector<std::string>& candidates);

}  // namespace wafercast
