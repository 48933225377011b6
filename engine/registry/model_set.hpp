#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fault_profile.hpp"
#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"
#include "registry/registry.hpp"

namespace wafercast {

struct Context;

/// Yield of a die from its expected faults. `evaluate` ignores repairable groups (all faults kill);
/// harvesting is a separate model that any yield model may supply.
struct YieldModel {
    std::string id;
    std::string title;
    std::string citation;  ///< key into docs/references.bib
    std::string formula;   ///< one line of plain text, e.g. "(1 + m/alpha)^-alpha"
    /// @return probability of no killer fault, times the systematic yield, in [0, 1]
    double (*evaluate)(const FaultProfile&) = nullptr;
    /// @return probability that every repairable group keeps its required units and nothing fatal
    /// fails; nullptr: groups are treated as independent units under this model's single-unit yield
    double (*sellable)(const FaultProfile&) = nullptr;
    bool needs_layers = false;      ///< reads FaultProfile::layers
    bool needs_clustering = false;  ///< reads FaultProfile::clustering
};

/// What a test lets through.
struct TestOutcome {
    double pass_share = 1.0;        ///< of incoming parts
    double outgoing_quality = 1.0;  ///< good share of passing parts
};

struct TestModel {
    std::string id;
    std::string citation;
    /// @param yield true yield [-] @param coverage detection rate or fault coverage [-], in [0, 1]
    TestOutcome (*evaluate)(double yield, double coverage) = nullptr;
};

/// A closed form for whole dies on a wafer; the chain itself counts a placed map.
struct DiesPerWafer {
    std::string id;
    std::string citation;
    std::string formula;
    /// @param die_width,die_height with scribe [m] @param diameter,edge [m]
    double (*evaluate)(double die_width, double die_height, double diameter, double edge) = nullptr;
};

/// How a technology turns dies, memory and carriers into a tested package.
struct PackageFlow {
    std::string id;
    std::string citation;
    PackageCost (*assemble)(const ResolvedDesign&, const Layout&, const SiliconCost&,
                            const Context&) = nullptr;
};

/// How requests share an instance. Finds batch, times and rates for a mapping under the latency
/// limits.
struct BatchingModel {
    std::string id;
    std::string citation;
    Serving (*serve)(const ResolvedDesign&, const DeviceRating&, const Mapping&,
                     const Context&) = nullptr;
};

/// The stages of an evaluation as functions: `engine` names them, `models` fills them.
struct Stages {
    Layout (*place)(const ResolvedDesign&, const Context&) = nullptr;
    SiliconCost (*cost_dies)(const ResolvedDesign&, const Layout&, const Context&) = nullptr;
    DeviceRating (*rate_device)(const ResolvedDesign&, const Layout&, const Context&) = nullptr;
    /// Chooses the mapping (searching when asked) and runs the batching model.
    Serving (*serve)(const ResolvedDesign&, const DeviceRating&, const Context&) = nullptr;
    Economics (*token_economics)(const ResolvedDesign&, const SiliconCost&, const PackageCost&,
                                 const DeviceRating&, const Serving&, const Context&) = nullptr;
    /// Operators of prefill and decode at the chosen mapping and batch.
    std::vector<OperatorTiming> (*list_operators)(const ResolvedDesign&, const DeviceRating&,
                                                  const Serving&, const Context&) = nullptr;
};

/// Every model known to a session. Built by register_models (models/) and by plugins.
struct ModelSet {
    Registry<YieldModel> yield;
    Registry<TestModel> test;
    Registry<DiesPerWafer> dies_per_wafer;
    Registry<PackageFlow> package;
    Registry<BatchingModel> batching;
    Stages stages;
};

}  // namespace wafercast
