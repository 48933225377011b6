#include "session/session.hpp"

#include <algorithm>

#include "core/design_fields.hpp"
#include "reader/read_catalog.hpp"
#include "reader/read_design.hpp"
#include "register_models.hpp"
#include "session/functional_quality.hpp"
#include "session/shipped_files.hpp"

namespace wafercast {

namespace fs = std::filesystem;

namespace {

/// The path a problem names: what stands before its first colon, or the first quoted word.
bool names_path(const std::string& message, const std::string& path) {
    return message.rfind(path + ":", 0) == 0 || message.find("'" + path + "'") != std::string::npos;
}

/// Problems of paths that an override set are the command line's, not the file's.
void place_at_overrides(Failures& failures, const Overrides& overrides) {
    for (Failure& failure : failures) {
        for (const auto& [path, value] : overrides) {
            if (failure.where.file.empty() && names_path(failure.message, path)) {
                failure.where.file = "--set " + path + "=" + value;
            }
        }
    }
}

/// Overrides that would take away what a design cannot do without.
Failures empty_values(const Design& design, const Overrides& overrides) {
    Failures failures;
    Design copy = design;
    for (const auto& [path, value] : overrides) {
        if (value.find_first_not_of(" \t") != std::string::npos) {
            continue;
        }
        const auto field = find_field(copy, path);
        if (field && !field->info->optional) {
            failures.push_back({.code = "design.empty_value",
                                .message = "empty value; write what '" + field->path +
                                           "' shall be (only an optional setting can be unset).",
                                .where = {.file = "--set " + path + "=", .line = 0, .column = 0}});
        }
    }
    return failures;
}

/// Settings laid over a file, and the problems they bring.
Failures apply(Design& design, const Overrides& overrides) {
    Failures empty = empty_values(design, overrides);
    Overrides rest = overrides;
    std::erase_if(rest, [&](const auto& edit) {  // one problem of a path is enough
        return std::any_of(empty.begin(), empty.end(), [&](const Failure& failure) {
            return failure.where.file == "--set " + edit.first + "=";
        });
    });
    auto done = set_fields(design, rest);
    if (done) {
        return empty;
    }
    Failures failures = std::move(done).error();
    place_at_overrides(failures, overrides);
    failures.insert(failures.begin(), empty.begin(), empty.end());
    for (Failure& failure : failures) {
        if (failure.where.file.empty()) {
            failure.where.file = "--set";
        }
    }
    return failures;
}

std::shared_ptr<const Catalog> with_own_entries(const std::shared_ptr<const Catalog>& base,
                                                const std::vector<CatalogEntry>& own) {
    if (own.empty()) {
        return base;
    }
    auto catalog = std::make_shared<Catalog>(*base);
    for (const CatalogEntry& entry : own) {
        catalog->add(entry);
    }
    return catalog;
}

/// Gives problems that resolve found the place of the field they name, where the file has it.
Failures with_places(Failures failures, const DesignFile& file, const std::string& name) {
    for (Failure& failure : failures) {
        if (!failure.where.file.empty()) {
            continue;
        }
        failure.where.file = name;
        const std::string path = failure.message.substr(0, failure.message.find_first_of(": "));
        if (const auto place = file.locations.find(path); place != file.locations.end()) {
            failure.where = place->second;
        }
    }
    return failures;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const SessionOptions& options) {
    auto folder = wafercast::data_folder();
    if (!folder) {
        return std::move(folder).error();
    }
    std::vector<fs::path> layers{*folder / "catalog"};
    const fs::path user = user_catalog_folder();
    std::error_code error;
    if (options.user_overlay && !user.empty() && fs::is_directory(user, error)) {
        layers.push_back(user);
    }
    layers.insert(layers.end(), options.catalog_overlays.begin(), options.catalog_overlays.end());
    auto catalog = read_catalog(layers);
    if (!catalog) {
        return std::move(catalog).error();
    }
    std::unique_ptr<Session> session{new Session};
    session->options_ = options;
    session->catalog_ = std::make_shared<const Catalog>(std::move(catalog).value());
    session->models_ = std::make_unique<ModelSet>();
    register_models(*session->models_);
    return session;
}

Result<LoadedDesign> Session::load(const fs::path& path, const Overrides& overrides) const {
    auto file = read_design(path);
    if (!file) {
        return std::move(file).error();
    }
    LoadedDesign loaded;
    loaded.design = file->design;
    loaded.catalog = with_own_entries(catalog_, file->catalog);
    loaded.path = path;
    loaded.text = file->text;
    if (Failures failures = apply(loaded.design, overrides); !failures.empty()) {
        return failures;
    }
    const auto resolved = resolve(loaded.design, *loaded.catalog, *models_);
    if (!resolved) {
        Failures failures = resolved.error();
        place_at_overrides(failures, overrides);
        return with_places(std::move(failures), *file, path.string());
    }
    return loaded;
}

LoadedDesign Session::adopt(Design design) const { return {std::move(design), catalog_, {}, {}}; }

Result<Session::Prepared> Session::prepare(const LoadedDesign& loaded) const {
    auto resolved = resolve(loaded.design, *loaded.catalog, *models_);
    if (!resolved) {
        return std::move(resolved).error();
    }
    Prepared prepared{std::move(resolved).value(), {}};
    prepared.context.models = models_.get();
    return prepared;
}

Result<Evaluation> Session::evaluate(const LoadedDesign& loaded,
                                     const EvaluateOptions& options) const {
    auto prepared = prepare(loaded);
    if (!prepared) {
        return std::move(prepared).error();
    }
    FunctionalSummary functional;
    if (loaded.design.functional && options.functional != EvaluateOptions::Functional::kOff) {
        auto quality = run_functional_quality(loaded, options);
        if (!quality) {
            return std::move(quality).error();
        }
        functional = quality->summary;
        if (quality->statistics) {
            prepared->context.statistics = *quality->statistics;
        }
    }
    Evaluation evaluation = explain(prepared->resolved, prepared->context);
    functional.statistics = evaluation.functional.statistics;
    evaluation.functional = functional;
    if (options.samples > 0) {
        rank_influences(evaluation, prepared->resolved, prepared->context);
        estimate_bands(evaluation, prepared->resolved, prepared->context, options.samples,
                       options.seed);
    }
    return evaluation;
}

}  // namespace wafercast
