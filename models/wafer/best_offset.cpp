#include "wafer/best_offset.hpp"

#include <algorithm>
#include <numbers>

#include "wafer/die_grid.hpp"

namespace wafercast {

namespace {

double wrap(double value, double period) {
    const double wrapped = value - period * std::floor(value / period);
    return wrapped < period ? wrapped : 0.0;
}

struct Candidate {
    double x = 0.0;
    double y = 0.0;
    int whole = -1;
};

/// Finds the best grid origin; keeps its buffers between rows of the search.
class OffsetSearch {
public:
    explicit OffsetSearch(const WaferGeometry& geometry) : grid_{geometry} {}

    Candidate run() {
        const double pitch = grid_.pitch_y;
        constexpr int kCoarse = 16;
        for (int i = 0; i < kCoarse; ++i) {
            consider(pitch * (i / static_cast<double>(kCoarse) - 0.5) - grid_.die_height / 2.0);
        }
        consider(grid_.bottom);
        double step = pitch / kCoarse;
        for (int stage = 0; stage < 2; ++stage) {
            const double centre = best_.y;
            for (int i = -4; i <= 4; ++i) {
                if (i != 0) {
                    consider(centre + step * i / 5.0);
                }
            }
            step /= 5.0;
        }
        return best_;
    }

private:
    /// Best x for rows that start at height `y`; remembered when it beats the best so far.
    void consider(double y) {
        const double half = grid_.panel ? grid_.half_height : grid_.radius;
        const int first = static_cast<int>(std::floor((-half - y) / grid_.pitch_y));
        const int last = static_cast<int>(std::ceil((half - y) / grid_.pitch_y));
        starts_.clear();
        ends_.clear();
        int sure = 0;
        int arcs = 0;
        int around_zero = 0;
        for (int j = first; j <= last; ++j) {
            const double low = y + j * grid_.pitch_y;
            if (low < grid_.bottom - kPlacementSlack) {
                continue;
            }
            const double c =
                grid_.half_chord(std::max(std::abs(low), std::abs(low + grid_.die_height)));
            const double room = 2.0 * c - grid_.die_width;  // for the left edges of whole dies
            if (c < 0.0 || room < 0.0) {
                continue;
            }
            const int held = static_cast<int>(room / grid_.pitch_x);
            const double start = wrap(-c, grid_.pitch_x);
            const double end = start + (room - held * grid_.pitch_x);
            sure += held;
            ++arcs;
            starts_.push_back(start);
            ends_.push_back(end < grid_.pitch_x ? end : end - grid_.pitch_x);
            around_zero += end < grid_.pitch_x ? 0 : 1;
        }
        if (sure + arcs <= best_.whole) {
            return;
        }
        sweep(y, sure, around_zero);
    }

    void sweep(double y, int sure, int around_zero) {
        std::sort(starts_.begin(), starts_.end());
        std::sort(ends_.begin(), ends_.end());
        int inside = around_zero;
        std::size_t e = 0;
        const auto offer = [&](int count, double from, double to) {
            if (sure + count > best_.whole) {
                best_ = {(from + to) / 2.0, y, sure + count};
            }
        };
        offer(inside, 0.0,
              std::min(starts_.empty() ? grid_.pitch_x : starts_.front(),
                       ends_.empty() ? grid_.pitch_x : ends_.front()));
        for (std::size_t s = 0; s < starts_.size(); ++s) {
            while (e < ends_.size() && ends_[e] < starts_[s]) {
                --inside;
                ++e;
            }
            ++inside;
            const double next_start = s + 1 < starts_.size() ? starts_[s + 1] : grid_.pitch_x;
            offer(inside, starts_[s],
                  e < ends_.size() ? std::min(next_start, ends_[e]) : next_start);
        }
    }

