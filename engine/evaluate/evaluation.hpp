#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// A line of a cost tree; `usd` equals the sum of its children where it has any.
struct CostLine {
    std::string label;
    double usd = 0.0;
    std::vector<CostLine> children;
    friend bool operator==(const CostLine&, const CostLine&) = default;
};

/// A line of an energy tree; `joules` equals the sum of its children where it has any.
struct EnergyLine {
    std::string label;
    double joules = 0.0;
    std::vector<EnergyLine> children;
    friend bool operator==(const EnergyLine&, const EnergyLine&) = default;
};

/// Largest relative gap between a node and the sum of its children anywhere in the tree.
double largest_gap(const CostLine& tree);
double largest_gap(const EnergyLine& tree);

/// A broken limit in the units a person reads.
struct Violation {
    std::string constraint;  ///< "reticle", "memory_capacity", "ttft", ...
    double value = 0.0;
    double limit = 0.0;
    std::string unit;
    std::string message;  ///< what is over which limit and what would mend it
    friend bool operator==(const Violation&, const Violation&) = default;
};

struct OperatorLine {
    std::string name;
    std::string phase;
    double count = 1.0;
    double seconds = 0.0;
    double flops = 0.0;
    double bytes = 0.0;
    std::string bound;
    friend bool operator==(const OperatorLine&, const OperatorLine&) = default;
};

struct Band {
    double p10 = 0.0, p50 = 0.0, p90 = 0.0;
    friend bool operator==(const Band&, const Band&) = default;
};

/// What one input's range does to the headline number, everything else as evaluated.
struct Influence {
    std::string path;
    double at_low = 0.0;   ///< headline with the input at its P10
    double at_high = 0.0;  ///< and at its P90
    friend bool operator==(const Influence&, const Influence&) = default;
};

/// The functional run behind an evaluation, if any.
struct FunctionalSummary {
    std::string label = "unknown";  ///< measured | anchored | projected | unknown
    std::optional<double> kl;       ///< mean KL(fp32 || candidate) [nats]
    std::optional<double> perplexity;
    std::string run_id;
    std::string statistics = "assumed";  ///< assumed | measured
    friend bool operator==(const FunctionalSummary&, const FunctionalSummary&) = default;
};

/// A design, evaluated, with everything a person asks about it.
struct Evaluation {
    std::string design;
    std::string status;
    std::string model;  ///< models id; empty without a workload
    Metrics metrics;
    Perspective perspective = Perspective::kOwner;
    double year = 0.0;
    bool feasible = true;
    std::vector<std::string> die_names;
    std::vector<std::string> die_processes;
    std::vector<double> die_counts;
    std::string package_type;
    std::optional<CostLine>
        cost_tree;  ///< "usd_per_mtok" of the perspective; absent where no token is served
    CostLine accelerator_tree;              ///< builder's cost of one accelerator [USD]
    std::optional<EnergyLine> energy_tree;  ///< "joules_per_token"
    std::vector<OperatorLine> operators;
    std::vector<Violation> violations;
    std::vector<std::string> notes;         ///< what a reader should know before trusting a number
    std::vector<ScalarOrigin> assumptions;  ///< catalog and ranged inputs that were read
    std::vector<Influence> influences;      ///< of ranged inputs, widest swing first
    std::optional<Band> usd_per_mtok_band;
    std::optional<Band> tokens_per_second_band;
    std::optional<Band> accelerator_cost_band;
    FunctionalSummary functional;
};

}  // namespace wafercast
