#include "wafer/wafer_map.hpp"

#include "wafer/die_grid.hpp"

namespace wafercast {

namespace {

/// Floor division, also for negative numerators.
int shot_of(int die, int per_shot) {
    return die >= 0 ? die / per_shot : -((-die + per_shot - 1) / per_shot);
}

DieStatus classify(const DieGrid& grid, double x, double y) {
    const double right = x + grid.die_width;
    const double top = y + grid.die_height;
    const double far_x = std::max(std::abs(x), std::abs(right));
    const double far_y = std::max(std::abs(y), std::abs(top));
    const double near_x = x > 0.0 ? x : (right < 0.0 ? -right : 0.0);
    const double near_y = y > 0.0 ? y : (top < 0.0 ? -top : 0.0);
    if (grid.panel) {
        if (far_x <= grid.half_width + kPlacementSlack &&
            far_y <= grid.half_height + kPlacementSlack) {
            return DieStatus::kWhole;
        }
        const bool outside = near_x >= grid.half_width - kPlacementSlack ||
                             near_y >= grid.half_height - kPlacementSlack;
        return outside ? DieStatus::kLost : DieStatus::kPartial;
    }
    const double outer = grid.radius + kPlacementSlack;
    const double inner = grid.radius - kPlacementSlack;
    if (far_x * far_x + far_y * far_y <= outer * outer && y >= grid.bottom - kPlacementSlack) {
        return DieStatus::kWhole;
    }
    const bool outside =
        near_x * near_x + near_y * near_y >= inner * inner || top <= grid.bottom + kPlacementSlack;
    return outside ? DieStatus::kLost : DieStatus::kPartial;
}

/// Appends a shot's dies; takes them back when none is whole.
void expose(const DieGrid& grid, int s, int t, WaferMap& map) {
    const int shot = static_cast<int>(map.shots.size());
    const std::size_t start = map.dies.size();
    WaferCounts counts;
    for (int j = t * grid.rows; j < (t + 1) * grid.rows; ++j) {
        for (int i = s * grid.columns; i < (s + 1) * grid.columns; ++i) {
            const DieStatus status = classify(grid, grid.x(i), grid.y(j));
            counts.whole += status == DieStatus::kWhole ? 1 : 0;
            counts.partial += status == DieStatus::kPartial ? 1 : 0;
            counts.lost += status == DieStatus::kLost ? 1 : 0;
            map.dies.push_back({grid.x(i), grid.y(j), shot, status});
        }
    }
    if (counts.whole == 0) {
        map.dies.resize(start);
        return;
    }
    const bool full = counts.whole == grid.columns * grid.rows;
    const WaferGeometry& g = map.geometry;
    map.shots.push_back({grid.x(s * grid.columns) - g.scribe_x / 2.0,
                         grid.y(t * grid.rows) - g.scribe_y / 2.0, full});
    map.counts.whole += counts.whole;
    map.counts.partial += counts.partial;
    map.counts.lost += counts.lost;
    (full ? map.counts.full_shots : map.counts.partial_shots) += 1;
}

/// Counts of one row of shots. The ranges of its die rows are nested, as all are centred on the
/// wafer's axis: the widest one says which shots are exposed, the narrowest which are full.
void count_shot_row(const DieGrid& grid, int t, WaferCounts& counts) {
    IndexRange widest;
    bool any = false;
    bool all = true;
    IndexRange narrowest;
    int whole = 0;
    for (int j = t * grid.rows; j < (t + 1) * grid.rows; ++j) {
        IndexRange range = grid.whole(j);
        if (grid.first_shot_x == grid.last_shot_x) {
            range = intersect(range, {grid.first_shot_x * grid.columns,
                                      (grid.last_shot_x + 1) * grid.columns - 1});
        }
        if (range.empty()) {
            all = false;
            continue;
        }
        whole += range.size();
        widest =
            any ? IndexRange{std::min(widest.first, range.first), std::max(widest.last, range.last)}
                : range;
        narrowest = any ? intersect(narrowest, range) : range;
        any = true;
    }
    if (!any) {
        return;
    }
    const IndexRange shots{shot_of(widest.first, grid.columns), shot_of(widest.last, grid.columns)};
    const IndexRange exposed{shots.first * grid.columns, (shots.last + 1) * grid.columns - 1};
    int touched = 0;
    for (int j = t * grid.rows; j < (t + 1) * grid.rows; ++j) {
        touched += intersect(grid.touching(j), exposed).size();
    }
    int full = 0;
    if (all && !narrowest.empty()) {
        full = IndexRange{-shot_of(-narrowest.first, grid.columns),
                          shot_of(narrowest.last + 1, grid.columns) - 1}
                   .size();
    }
    const int dies = exposed.size() * grid.rows;
    counts.total += dies;
    counts.whole += whole;
    counts.partial += touched - whole;
    counts.lost += dies - touched;
    counts.full_shots += full;
    counts.partial_shots += shots.size() - full;
}

}  // namespace

WaferMap place_dies(const WaferGeometry& geometry) {
    const DieGrid grid{geometry};
    WaferMap map;
    map.geometry = geometry;
    map.counts.columns = grid.columns;
    map.counts.rows = grid.rows;
    map.shot_width = grid.columns * grid.pitch_x;
    map.shot_height = grid.rows * grid.pitch_y;
    if (grid.columns < 1 || grid.rows < 1) {
        return map;
    }
    for (int t = grid.first_shot_y; t <= grid.last_shot_y; ++t) {
        for (int s = grid.first_shot_x; s <= grid.last_shot_x; ++s) {
            expose(grid, s, t, map);
        }
    }
    map.counts.total = static_cast<int>(map.dies.size());
    return map;
}

WaferCounts count_dies(const WaferGeometry& geometry) {
    const DieGrid grid{geometry};
    WaferCounts counts;
    counts.columns = grid.columns;
    counts.rows = grid.rows;
    if (grid.columns < 1 || grid.rows < 1) {
        return counts;
    }
    for (int t = grid.first_shot_y; t <= grid.last_shot_y; ++t) {
        count_shot_row(grid, t, counts);
    }
    return counts;
}

}  // namespace wafercast
