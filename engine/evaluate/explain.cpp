#include <algorithm>
#include <cmath>

#include "evaluate/cost_trees.hpp"
#include "evaluate/evaluate.hpp"

namespace wafercast {

namespace {

template <class Line, class Amount>
double gap_below(const Line& line, Amount amount) {
    if (line.children.empty()) {
        return 0.0;
    }
    double sum = 0.0;
    double magnitude = std::abs(amount(line));
    double worst = 0.0;
    for (const Line& child : line.children) {
        sum += amount(child);
        magnitude = std::max(magnitude, std::abs(amount(child)));
        worst = std::max(worst, gap_below(child, amount));
    }
    return std::max(worst, magnitude > 0.0 ? std::abs(sum - amount(line)) / magnitude : 0.0);
}

std::vector<ScalarOrigin> assumptions_of(const ResolvedDesign& design) {
    std::vector<ScalarOrigin> assumptions;
    for (std::size_t i = 0; i < design->origins.size(); ++i) {
        ScalarOrigin origin = design->origins[i];
        if (origin.from_catalog || origin.uncertain()) {
            origin.value = design.scalars[i];
            assumptions.push_back(std::move(origin));
        }
    }
    std::sort(assumptions.begin(), assumptions.end(),
              [](const ScalarOrigin& a, const ScalarOrigin& b) { return a.path < b.path; });
    return assumptions;
}

std::vector<OperatorLine> operators_of(const ResolvedDesign& design, const Metrics& metrics,
                                       const Context& context) {
    std::vector<OperatorLine> lines;
    for (const OperatorTiming& op :
         context.models->stages.list_operators(design, metrics.device, metrics.serving, context)) {
        lines.push_back({op.name, op.phase, op.count, op.seconds, op.flops, op.bytes,
                         kBoundNames[static_cast<std::size_t>(op.bound)]});
    }
    return lines;
}

double of(const Economics& economics, Perspective side) {
    return economics.usd_per_mtok[static_cast<std::size_t>(side)];
}

/// What a reader should know before trusting a number; a figure that is no result (NaN) is no
/// remark.
std::vector<std::string> notes_on(const Evaluation& evaluation, const ResolvedDesign& design) {
    std::vector<std::string> notes;
    const ResolvedServing& serving = design->serving;
    const double overlap = design.get(serving.overlap, 0.0);
    if (evaluation.metrics.has_workload && overlap > 0.0) {
        notes.push_back("Of the communication inside layers " +
                        std::to_string(std::lround(100.0 * overlap)) +
                        " % runs beside computation, as the design states.");
    }
    if (serving.stack_is_plain) {
        notes.push_back("The device's family has no constants of the stack '" + serving.stack +
                        "'; its plain ones are used.");
    }
    std::string undated;
    for (const ScalarOrigin& origin : evaluation.assumptions) {
        if (origin.outside_dates) {
            undated += (undated.empty() ? "" : ", ") + origin.path;
        }
    }
    if (!undated.empty()) {
        notes.push_back("The year is outside the dates of " + undated +
                        "; the nearest figure is used.");
    }
    if (!evaluation.status.empty()) {
        notes.push_back("This design is " + evaluation.status +
                        ": no measurement stands behind its speed.");
    }
    const Economics& economics = evaluation.metrics.economics;
    if (economics.accelerator_price < economics.accelerator_cost) {
        notes.push_back("The device's price is below what it costs its builder at this volume.");
    }
    if (of(economics, Perspective::kApi) < of(economics, Perspective::kOwner)) {
        notes.push_back("The posted API price is below the owner's cost.");
    }
    return notes;
}

}  // namespace

double largest_gap(const CostLine& tree) {
    return gap_below(tree, [](const CostLine& line) { return line.usd; });
}

double largest_gap(const EnergyLine& tree) {
    return gap_below(tree, [](const EnergyLine& line) { return line.joules; });
}

Evaluation explain(const ResolvedDesign& design, const Context& context) {
    Evaluation evaluation;
    evaluation.design = design->title;
    evaluation.status = design->status;
    evaluation.model = design->workload.model_id;
    evaluation.metrics = evaluate(design, context);
    const Metrics& metrics = evaluation.metrics;
    evaluation.perspective = design->scenario.perspective;
    evaluation.year = design[design->scenario.year];
    evaluation.feasible = metrics.feasible();
    evaluation.package_type = design->package.technology;
    for (const ResolvedDie& die : design->dies) {
        evaluation.die_names.push_back(die.id);
        evaluation.die_processes.push_back(design->nodes[die.node].id);
        evaluation.die_counts.push_back(design[die.count]);
    }
    evaluation.accelerator_tree = accelerator_tree(design, metrics);
    for (const FlatViolations* flat :
         {&metrics.layout.violations, &metrics.silicon.violations, &metrics.package.violations,
          &metrics.device.violations, &metrics.serving.violations}) {
        for (const FlatViolation& violation : *flat) {
            evaluation.violations.push_back(describe(violation, design));
        }
    }
    evaluation.assumptions = assumptions_of(design);
    if (metrics.has_workload) {
        // An instance that serves nothing has no cost of a token to divide up.
        if (metrics.serving.tokens_per_second > 0.0) {
            evaluation.cost_tree = token_cost_tree(design, metrics);
            evaluation.energy_tree = token_energy_tree(design, metrics);
        }
        evaluation.operators = operators_of(design, metrics, context);
        evaluation.functional.statistics = context.statistics.measured ? "measured" : "assumed";
    }
    evaluation.notes = notes_on(evaluation, design);
    return evaluation;
}

}  // namespace wafercast
