#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/design.hpp"
#include "units/units.hpp"

namespace wafercast {

/// What a field accepts. One description serves reader, writer, `--set`, sweeps and the editor.
struct FieldInfo {
    Dimension dimension;
    std::string_view unit;          ///< shown by default
    std::string_view catalog_kind;  ///< where "catalog:ID" (or a bare id of a text field) is looked
                                    ///< up; empty: literals only
    std::string_view catalog_field;  ///< number taken from that entry
    std::string_view keyword;        ///< accepted word, e.g. "rest"
    double minimum;                  ///< base units, inclusive
    double maximum;                  ///< base units, inclusive
    bool whole;                      ///< must be an integer
    std::string_view help;           ///< one line
};

enum class FieldKind { kNumber, kText, kTextList };

/// A field of a design by its dotted path ("blocks.sm.count"); exactly one pointer is set.
struct FieldRef {
    std::string path;
    FieldKind kind = FieldKind::kNumber;
    const FieldInfo* info = nullptr;
    Setting* number = nullptr;
    std::string* text = nullptr;
    std::vector<std::string>* list = nullptr;
};

struct ConstFieldRef {
    std::string path;
    FieldKind kind = FieldKind::kNumber;
    const FieldInfo* info = nullptr;
    const Setting* number = nullptr;
    const std::string* text = nullptr;
    const std::vector<std::string>* list = nullptr;
};

/// Every field of a design in file order, set or not. Array tables are addressed by id; a packaged
/// die by its die's id: "package.dies.gpu.count"; a memory by its id: "package.memory.hbm.count".
std::vector<FieldRef> fields(Design& design);
std::vector<ConstFieldRef> fields(const Design& design);

/// The field of that path (ids without case), or a failure that names the nearest path.
Result<FieldRef> find_field(Design& design, std::string_view path);

/// Parses `text` for a field and stores it. Refuses wrong dimensions (naming the wanted unit),
/// values outside the field's range, unknown keywords. Does not look catalog ids up; resolve does.
Result<Done> assign(const FieldRef& field, std::string_view text, const SourceLocation& where = {});

/// Sets one path as `--set path=value` does, with its consequences: changing a block's count alone
/// keeps sold / count (rounded down); setting one side of a die keeps the content's area.
Result<Done> set_field(Design& design, std::string_view path, std::string_view text);

/// Like set_field for a number already in base units.
Result<Done> set_field(Design& design, std::string_view path, double base_value);

/// The text of a field as a person would write it, with its unit; empty when unset.
std::string field_text(const ConstFieldRef& field);

}  // namespace wafercast
