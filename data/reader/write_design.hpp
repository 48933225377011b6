#pragma once

#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/design.hpp"
#include "core/design_fields.hpp"

namespace wafercast {

/// A design as a complete TOML text. Reading it back gives an equal design.
std::string write_design(const Design& design);

/// `original`, the text `before` was read from, changed so that it reads as `after`. Only values
/// that differ are touched; comments, order and spelling of the rest stay. Falls back to
/// write_design where the change cannot be made in place (an element renamed or moved).
std::string update_design_text(const std::string& original, const Design& before,
                               const Design& after);

/// A text that needs no catalog: the design and the entries it uses. Read back, design and entries
/// are equal to these, so the numbers that follow are the same.
std::string freeze_design(const Design& design, const std::vector<const CatalogEntry*>& used);

/// One catalog entry as the tables of a design's own catalog: "[catalog.<kind>.<id>]".
std::string write_catalog_entry(const CatalogEntry& entry);

/// The TOML value of a field that is set: 144, "814 mm2", { value = ..., low = ... }, ["sm", "l2"].
std::string toml_value(const ConstFieldRef& field);

/// Whether a design says anything for the field.
bool is_set(const ConstFieldRef& field);

/// A number in a unit that reads back to the same double, in the preferred unit where possible.
std::string exact_quantity(double base_value, std::string_view unit, Dimension dimension);

}  // namespace wafercast
