#include "layout/place.hpp"

#include <algorithm>
#include <cmath>

#include "evaluate/context.hpp"
#include "layout/block_area.hpp"
#include "layout/floorplan.hpp"
#include "registry/model_set.hpp"
#include "wafer/best_offset.hpp"

namespace wafercast {

namespace {

int whole_count(double count) { return std::max(0, static_cast<int>(std::floor(count + 0.5))); }

/// Links a die needs for its die-to-die traffic, real-valued.
double link_count(const ResolvedDesign& d, double bandwidth) {
    const ResolvedLink& link = d->package.d2d;
    return link.present && bandwidth > 0.0 ? bandwidth / d[link.bandwidth] : 0.0;
}

/// Sides of a die of the given area: a prescribed side, the published aspect ratio, or a square.
void outline(const ResolvedDesign& d, const ResolvedDie& die, PlacedDie& placed) {
    const double width = d.get(die.width, 0.0);
    const double height = d.get(die.height, 0.0);
    if (placed.area <= 0.0 && (width <= 0.0 || height <= 0.0)) {
        return;  // no content, no sides
    }
    if (width > 0.0 && height > 0.0) {
        placed.area = placed.area > 0.0 ? placed.area : width * height;
        placed.width = std::sqrt(placed.area * width / height);
        placed.height = placed.area / placed.width;
    } else if (width > 0.0) {
        placed.width = width;
        placed.height = placed.area / width;
    } else if (height > 0.0) {
        placed.height = height;
        placed.width = placed.area / height;
    } else {
        const double aspect =
            die.calibration_height > 0.0 ? die.calibration_width / die.calibration_height : 1.0;
        placed.width = std::sqrt(placed.area * aspect);
        placed.height = placed.area / placed.width;
    }
}

PlacedDie place_die(const ResolvedDesign& d, const ResolvedDie& die, double bandwidth) {
    PlacedDie placed;
    placed.d2d_area = link_count(d, bandwidth) * d.get(d->package.d2d.phy_area, 0.0);
    const bool has_rest = std::any_of(die.blocks.begin(), die.blocks.end(),
                                      [&](std::uint32_t block) { return d->blocks[block].rest; });
    placed.block_area.reserve(die.blocks.size());
    block_areas(d, die, has_rest ? placed.d2d_area : 0.0, placed.block_area);
    placed.area = placed.d2d_area;
    for (const double area : placed.block_area) {
        placed.area += area;
    }
    outline(d, die, placed);
    return placed;
}

/// The orientation that exceeds the field least, judged by its longer excess.
void check_reticle(const ResolvedDesign& d, const ResolvedDie& die, const PlacedDie& placed,
                   int index, Layout& layout) {
    const ResolvedNode& node = d->nodes[die.node];
    const double scribe = d[node.scribe_width];
    const double field_width = d[node.reticle_width];
    const double field_height = d[node.reticle_height];
    if (die.reticle_exempt ||
        fits_field(placed.width, placed.height, scribe, field_width, field_height)) {
        return;
    }
    const double shorter = std::min(placed.width, placed.height) + scribe;
    const double longer = std::max(placed.width, placed.height) + scribe;
    const double short_field = std::min(field_width, field_height);
    const double long_field = std::max(field_width, field_height);
    const bool by_length = longer - long_field >= shorter - short_field;
    layout.violations.push_back({.constraint = ConstraintId::kReticle,
                                 .value = by_length ? longer : shorter,
                                 .limit = by_length ? long_field : short_field,
                                 .subject = index});
}

/// Edge the PHYs of a die need: its die-to-die links, and its share of the stacks beside it.
void check_shoreline(const ResolvedDesign& d, const std::vector<double>& bandwidth,
                     Layout& layout) {
    double stack_edge = 0.0;  // of PHYs on the dies, also for memory on the board
    for (const ResolvedMemory& memory : d->package.memory) {
        const double beside = memory.width.is_set() && memory.height.is_set()
                                  ? std::min(d[memory.width], d[memory.height])
                                  : 0.0;
        stack_edge += d.get(memory.count, 0.0) * d.get(memory.phy_shoreline, beside);
    }
    const auto attaches_memory = [&](const ResolvedDie& die) {
        return std::any_of(die.blocks.begin(), die.blocks.end(), [&](std::uint32_t b) {
            return d->blocks[b].role == BlockRole::kMemoryPhy;
        });
    };
    double sharing = 0.0;
    for (const ResolvedDie& die : d->dies) {
        sharing += attaches_memory(die) ? d.get(die.count, 1.0) : 0.0;
    }
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        double needed = link_count(d, bandwidth[i]) * d.get(d->package.d2d.phy_shoreline, 0.0);
        if (sharing > 0.0 && attaches_memory(d->dies[i])) {
            needed += stack_edge / sharing;
        }
        const double edge = 2.0 * (layout.dies[i].width + layout.dies[i].height);
        if (needed > edge * (1.0 + 1e-12)) {
            layout.violations.push_back(
                {ConstraintId::kShoreline, needed, edge, static_cast<int>(i)});
        }
    }
}

bool has_interposer(const ResolvedPackage& package) {
    return package.interposer_wafer_price.is_set() || package.interposer_area_ratio.is_set() ||
           package.max_interposer_area.is_set();
}

/// Parts that lie on the carrier; a memory without an outline sits elsewhere on the board.
std::vector<FloorplanPart> parts_of(const ResolvedDesign& d, const Layout& layout) {
    std::vector<FloorplanPart> parts;
    parts.reserve(d->dies.size() + d->package.memory.size());
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        if (d->dies[i].on_die >= 0) {
            continue;
        }
        parts.push_back({PackageRect::Kind::kDie, static_cast<int>(i),
                         whole_count(d.get(d->dies[i].count, 1.0)), layout.dies[i].width,
                         layout.dies[i].height});
    }
    for (std::size_t i = 0; i < d->package.memory.size(); ++i) {
        const ResolvedMemory& memory = d->package.memory[i];
        if (memory.on_package && memory.width.is_set() && memory.height.is_set()) {
            parts.push_back({PackageRect::Kind::kMemory, static_cast<int>(i),
                             whole_count(d.get(memory.count, 0.0)), d[memory.width],
                             d[memory.height]});
        }
    }
    return parts;
}

