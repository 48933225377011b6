#pragma once

#include <algorithm>
#include <cmath>

#include "wafer/wafer_map.hpp"

namespace wafercast {

/// Placement slack [m]: a tenth of a nanometre, so that a die that exactly touches a limit is
/// inside it on every machine.
inline constexpr double kPlacementSlack = 1e-10;

/// floor(numerator / denominator) that forgives the last bits of a quotient meant to be whole.
inline int whole_quotient(double numerator, double denominator) {
    return static_cast<int>(std::floor(numerator / denominator * (1.0 + 1e-12)));
}

/// A closed range of grid indices; empty when last < first.
struct IndexRange {
    int first = 0;
    int last = -1;
    [[nodiscard]] bool empty() const { return last < first; }
    [[nodiscard]] int size() const { return empty() ? 0 : last - first + 1; }
};

inline IndexRange intersect(IndexRange a, IndexRange b) {
    return {std::max(a.first, b.first), std::min(a.last, b.last)};
}

/// The grid a geometry spans: die (i, j) has its lower left corner at (x(i), y(j)); shot (s, t)
/// holds dies s * columns .. (s + 1) * columns - 1 and likewise in y.
class DieGrid {
public:
    explicit DieGrid(const WaferGeometry& g);

    [[nodiscard]] double x(int i) const { return origin_x + i * pitch_x; }
    [[nodiscard]] double y(int j) const { return origin_y + j * pitch_y; }

    /// Half the usable width at height y; negative when y is outside the usable area.
    [[nodiscard]] double half_chord(double at_y) const {
        if (panel) {
            return std::abs(at_y) <= half_height + kPlacementSlack ? half_width : -1.0;
        }
        const double r = radius + kPlacementSlack;
        const double square = r * r - at_y * at_y;
        return square < 0.0 ? -1.0 : std::sqrt(square);
    }

    /// Columns of row j that are whole.
    [[nodiscard]] IndexRange whole(int j) const {
        const double low = y(j);
        const double high = low + die_height;
        if (low < bottom - kPlacementSlack) {
            return {};
        }
        const double c = half_chord(std::max(std::abs(low), std::abs(high)));
        if (c < 0.0) {
            return {};
        }
        return {static_cast<int>(std::ceil((-c - origin_x) / pitch_x)),
                static_cast<int>(std::floor((c - die_width - origin_x) / pitch_x))};
    }

    /// Columns of row j with at least a point inside the usable area.
    [[nodiscard]] IndexRange touching(int j) const;

    double pitch_x, pitch_y;
    double die_width, die_height;
    double origin_x = 0.0, origin_y = 0.0;  ///< lower left corner of die (0, 0)
    int columns = 0, rows = 0;              ///< dies in a shot
    int first_shot_x,
        last_shot_x;  ///< the one field without a reticle limit, else what covers the wafer
    int first_shot_y, last_shot_y;
    bool panel;
    double radius;                   ///< usable
    double half_width, half_height;  ///< usable, panels
    double bottom;                   ///< lowest y a whole die may reach
};

}  // namespace wafercast
