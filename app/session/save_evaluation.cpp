#include "session/save_evaluation.hpp"

#include "core/version.hpp"
#include "format/format_number.hpp"
#include "reader/write_design.hpp"
#include "session/stored_values.hpp"
#include "store/study_store.hpp"

namespace wafercast {

namespace {

StoredRun run_of(const LoadedDesign& loaded, const Evaluation& evaluation, std::uint64_t seed) {
    StoredRun run;
    run.kind = "evaluation";
    run.title = evaluation.design;
    run.design = write_design(loaded.design);
    run.points = 1;
    run.chunk_points = 1;
    run.catalog_hash = fingerprint(loaded.catalog->hash());
    run.catalog = stored_catalog(*loaded.catalog);
    run.metrics = stored_metrics();
    run.assumptions = stored_assumptions(evaluation.assumptions);
    run.meta = {{"tool_version", std::string{kVersion}},
                {"seed", std::to_string(seed)},
                {"catalog_hash", run.catalog_hash},
                {"design_hash", fingerprint(run.design)},
                {"design_file", loaded.path.filename().string()},
                {"perspective",
                 std::string{kPerspectiveNames[static_cast<std::size_t>(evaluation.perspective)]}},
                {"functional_label", evaluation.functional.label},
                {"finished", iso_time_now()}};
    const auto add_band = [&run](const std::string& name, const std::optional<Band>& band) {
        if (band) {
            run.meta.emplace_back(name + "_p10", json_number(band->p10));
            run.meta.emplace_back(name + "_p50", json_number(band->p50));
            run.meta.emplace_back(name + "_p90", json_number(band->p90));
        }
    };
    add_band("usd_per_mtok", evaluation.usd_per_mtok_band);
    add_band("tokens_per_second", evaluation.tokens_per_second_band);
    add_band("accelerator_cost_usd", evaluation.accelerator_cost_band);
    return run;
}

StoredChunk chunk_of(const Evaluation& evaluation) {
    StoredChunk chunk;
    chunk.point_count = 1;
    chunk.feasible_count = evaluation.feasible ? 1 : 0;
    chunk.points = {0};
    chunk.feasible = {static_cast<char>(evaluation.feasible ? 1 : 0)};
    for (const MetricInfo* metric : stored_metric_infos()) {
        const bool has = evaluation.metrics.has_workload || !metric->needs_workload;
        chunk.metrics.push_back(
            {has ? metric->value(evaluation.metrics) : std::numeric_limits<double>::quiet_NaN()});
    }
    for (const Violation& violation : evaluation.violations) {
        chunk.violations.push_back(
            {0, violation.constraint, {}, violation.value, violation.limit, violation.unit});
        const auto counted = [&](const auto& failure) {
            return failure.first == violation.constraint;
        };
        if (std::none_of(chunk.failures.begin(), chunk.failures.end(), counted)) {
            chunk.failures.emplace_back(violation.constraint, 1);
        }
    }
    return chunk;
}

}  // namespace

Result<Done> save_evaluation(const std::filesystem::path& path, const LoadedDesign& loaded,
                             const Evaluation& evaluation, std::uint64_t seed) {
    const auto presence = StudyStore::look(path);
    if (!presence) {
        return presence.error();
    }
    const StoredRun run = run_of(loaded, evaluation, seed);
    std::int64_t number = 1;
    if (*presence == StudyStore::Presence::kAbsent) {
        if (auto made = StudyStore::create(path, run); !made) {
            return made;
        }
    }
    auto store = StudyStore::open_to_write(path);
    if (!store) {
        return std::move(store).error();
    }
    if (*presence == StudyStore::Presence::kOurs) {
        const auto added = store->add_run(run);
        if (!added) {
            return added.error();
        }
        number = *added;
    }
    if (auto written = store->write_chunk(number, chunk_of(evaluation)); !written) {
        return written;
    }
    if (auto written = store->write_trees(number, stored_trees(0, evaluation)); !written) {
        return written;
    }
    return store->close();
}

}  // namespace wafercast