/// Puts stacked dies on the dies below them, in a row from the left of each, shared out evenly.
void place_stacked(const ResolvedDesign& d, Layout& layout) {
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        const int below = d->dies[i].on_die;
        if (below < 0) {
            continue;
        }
        const int count = whole_count(d.get(d->dies[i].count, 1.0));
        const int bases =
            std::max(1, whole_count(d.get(d->dies[static_cast<std::size_t>(below)].count, 1.0)));
        const int each = (count + bases - 1) / bases;
        const PlacedDie& die = layout.dies[i];
        int placed = 0;
        const std::size_t end = layout.rects.size();
        for (std::size_t r = 0; r < end; ++r) {
            const PackageRect base = layout.rects[r];
            if (base.kind != PackageRect::Kind::kDie || base.index != below) {
                continue;
            }
            const bool along_x = base.width >= base.height;
            const bool turned = along_x != (die.width <= die.height);
            const double width = turned ? die.height : die.width;
            const double height = turned ? die.width : die.height;
            for (int k = 0; k < each && placed < count; ++k, ++placed) {
                const double slot = ((k + 0.5) / each - 0.5) * (along_x ? base.width : base.height);
                const double x = base.x + base.width / 2.0 + (along_x ? slot : 0.0);
                const double y = base.y + base.height / 2.0 + (along_x ? 0.0 : slot);
                layout.rects.push_back({PackageRect::Kind::kDie, static_cast<int>(i),
                                        x - width / 2.0, y - height / 2.0, width, height});
            }
        }
    }
}

/// Interposer (where the technology has one) and substrate, then everything in package coordinates.
void place_carriers(const ResolvedDesign& d, Layout& layout) {
    const ResolvedPackage& package = d->package;
    Floorplan plan = floorplan(parts_of(d, layout), d.get(package.die_spacing, 0.0));
    double parts_area = 0.0;
    for (const PackageRect& rect : plan.rects) {
        parts_area += rect.width * rect.height;
    }
    const double margin = d.get(package.edge_margin, 0.0);
    double width = plan.width + 2.0 * margin;
    double height = plan.height + 2.0 * margin;
    double carried = parts_area;
    const bool interposer = has_interposer(package);
    if (interposer) {
        const double wanted = d.get(package.interposer_area_ratio, 0.0) * parts_area;
        const double grow = std::max(1.0, std::sqrt(wanted / (width * height)));
        width *= grow;
        height *= grow;
        layout.interposer_width = width;
        layout.interposer_height = height;
        layout.interposer_area = width * height;
        carried = layout.interposer_area;
    }
    const double substrate = d.get(package.substrate_area_ratio, 1.0) * carried;
    const double grow = std::max(1.0, std::sqrt(substrate / (width * height)));
    const double outer_width = width * grow;
    const double outer_height = height * grow;
    layout.substrate_area = outer_width * outer_height;
    layout.rects.reserve(plan.rects.size() + 2);
    layout.rects.push_back({PackageRect::Kind::kSubstrate, 0, 0.0, 0.0, outer_width, outer_height});
    if (interposer) {
        layout.rects.push_back({PackageRect::Kind::kInterposer, 0, (outer_width - width) / 2.0,
                                (outer_height - height) / 2.0, width, height});
    }
    for (PackageRect& rect : plan.rects) {
        rect.x += (outer_width - plan.width) / 2.0;
        rect.y += (outer_height - plan.height) / 2.0;
        layout.rects.push_back(rect);
    }
    const double largest = d.get(package.max_interposer_area, 0.0);
    if (interposer && largest > 0.0 && layout.interposer_area > largest) {
        layout.violations.push_back(
            {ConstraintId::kInterposerArea, layout.interposer_area, largest});
    }
}

}  // namespace

std::vector<double> d2d_bandwidth(const ResolvedDesign& d) {
    std::vector<double> bandwidth(d->dies.size(), 0.0);
    for (const ResolvedNet& net : d->nets) {
        const double from = d.get(d->dies[net.from_die].count, 1.0);
        const double to = d.get(d->dies[net.to_die].count, 1.0);
        const double per_pair = d[net.bandwidth];
        if (net.from_die == net.to_die) {
            bandwidth[net.from_die] += from > 1.0 ? per_pair : 0.0;
            continue;
        }
        const double pairs = std::max(from, to);
        bandwidth[net.from_die] += from > 0.0 ? per_pair * pairs / from : 0.0;
        bandwidth[net.to_die] += to > 0.0 ? per_pair * pairs / to : 0.0;
    }
    return bandwidth;
}

Layout place(const ResolvedDesign& d, const Context& /*context*/) {
    Layout layout;
    const std::vector<double> bandwidth = d2d_bandwidth(d);
    layout.dies.reserve(d->dies.size());
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        layout.dies.push_back(place_die(d, d->dies[i], bandwidth[i]));
        check_reticle(d, d->dies[i], layout.dies[i], static_cast<int>(i), layout);
    }
    check_shoreline(d, bandwidth, layout);
    place_carriers(d, layout);
    place_stacked(d, layout);
    return layout;
}

void register_layout_models(ModelSet& models) { models.stages.place = place; }

}  // namespace wafercast
