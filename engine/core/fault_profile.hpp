#pragma once

#include <array>

namespace wafercast {

/// How far defects that come together reach: one gamma variate per die, wafer or lot.
enum class ClusteringScope { kDie, kWafer, kLot };

/// A group of equal units of which a part may fail: n physical, k needed.
struct RepairableGroup {
    double faults_per_unit = 0.0;  ///< expected killer faults in one unit [-]
    double physical = 0.0;         ///< n
    double required = 0.0;         ///< k <= n
};

inline constexpr int kMaxRepairableGroups = 8;

/// What a yield model takes: expected faults, not areas. Faults that any repair survives are in
/// groups; `fatal_faults` kill wherever they fall.
struct FaultProfile {
    double fatal_faults = 0.0;  ///< expected killer faults outside repairable groups [-]
    double clustering = 0.0;    ///< alpha > 0 [-]; infinity is Poisson
    double layers =
        1.0;  ///< critical layers over which the faults are spread, for per-layer models
    double systematic_yield = 1.0;  ///< share of dies good for reasons other than defects, (0, 1]
    ClusteringScope scope = ClusteringScope::kDie;
    std::array<RepairableGroup, kMaxRepairableGroups> groups = {};
    int group_count = 0;

    /// All faults, as if nothing were repairable [-].
    [[nodiscard]] constexpr double expected_faults() const {
        double sum = fatal_faults;
        for (int i = 0; i < group_count; ++i) {
            const auto& group = groups[static_cast<unsigned>(i)];
            sum += group.faults_per_unit * group.physical;
        }
        return sum;
    }
};

}  // namespace wafercast