    DieGrid grid_;
    Candidate best_;
    std::vector<double> starts_, ends_;
};

int floor_divide(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Exposures with shot corners `p` columns and `q` rows below die (0, 0).
int count_shots(const std::vector<IndexRange>& rows, int first_row, int columns, int shot_rows,
                int p, int q) {
    int shots = 0;
    std::size_t i = 0;
    while (i < rows.size()) {
        const int t = floor_divide(first_row + static_cast<int>(i) + q, shot_rows);
        IndexRange widest;
        for (; i < rows.size() && floor_divide(first_row + static_cast<int>(i) + q, shot_rows) == t;
             ++i) {
            if (!rows[i].empty()) {
                widest = widest.empty() ? rows[i]
                                        : IndexRange{std::min(widest.first, rows[i].first),
                                                     std::max(widest.last, rows[i].last)};
            }
        }
        if (!widest.empty()) {
            shots += floor_divide(widest.last + p, columns) -
                     floor_divide(widest.first + p, columns) + 1;
        }
    }
    return shots;
}

/// Moves shot corners on the given grid of dies to where the fewest shots are exposed.
void align_shots(WaferGeometry& geometry) {
    const DieGrid grid{geometry};
    if (grid.columns * grid.rows <= 1) {
        return;
    }
    const int first = grid.first_shot_y * grid.rows;
    std::vector<IndexRange> rows;
    for (int j = first; j < (grid.last_shot_y + 1) * grid.rows; ++j) {
        rows.push_back(grid.whole(j));
    }
    int best_q = 0;
    int fewest = count_shots(rows, first, grid.columns, grid.rows, 0, 0);
    for (int q = 1; q < grid.rows; ++q) {
        const int shots = count_shots(rows, first, grid.columns, grid.rows, 0, q);
        if (shots < fewest) {
            fewest = shots;
            best_q = q;
        }
    }
    int best_p = 0;
    for (int p = 1; p < grid.columns; ++p) {
        const int shots = count_shots(rows, first, grid.columns, grid.rows, p, best_q);
        if (shots < fewest) {
            fewest = shots;
            best_p = p;
        }
    }
    geometry.offset_x -= best_p * grid.pitch_x;
    geometry.offset_y -= best_q * grid.pitch_y;
}

/// The same dies with each its own shot.
WaferGeometry without_field(WaferGeometry geometry) {
    geometry.reticle_limit = true;
    geometry.field_width = geometry.die_width + geometry.scribe_x;
    geometry.field_height = geometry.die_height + geometry.scribe_y;
    return geometry;
}

WaferGeometry rotated(WaferGeometry geometry) {
    std::swap(geometry.die_width, geometry.die_height);
    std::swap(geometry.scribe_x, geometry.scribe_y);
    return geometry;
}

/// One part that fills the wafer: its sides lie inside the disc, its corners may not.
WaferPlacement with_cut_corners(const WaferGeometry& geometry) {
    WaferPlacement placement;
    placement.geometry = geometry;
    const double radius = geometry.diameter / 2.0 - geometry.edge;
    const bool sides_fit = std::max(geometry.die_width, geometry.die_height) <= 2.0 * radius;
    const bool area_fits =
        geometry.die_width * geometry.die_height <= std::numbers::pi * radius * radius;
    if (sides_fit && area_fits && !geometry.panel) {
        placement.corners_cut = true;
        placement.counts = {.total = 1, .whole = 1, .full_shots = 1, .columns = 1, .rows = 1};
        placement.geometry.offset_x = -(geometry.die_width + geometry.scribe_x) / 2.0;
        placement.geometry.offset_y = -(geometry.die_height + geometry.scribe_y) / 2.0;
    }
    return placement;
}

bool fits_as_is(const WaferGeometry& g) {
    return whole_quotient(g.field_width, g.die_width + g.scribe_x) >= 1 &&
           whole_quotient(g.field_height, g.die_height + g.scribe_y) >= 1;
}

}  // namespace

WaferPlacement best_offset(const WaferGeometry& geometry) {
    WaferPlacement placement;
    placement.geometry = geometry.reticle_limit ? geometry : without_field(geometry);
    WaferGeometry& g = placement.geometry;
    const Candidate best = OffsetSearch{g}.run();
    const double pitch_x = g.die_width + g.scribe_x;
    const double pitch_y = g.die_height + g.scribe_y;
    g.offset_x = -wrap(g.scribe_x / 2.0 - best.x, pitch_x);
    g.offset_y = -wrap(g.scribe_y / 2.0 - best.y, pitch_y);
    align_shots(g);
    placement.counts = count_dies(g);
    return placement;
}

WaferPlacement best_placement(const WaferGeometry& geometry) {
    const WaferGeometry turned = rotated(geometry);
    const bool exempt = !geometry.reticle_limit;
    const bool neither = !exempt && !fits_as_is(geometry) && !fits_as_is(turned);
    WaferPlacement best;
    bool any = false;
    if (exempt || neither || fits_as_is(geometry)) {
        best = best_offset(neither ? without_field(geometry) : geometry);
        any = true;
    }
    const bool square =
        geometry.die_width == geometry.die_height && geometry.scribe_x == geometry.scribe_y;
    if ((exempt || neither || fits_as_is(turned)) && !(any && square)) {
        WaferPlacement other = best_offset(neither ? without_field(turned) : turned);
        if (!any || other.counts.whole > best.counts.whole) {
            best = other;
            best.rotated = true;
        }
    }
    if (best.counts.whole == 0 && exempt) {
        return with_cut_corners(without_field(geometry));
    }
    return best;
}

bool fits_field(double die_width, double die_height, double scribe, double field_width,
                double field_height) {
    const WaferGeometry g{.die_width = die_width,
                          .die_height = die_height,
                          .scribe_x = scribe,
                          .scribe_y = scribe,
                          .field_width = field_width,
                          .field_height = field_height};
    return fits_as_is(g) || fits_as_is(rotated(g));
}

}  // namespace wafercast
