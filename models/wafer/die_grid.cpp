#include "wafer/die_grid.hpp"

namespace wafercast {

namespace {

/// Shots of width `shot` from `origin` that can touch [-reach, reach].
void cover(double origin, double shot, double reach, int& first, int& last) {
    first = static_cast<int>(std::floor((-reach - origin) / shot)) - 1;
    last = static_cast<int>(std::ceil((reach - origin) / shot)) + 1;
}

}  // namespace

DieGrid::DieGrid(const WaferGeometry& g)
    : pitch_x{g.die_width + g.scribe_x},
      pitch_y{g.die_height + g.scribe_y},
      die_width{g.die_width},
      die_height{g.die_height},
      columns{whole_quotient(g.field_width, pitch_x)},
      rows{whole_quotient(g.field_height, pitch_y)},
      panel{g.panel},
      radius{g.diameter / 2.0 - g.edge},
      half_width{g.panel_width / 2.0 - g.edge},
      half_height{g.panel_height / 2.0 - g.edge},
      bottom{g.panel ? -half_height : -(g.diameter / 2.0 - g.notch)} {
    double shot_origin_x = g.offset_x;
    double shot_origin_y = g.offset_y;
    if (g.reticle_limit && columns > 0 && rows > 0) {
        cover(shot_origin_x, columns * pitch_x, panel ? half_width : radius, first_shot_x,
              last_shot_x);
        cover(shot_origin_y, rows * pitch_y, panel ? half_height : radius, first_shot_y,
              last_shot_y);
    } else {
        shot_origin_x -= columns * pitch_x / 2.0;
        shot_origin_y -= rows * pitch_y / 2.0;
        first_shot_x = last_shot_x = 0;
        first_shot_y = last_shot_y = 0;
    }
    origin_x = shot_origin_x + g.scribe_x / 2.0;
    origin_y = shot_origin_y + g.scribe_y / 2.0;
}

IndexRange DieGrid::touching(int j) const {
    const double low = y(j);
    const double high = low + die_height;
    if (high <= bottom + kPlacementSlack) {
        return {};
    }
    const double nearest = low > 0.0 ? low : (high < 0.0 ? -high : 0.0);
    double c = 0.0;
    if (panel) {
        if (nearest >= half_height - kPlacementSlack) {
            return {};
        }
        c = half_width - kPlacementSlack;
    } else {
        const double r = radius - kPlacementSlack;
        if (nearest >= r) {
            return {};
        }
        c = std::sqrt(r * r - nearest * nearest);
    }
    // x(i) < c and x(i) + width > -c
    const int last = static_cast<int>(std::ceil((c - origin_x) / pitch_x)) - 1;
    const int first = static_cast<int>(std::floor((-c - die_width - origin_x) / pitch_x)) + 1;
    return {first, last};
}

}  // namespace wafercast
