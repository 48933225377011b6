#pragma once

#include <limits>
#include <span>
#include <string_view>

#include "units/quantity.hpp"

namespace wafercast {

enum class CatalogForm { kNumber, kText, kFlag };

/// A field that entries of a kind are known by. Entries may carry more: those are checked for form
/// only.
struct CatalogField {
    std::string_view path;  ///< dotted inside the entry: "energy.bf16"
    CatalogForm form = CatalogForm::kNumber;
    Dimension dimension = {};
    bool required = true;
    double maximum =
        std::numeric_limits<double>::infinity();  ///< base units; also clips ranges made by rule
};

/// A kind of entry; its name is the folder below data/catalog.
struct CatalogKind {
    std::string_view name;
    std::span<const CatalogField> fields;
    std::string_view help;  ///< one line
};

/// Every kind, in alphabetical order.
std::span<const CatalogKind> catalog_kinds();

/// The kind of that name; nullptr when there is none.
const CatalogKind* find_catalog_kind(std::string_view name);

/// The field of that path in a kind; nullptr when the schema does not know it.
const CatalogField* find_catalog_field(const CatalogKind& kind, std::string_view path);

}  // namespace wafercast
