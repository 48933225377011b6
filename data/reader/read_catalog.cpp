#include "reader/read_catalog.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "reader/read_catalog_entry.hpp"
#include "reader/text_tree.hpp"
#include "schema/catalog_schema.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

std::string quote(std::string_view text) { return "'" + std::string{text} + "'"; }

struct CatalogFile {
    fs::path path;
    std::string kind;  ///< of its folder; empty when the file says it itself
};

struct FileContent {
    std::vector<CatalogEntry> entries;
    Failures problems;
};

std::string unknown_kind(std::string_view kind) {
    std::vector<std::string> names;
    for (const auto& known : catalog_kinds()) {
        names.emplace_back(known.name);
    }
    const auto near = nearest(kind, names);
    return "Unknown catalog kind " + quote(kind) +
           (near.empty() ? "." : "; did you mean " + quote(near) + "?");
}

std::vector<fs::path> sorted_children(const fs::path& folder, Failures& problems) {
    std::vector<fs::path> children;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
        if (at->path().filename().string().front() != '.') {
            children.push_back(at->path());
        }
    }
    if (error) {
        problems.push_back({"file.unreadable",
                            "Cannot read the folder: " + error.message() + ".",
                            {folder.string(), 0, 0}});
    }
    std::sort(children.begin(), children.end());
    return children;
}

void list_folder(const fs::path& folder, std::vector<CatalogFile>& files, Failures& problems) {
    std::error_code ignored;
    for (const auto& child : sorted_children(folder, problems)) {
        if (!fs::is_directory(child, ignored)) {
            if (child.extension() == ".toml") {
                files.push_back({child, {}});
            }
            continue;
        }
        const auto kind = child.filename().string();
        for (const auto& file : sorted_children(child, problems)) {
            if (file.extension() == ".toml") {
                files.push_back({file, kind});
            }
        }
    }
}

std::vector<CatalogFile> list_files(const std::vector<fs::path>& paths, Failures& problems) {
    std::vector<CatalogFile> files;
    for (const auto& path : paths) {
        std::error_code error;
        if (fs::is_directory(path, error)) {
            list_folder(path, files, problems);
            continue;
        }
        const auto parent = fs::absolute(path, error).parent_path().filename().string();
        files.push_back({path, find_catalog_kind(parent) != nullptr ? parent : std::string{}});
    }
    return files;
}

FileContent read_file(const CatalogFile& file, const CatalogReadOptions& options) {
    const auto path = file.path.string();
    auto text = read_text_file(path);
    if (!text) {
        return {{}, std::move(text).error()};
    }
    auto entries = read_catalog_text(*text, path, file.kind, options);
    if (!entries) {
        return {{}, std::move(entries).error()};
    }
    return {*std::move(entries), {}};
}

std::vector<FileContent> read_files(const std::vector<CatalogFile>& files,
                                    const CatalogReadOptions& options) {
    std::vector<FileContent> contents(files.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < files.size(); i = next++) {
            contents[i] = read_file(files[i], options);
        }
    };
    constexpr unsigned kMostThreads = 4;
    const unsigned wanted = options.threads > 0
                                ? options.threads
                                : std::min(std::thread::hardware_concurrency(), kMostThreads);
    const auto count = std::min<std::size_t>(wanted, files.size() / 16);
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < count; ++i) {
        threads.emplace_back(work);
    }
    work();
    threads.clear();  // joins
    return contents;
}

/// An alias that names two entries of a kind would be answered by chance.
void check_aliases(const Catalog& catalog, Failures& problems) {
    for (const auto& kind : catalog.kinds()) {
        std::map<std::string, const CatalogEntry*> taken;
        for (const auto* entry : catalog.entries(kind)) {
            taken.emplace(entry->id, entry);
        }
        for (const auto* entry : catalog.entries(kind)) {
            for (const auto& alias : entry->aliases) {
                const auto [at, added] = taken.emplace(lower(alias), entry);
                if (!added && at->second != entry) {
                    problems.push_back({"catalog.alias",
                                        "The alias " + quote(alias) + " of " + quote(entry->id) +
                                            " also names " + quote(at->second->id) + ".",
                                        entry->where});
                }
            }
        }
    }
}

CatalogEntry entry_of_table(const TextNode& table, std::string_view kind, std::string_view id,
                            const std::string& file, const CatalogReadOptions& options,
                            Failures& problems) {
    if (find_catalog_kind(kind) == nullptr) {
        problems.push_back({"catalog.unknown_kind", unknown_kind(kind), table.where(file)});
        return {};
    }
    return read_catalog_entry(table, kind, id, file, options, problems);
}

/// An item of `[[catalog]]` or a file that names its own kind.
CatalogEntry self_named(const TextNode& table, const std::string& file,
                        const CatalogReadOptions& options, Failures& problems) {
    const auto* kind = table.find("catalog");
    const auto* id = table.find("id");
    if (kind == nullptr || !kind->is_string() || id == nullptr || !id->is_string()) {
        problems.push_back(
            {"catalog.missing",
             "A catalog entry outside a folder of its kind needs catalog = \"<kind>\" and an id.",
             table.where(file)});
        return {};
    }
    return entry_of_table(table, kind->text, id->text, file, options, problems);
}

}  // namespace

