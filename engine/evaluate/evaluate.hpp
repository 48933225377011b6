#pragma once

#include "core/catalog.hpp"
#include "core/design.hpp"
#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/evaluation.hpp"
#include "registry/model_set.hpp"

namespace wafercast {

/// Looks every id up, numbers every scalar, checks what evaluation relies on. Where bad input ends.
/// @return the resolved design, or every problem found
Result<ResolvedDesign> resolve(const Design& design, const Catalog& catalog,
                               const ModelSet& models);

/// Wafer -> die -> yield -> package -> device -> serving -> $/Mtok. Cannot fail: limits that break
/// are violations.
Metrics evaluate(const ResolvedDesign& design, const Context& context);

/// The same numbers with trees, operators, assumptions and violations in words. Bands are added by
/// estimate_bands.
Evaluation explain(const ResolvedDesign& design, const Context& context);

/// P10, P50, P90 over `samples` (a power of two) scrambled-Sobol draws of the uncertain scalars.
/// Mapping and design stay as evaluated; samples in which the design turns infeasible still count.
void estimate_bands(Evaluation& evaluation, const ResolvedDesign& design, const Context& context,
                    int samples, std::uint64_t seed);

/// One-at-a-time swings of the headline ($/Mtok of the perspective, accelerator cost without a
/// workload) over every ranged input; the mapping stays as evaluated. Inputs without effect are
/// left out.
void rank_influences(Evaluation& evaluation, const ResolvedDesign& design, const Context& context);

/// The design with its uncertain scalars at the given quantiles (one per uncertain scalar, in
/// order).
ResolvedDesign at_quantiles(const ResolvedDesign& design, const std::vector<double>& quantiles);

/// Indices of the scalars that carry a range.
std::vector<std::uint32_t> uncertain_scalars(const ResolvedDesign& design);

/// How a constraint is called and in which unit a person reads it.
struct ConstraintUnit {
    const char* name;     ///< "reticle"
    const char* unit;     ///< "mm"
    double unit_in_base;  ///< 1e-3
};
const ConstraintUnit& constraint_unit(ConstraintId constraint);

/// A violation in words.
Violation describe(const FlatViolation& violation, const ResolvedDesign& design);

}  // namespace wafercast
