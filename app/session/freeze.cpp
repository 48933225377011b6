#include "session/freeze.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>

#include "core/design_fields.hpp"
#include "evaluate/metric_names.hpp"
#include "functional/run.hpp"
#include "reader/read_design.hpp"
#include "reader/write_design.hpp"

namespace wafercast {

namespace {

/// Collects entries with the entries that they name in turn.
class UsedEntries {
public:
    explicit UsedEntries(const Catalog& catalog) : catalog_{catalog}, kinds_{catalog.kinds()} {}

    void add(std::string_view kind, std::string_view id) {
        const CatalogEntry* entry = id.empty() ? nullptr : catalog_.find(kind, id);
        if (entry != nullptr && seen_.insert(entry).second) {
            waiting_.push_back(entry);
        }
    }

    std::vector<const CatalogEntry*> all() {
        std::vector<const CatalogEntry*> entries;
        while (!waiting_.empty()) {
            const CatalogEntry* entry = waiting_.front();
            waiting_.pop_front();
            entries.push_back(entry);
            for (const auto& [field, text] : entry->texts) {
                // A text that is an id of some kind may be a reference; one entry too many is
                // harmless.
                for (const std::string& kind : kinds_) {
                    add(kind, text);
                }
            }
        }
        return entries;
    }

private:
    const Catalog& catalog_;
    std::vector<std::string> kinds_;
    std::set<const CatalogEntry*> seen_;
    std::deque<const CatalogEntry*> waiting_;
};

std::vector<const CatalogEntry*> used_entries(const LoadedDesign& loaded,
                                              const ResolvedDesign& resolved) {
    UsedEntries used{*loaded.catalog};
    for (const ConstFieldRef& field : fields(loaded.design)) {
        if (field.number != nullptr) {
            used.add(field.info->catalog_kind, field.number->catalog_id);
        } else if (field.text != nullptr) {
            used.add(field.info->catalog_kind, *field.text);
        }
    }
    for (const Block& block : loaded.design.blocks) {
        used.add("blocks", block.kind);
    }
    for (const CalibrationDie& die : loaded.design.calibration.dies) {
        used.add("process_nodes", die.process);
    }
    if (loaded.design.workload) {
        used.add("api_prices", loaded.design.workload->model);
    }
    for (const ScalarOrigin& origin : resolved->origins) {
        // "<kind>.<id>.<field>": ids may hold dots themselves.
        const auto dot = origin.path.find('.');
        if (!origin.from_catalog || dot == std::string::npos) {
            continue;
        }
        for (auto end = origin.path.find('.', dot + 1); end != std::string::npos;
             end = origin.path.find('.', end + 1)) {
            used.add(origin.path.substr(0, dot), origin.path.substr(dot + 1, end - dot - 1));
        }
    }
    return used.all();
}

/// Files of a functional run are named from the frozen file's folder, wherever that will be.
void make_absolute(Design& design, const std::filesystem::path& from) {
    if (!design.functional || from.empty()) {
        return;
    }
    for (std::string* name : {&design.functional->model, &design.functional->text}) {
        if (!name->empty() && *name != functional::kBuiltinTiny) {
            *name = std::filesystem::absolute(from.parent_path() / *name).lexically_normal();
        }
    }
}

/// Numbers that do not exist (no price known) are not numbers on both sides.
bool same_numbers(const Metrics& a, const Metrics& b) {
    const auto& metrics = metric_table();
    return std::all_of(metrics.begin(), metrics.end(), [&](const MetricInfo& metric) {
        const double first = metric.value(a);
        const double second = metric.value(b);
        return first == second || (std::isnan(first) && std::isnan(second));
    });
}

}  // namespace

Result<std::string> freeze(const Session& session, const LoadedDesign& loaded) {
    const auto resolved = resolve(loaded.design, *loaded.catalog, session.models());
    if (!resolved) {
        return resolved.error();
    }
    Design design = loaded.design;
    make_absolute(design, loaded.path);
    std::string text = freeze_design(design, used_entries(loaded, *resolved));

    const auto file = read_design_text(text, "frozen design");
    if (!file) {
        return file.error();
    }
    Catalog own;
    for (const CatalogEntry& entry : file->catalog) {
        own.add(entry);
    }
    const auto again = resolve(file->design, own, session.models());
    if (!again) {
        return again.error();
    }
    Context context;
    context.models = &session.models();
    if (!same_numbers(evaluate(*again, context), evaluate(*resolved, context))) {
        return Failure{.code = "freeze.differs",
                       .message =
                           "The frozen text does not evaluate to the same numbers; this is "
                           "a defect of the program.",
                       .where = {}};
    }
    return text;
}

}  // namespace wafercast
