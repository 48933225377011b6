#include "layout/floorplan.hpp"

#include <algorithm>
#include <cmath>

namespace wafercast {

namespace {

/// Puts `rects[0 .. n)` on shelves no wider than `limit`; returns their bounding box.
struct Extent {
    double width = 0.0;
    double height = 0.0;
};

Extent shelve(std::vector<PackageRect>& rects, double limit, double spacing) {
    Extent extent;
    double x = 0.0;
    double y = 0.0;
    double shelf = 0.0;
    for (PackageRect& rect : rects) {
        if (x > 0.0 && x + rect.width > limit * (1.0 + 1e-12)) {
            x = 0.0;
            y += shelf + spacing;
            shelf = 0.0;
        }
        rect.x = x;
        rect.y = y;
        x += rect.width + spacing;
        shelf = std::max(shelf, rect.height);
        extent.width = std::max(extent.width, rect.x + rect.width);
        extent.height = std::max(extent.height, rect.y + rect.height);
    }
    return extent;
}

/// Up to this many dies every length of the first shelf is tried; of more, those near a square.
constexpr std::size_t kTriedInFull = 64;

/// The squarest block of the dies over all numbers of dies on the first shelf.
Extent pack_dies(std::vector<PackageRect>& dies, double spacing) {
    std::stable_sort(dies.begin(), dies.end(), [](const PackageRect& a, const PackageRect& b) {
        return a.height > b.height;
    });
    double best_limit = 0.0;
    double best_side = 0.0;
    double limit = 0.0;
    double area = 0.0;
    for (const PackageRect& die : dies) {
        area += die.width * die.height;
    }
    const double square = std::sqrt(area);
    for (std::size_t i = 0; i < dies.size(); ++i) {
        limit += dies[i].width + (i > 0 ? spacing : 0.0);
        const bool far = limit < 0.5 * square || limit > 2.0 * square;
        if (i > 0 && far && dies.size() > kTriedInFull) {
            continue;
        }
        const Extent extent = shelve(dies, limit, spacing);
        const double side = std::max(extent.width, extent.height);
        if (i == 0 || side < best_side * (1.0 - 1e-12)) {
            best_side = side;
            best_limit = limit;
        }
    }
    return shelve(dies, best_limit, spacing);
}

/// Places a row of stacks centred on `centre`, its lower edge at `base`; along x, or along y when
/// `upright`.
void place_row(std::vector<PackageRect>& row, double centre, double base, bool outward_up,
               bool upright, double spacing) {
    double length = -spacing;
    for (const PackageRect& stack : row) {
        length += std::max(stack.width, stack.height) + spacing;
    }
    double along = centre - length / 2.0;
    for (PackageRect& stack : row) {
        const double longer = std::max(stack.width, stack.height);
        const double shorter = std::min(stack.width, stack.height);
        const double across = outward_up ? base : base - shorter;
        stack.width = upright ? shorter : longer;
        stack.height = upright ? longer : shorter;
        stack.x = upright ? across : along;
        stack.y = upright ? along : across;
        along += longer + spacing;
    }
}

}  // namespace

Floorplan floorplan(const std::vector<FloorplanPart>& parts, double spacing) {
    Floorplan plan;
    std::vector<PackageRect> sides[2];
    std::size_t stacks = 0;
    for (const FloorplanPart& part : parts) {
        for (int i = 0; i < part.count; ++i) {
            const PackageRect rect{part.kind, part.index, 0.0, 0.0, part.width, part.height};
            if (part.kind == PackageRect::Kind::kMemory) {
                sides[stacks++ % 2].push_back(rect);
            } else {
                plan.rects.push_back(rect);
            }
        }
    }
    const Extent block = pack_dies(plan.rects, spacing);
    const bool upright = block.height > block.width;  // stacks left and right of a tall block
    const double centre = (upright ? block.height : block.width) / 2.0;
    const double depth = upright ? block.width : block.height;
    place_row(sides[0], centre, depth > 0.0 ? depth + spacing : 0.0, true, upright, spacing);
    place_row(sides[1], centre, -spacing, false, upright, spacing);
    plan.rects.insert(plan.rects.end(), sides[0].begin(), sides[0].end());
    plan.rects.insert(plan.rects.end(), sides[1].begin(), sides[1].end());
    double left = 0.0;
    double low = 0.0;
    for (const PackageRect& rect : plan.rects) {
        left = std::min(left, rect.x);
        low = std::min(low, rect.y);
    }
    for (PackageRect& rect : plan.rects) {
        rect.x -= left;
        rect.y -= low;
        plan.width = std::max(plan.width, rect.x + rect.width);
        plan.height = std::max(plan.height, rect.y + rect.height);
    }
    return plan;
}

}  // namespace wafercast