std::optional<double> decimal_year(std::string_view date) {
    const auto digits = [date](std::size_t from, std::size_t count) -> std::optional<int> {
        int number = 0;
        for (std::size_t i = from; i < from + count; ++i) {
            if (i >= date.size() || date[i] < '0' || date[i] > '9') {
                return std::nullopt;
            }
            number = number * 10 + (date[i] - '0');
        }
        return number;
    };
    const auto year = digits(0, 4);
    if (!year || (date.size() != 4 && date.size() != 7 && date.size() != 10)) {
        return std::nullopt;
    }
    if (date.size() == 4) {
        return *year + 0.5;
    }
    const auto month = digits(5, 2);
    if (!month || date[4] != '-' || *month < 1 || *month > 12) {
        return std::nullopt;
    }
    if (date.size() == 7) {
        return *year + (*month - 0.5) / 12.0;
    }
    const auto day = digits(8, 2);
    if (!day || date[7] != '-' || *day < 1 || *day > 31) {
        return std::nullopt;
    }
    return *year + (*month - 1.0 + (*day - 0.5) / 31.0) / 12.0;
}

std::vector<CatalogEntry> read_catalog_node(const TextNode& node, const std::string& file,
                                            const CatalogReadOptions& options, Failures& problems) {
    std::vector<CatalogEntry> entries;
    const auto wrong = [&](const TextNode& at) {
        problems.push_back({"catalog.form",
                            "'catalog' holds " + std::string{describe(at)} +
                                "; write a table [catalog.<kind>.<id>].",
                            at.where(file)});
    };
    if (node.is_array()) {
        for (const auto& item : node.items) {
            if (item.is_table()) {
                entries.push_back(self_named(item, file, options, problems));
            } else {
                wrong(item);
            }
        }
        return entries;
    }
    if (!node.is_table()) {
        wrong(node);
        return entries;
    }
    for (const auto& kind : node.members) {
        if (!kind.value.is_table()) {
            wrong(kind.value);
            continue;
        }
        for (const auto& entry : kind.value.members) {
            if (entry.value.is_table()) {
                entries.push_back(
                    entry_of_table(entry.value, kind.key, entry.key, file, options, problems));
            } else {
                wrong(entry.value);
            }
        }
    }
    return entries;
}

Result<std::vector<CatalogEntry>> read_catalog_text(std::string_view text, const std::string& file,
                                                    std::string_view kind,
                                                    const CatalogReadOptions& options) {
    auto root = parse_toml(text, file);
    if (!root) {
        return std::move(root).error();
    }
    Failures problems;
    std::vector<CatalogEntry> entries;
    const auto* own = root->find("catalog");
    if (!kind.empty()) {
        entries.push_back(
            entry_of_table(*root, kind, fs::path{file}.stem().string(), file, options, problems));
    } else if (own != nullptr && !own->is_string()) {
        entries = read_catalog_node(*own, file, options, problems);
        for (const auto& member : root->members) {
            if (member.key != "catalog") {
                problems.push_back({"catalog.unknown_key",
                                    "Unknown key " + quote(member.key) +
                                        " beside 'catalog'; an entry's fields stand in its table.",
                                    member.where(file)});
            }
        }
    } else {
        entries.push_back(self_named(*root, file, options, problems));
    }
    if (!problems.empty()) {
        return problems;
    }
    return entries;
}

Result<Done> overlay_catalog(Catalog& catalog, const std::vector<fs::path>& folders_or_files,
                             const CatalogReadOptions& options) {
    Failures problems;
    const auto files = list_files(folders_or_files, problems);
    auto contents = read_files(files, options);
    for (auto& content : contents) {
        problems.insert(problems.end(), content.problems.begin(), content.problems.end());
    }
    if (!problems.empty()) {
        return problems;
    }
    Catalog merged = catalog;
    for (auto& content : contents) {
        for (auto& entry : content.entries) {
            merged.add(std::move(entry));
        }
    }
    check_aliases(merged, problems);
    if (!problems.empty()) {
        return problems;
    }
    catalog = std::move(merged);
    return Done{};
}

Result<Catalog> read_catalog(const std::vector<fs::path>& folders_or_files,
                             const CatalogReadOptions& options) {
    Catalog catalog;
    auto done = overlay_catalog(catalog, folders_or_files, options);
    if (!done) {
        return std::move(done).error();
    }
    return catalog;
}

Result<ReferenceKeys> read_reference_keys(const fs::path& path) {
    auto text = read_text_file(path.string());
    if (!text) {
        return std::move(text).error();
    }
    ReferenceKeys keys;
    const std::string& bib = *text;
    for (std::size_t at = bib.find('@'); at != std::string::npos; at = bib.find('@', at + 1)) {
        if (at != 0 && bib[at - 1] != '\n') {
            continue;  // an address inside a field
        }
        const auto open = bib.find('{', at);
        const auto comma = bib.find(',', at);
        if (open == std::string::npos || comma == std::string::npos || comma < open) {
            continue;
        }
        auto key = bib.substr(open + 1, comma - open - 1);
        key.erase(std::remove_if(key.begin(), key.end(),
                                 [](char c) { return c == ' ' || c == '\n' || c == '\t'; }),
                  key.end());
        keys.insert(std::move(key));
    }
    return keys;
}

}  // namespace wafercast
