#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"
#include "registry/registry.hpp"

namespace wafercast {

struct Context;
struct PackageFlow;

/// A package being built: what went into it and what failures before it cost. Every step adds its
/// parts and divides the value so far by its yield, so value == parts + scrap after each.
class AssemblyLine {
public:
    /// Adds `amount` [USD] of a part to the package and to `line`, its place in the breakdown.
    void add(double& line, double amount) {
        line += amount;
        value_ += amount;
    }
    /// A share 1 - yield of the packages fails here and is thrown away with all that is in it.
    /// @param yield in (0, 1]; clamped at 1e-12 so that costs stay finite
    void lose(double yield);

    [[nodiscard]] double value() const { return value_; }
    [[nodiscard]] double scrap() const { return scrap_; }
    [[nodiscard]] double yield() const { return yield_; }

private:
    double value_ = 0.0;
    double scrap_ = 0.0;
    double yield_ = 1.0;
};

// Flows. Each ends with final test: a share final_coverage of the bad packages is found and
// scrapped, where bad comes from dies that passed sort bad, and from final_yield. Rework is left
// out.

/// Dies and stacks bonded straight to an organic substrate (flip chip, multi-chip module): a lost
/// bond loses the substrate and all that is on it. @cite feng-2022-chiplet-actuary
PackageCost assemble_organic(const ResolvedDesign&, const Layout&, const SiliconCost&,
                             const Context&);

/// Chip-last interposer (silicon, RDL or bridges): dies and stacks are bonded to a good interposer,
/// checked, then the module goes on a substrate. The interposer costs its wafer's full-service
/// price over the interposers an exact placement finds on it, without the reticle. @cite
/// feng-2022-chiplet-actuary
PackageCost assemble_interposer(const ResolvedDesign&, const Layout&, const SiliconCost&,
                                const Context&);

/// One wafer-size part on its carrier board. @cite cerebras-wse3-2024
PackageCost assemble_wafer_scale(const ResolvedDesign&, const Layout&, const SiliconCost&,
                                 const Context&);

/// Bare dies (wafer-level chip-scale): bumps on the die itself, no carrier, memory beside it on the
/// board.
PackageCost assemble_none(const ResolvedDesign&, const Layout&, const SiliconCost&, const Context&);

void register_package_models(Registry<PackageFlow>& package);

}  // namespace wafercast
