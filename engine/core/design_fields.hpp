#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/design.hpp"
#include "units/units.hpp"

namespace wafercast {

/// What a field accepts. One description serves reader, writer, `--set`, sweeps and the editor.
struct FieldInfo {
    Dimension dimension = {};
    std::string_view unit = {};           ///< shown by default
    std::string_view catalog_kind = {};   ///< where "catalog:ID" (or a bare id of a text field) is
                                          ///< looked up; empty: literals only
    std::string_view catalog_field = {};  ///< number taken from that entry
    std::string_view keyword = {};        ///< accepted word, e.g. "rest"
    double minimum = 0.0;           ///< base units, inclusive; kAboveZero: zero itself is refused
    double maximum = 0.0;           ///< base units, inclusive
    bool whole = false;             ///< must be an integer
    std::string_view help = {};     ///< one line
    std::string_view label = {};    ///< a few words, for forms and tables
    std::string_view choices = {};  ///< words a text field accepts, joined by '|'; empty: any
    bool catalog_prefix = false;    ///< a text field written "catalog:ID" and stored as the bare ID
    bool is_id = false;             ///< a text field matched without case, stored in lower case
    bool optional = false;          ///< a design says something without it
};

/// The smallest positive number: a minimum that means "above zero".
inline constexpr double kAboveZero = std::numeric_limits<double>::denorm_min();

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

/// Parses `text` for a field and stores it; empty text unsets it. Refuses wrong dimensions (naming
/// the wanted unit), values outside the field's range, unknown keywords. Does not look catalog ids
/// up; resolve does. A list is "sm, l2" or ["sm", "l2"].
Result<Done> assign(const FieldRef& field, std::string_view text, const SourceLocation& where = {});

/// Sets one path as `--set path=value` does, with its consequences: changing a block's count alone
/// keeps sold / count (rounded down; likewise sold_capacity); setting one side of a die keeps the
/// content's area, so the other side becomes unset and follows. An explicit sold > count is
/// refused. A path into an absent section (system, edge, workload, functional) makes the section.
/// On failure the design is unchanged.
Result<Done> set_field(Design& design, std::string_view path, std::string_view text);

/// Like set_field for a number already in base units.
Result<Done> set_field(Design& design, std::string_view path, double base_value);

/// Sets several paths at once, all or none, and reports every problem. Both sides of a die together
/// are a new published outline: the die and its blocks are calibrated at the content that results.
Result<Done> set_fields(Design& design,
                        const std::vector<std::pair<std::string, std::string>>& edits);

/// Blocks whose explicit sold content exceeds the physical content.
Failures sold_problems(const Design& design);

/// The text of a field as a person would write it, with its unit; empty when unset.
std::string field_text(const ConstFieldRef& field);

}  // namespace wafercast
