#include "core/catalog.hpp"

#include <bit>

namespace wafercast {
namespace {

/// FNV-1a, 64 bits: fixed by its two constants, so a stored hash means the same everywhere. @cite
/// fnv1a
class Fnv1a {
public:
    void add_byte(unsigned char byte) {
        hash_ ^= byte;
        hash_ *= 0x100000001b3ULL;
    }
    void add(std::uint64_t word) {
        for (int shift = 0; shift < 64; shift += 8) {
            add_byte(static_cast<unsigned char>(word >> shift));
        }
    }
    void add(double number) { add(std::bit_cast<std::uint64_t>(number)); }
    /// The length goes in first, so that "ab","c" differs from "a","bc".
    void add(std::string_view text) {
        add(std::uint64_t{text.size()});
        for (const char c : text) {
            add_byte(static_cast<unsigned char>(c));
        }
    }
    [[nodiscard]] std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

void add_dimension(Fnv1a& hash, Dimension d) {
    for (const signed char e : {d.length, d.time, d.mass, d.temperature, d.charge, d.energy,
                                d.information, d.money, d.token, d.operation}) {
        hash.add_byte(static_cast<unsigned char>(e));
    }
}

void add_number(Fnv1a& hash, const SourcedNumber& number) {
    add_dimension(hash, number.dimension);
    hash.add(std::uint64_t{number.points.size()});
    for (const auto& point : number.points) {
        hash.add(point.value);
        hash.add(point.low);
        hash.add(point.high);
        hash.add(point.source);
        hash.add(point.as_of);
        hash.add(static_cast<std::uint64_t>(point.confidence));
        hash.add(std::uint64_t{point.range_by_rule});
        hash.add(point.distribution);
        hash.add(point.note);
    }
    hash.add(std::uint64_t{number.years.size()});
    for (const double year : number.years) {
        hash.add(year);
    }
    hash.add(number.text);
}

/// Everything but where the entry was read: a moved file has the same content.
void add_entry(Fnv1a& hash, const CatalogEntry& entry) {
    hash.add(entry.kind);
    hash.add(entry.id);
    hash.add(entry.title);
    hash.add(entry.note);
    hash.add(std::uint64_t{entry.aliases.size()});
    for (const auto& alias : entry.aliases) {
        hash.add(alias);
    }
    hash.add(std::uint64_t{entry.numbers.size()});
    for (const auto& [field, number] : entry.numbers) {
        hash.add(field);
        add_number(hash, number);
    }
    hash.add(std::uint64_t{entry.texts.size()});
    for (const auto& [field, text] : entry.texts) {
        hash.add(field);
        hash.add(text);
    }
    hash.add(std::uint64_t{entry.flags.size()});
    for (const auto& [field, flag] : entry.flags) {
        hash.add(field);
        hash.add(std::uint64_t{flag});
    }
}

/// "process_nodes" -> "process node", "memories" -> "memory".
std::string everyday_kind(std::string_view kind) {
    std::string noun{kind};
    for (char& c : noun) {
        c = c == '_' ? ' ' : c;
    }
    if (noun.ends_with("ies")) {
        noun.replace(noun.size() - 3, 3, "y");
    } else if (noun.ends_with('s')) {
        noun.pop_back();
    }
    return noun;
}

}  // namespace

const SourcedNumber* CatalogEntry::number(std::string_view field) const {
    const auto found = numbers.find(field);
    return found == numbers.end() ? nullptr : &found->second;
}

std::string_view CatalogEntry::text(std::string_view field, std::string_view fallback) const {
    const auto found = texts.find(field);
    return found == texts.end() ? fallback : std::string_view{found->second};
}

bool CatalogEntry::flag(std::string_view field, bool fallback) const {
    const auto found = flags.find(field);
    return found == flags.end() ? fallback : found->second;
}

void Catalog::add(CatalogEntry entry) {
    const std::string id = lower(entry.id);
    auto& aliases = aliases_[entry.kind];
    std::erase_if(aliases, [&](const auto& alias) { return alias.second == id; });
    for (const auto& alias : entry.aliases) {
        aliases.insert_or_assign(lower(alias), id);
    }
    by_kind_[entry.kind].insert_or_assign(id, std::move(entry));
}

const CatalogEntry* Catalog::find(std::string_view kind, std::string_view id) const {
    const auto entries_of_kind = by_kind_.find(kind);
    if (entries_of_kind == by_kind_.end()) {
        return nullptr;
    }
    const std::string wanted = lower(id);
    const auto& entries = entries_of_kind->second;
    if (const auto entry = entries.find(wanted); entry != entries.end()) {
        return &entry->second;
    }
    const auto& aliases = aliases_.find(kind)->second;
    const auto alias = aliases.find(wanted);
    return alias == aliases.end() ? nullptr : &entries.find(alias->second)->second;
}

Result<const CatalogEntry*> Catalog::require(std::string_view kind, std::string_view id,
                                             const SourceLocation& where) const {
    if (const auto* entry = find(kind, id)) {
        return entry;
    }
    std::vector<std::string> known;
    for (const auto* entry : entries(kind)) {
        known.push_back(entry->id);
        known.insert(known.end(), entry->aliases.begin(), entry->aliases.end());
    }
    const std::string near = nearest(id, known);
    std::string message = "no " + everyday_kind(kind) + " '" + std::string{id} + "' in the catalog";
    message += near.empty() ? "" : ", did you mean '" + near + "'?";
    message += near.empty() ? "; " : " ";
    message += "`wafercast catalog list " + std::string{kind} + "` shows all";
    return Failure{"catalog.unknown_" + std::string{kind}, message, where};
}

std::vector<std::string> Catalog::kinds() const {
    std::vector<std::string> kinds;
    for (const auto& [kind, entries] : by_kind_) {
        kinds.push_back(kind);
    }
    return kinds;
}

std::vector<const CatalogEntry*> Catalog::entries(std::string_view kind) const {
    std::vector<const CatalogEntry*> found;
    if (const auto entries_of_kind = by_kind_.find(kind); entries_of_kind != by_kind_.end()) {
        for (const auto& [id, entry] : entries_of_kind->second) {
            found.push_back(&entry);
        }
    }
    return found;
}

std::uint64_t Catalog::hash() const {
    Fnv1a hash;
    for (const auto& [kind, entries] : by_kind_) {
        for (const auto& [id, entry] : entries) {
            add_entry(hash, entry);
        }
    }
    return hash.value();
}

}  // namespace wafercast
