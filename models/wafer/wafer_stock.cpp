#include "wafer/wafer_stock.hpp"

namespace wafercast {

WaferGeometry wafer_geometry(const ResolvedDesign& d, const ResolvedNode& node, double width,
                             double height, bool reticle_limit) {
    const double scribe = d[node.scribe_width];
    return {.die_width = width,
            .die_height = height,
            .scribe_x = scribe,
            .scribe_y = scribe,
            .diameter = d[node.wafer_diameter],
            .edge = d[node.edge_exclusion],
            .notch = d[node.notch_depth],
            .field_width = reticle_limit ? d[node.reticle_width] : 0.0,
            .field_height = reticle_limit ? d[node.reticle_height] : 0.0,
            .reticle_limit = reticle_limit};
}

GeometryCache::Counts placed_counts(const WaferGeometry& g, GeometryCache& cache) {
    if (!(g.die_width > 0.0 && g.die_height > 0.0)) {
        return {};  // a die without sides is not cut from a wafer
    }
    const GeometryCache::Key key{g.die_width, g.die_height, g.diameter,    g.edge,
                                 g.notch,     g.scribe_x,   g.field_width, g.field_height};
    return cache.get(key, [&](const GeometryCache::Key&) {
        const WaferCounts counts = best_placement(g).counts;
        return GeometryCache::Counts{.whole = static_cast<double>(counts.whole),
                                     .partial = static_cast<double>(counts.partial)};
    });
}

}  // namespace wafercast
