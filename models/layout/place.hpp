#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

struct Context;
struct ModelSet;

/// Die-to-die traffic an instance of each die carries, per direction [byte/s], parallel to
/// ResolvedTopology::dies. A net joins as many pairs as its more numerous die has instances; the
/// other side shares them. A net of a die with itself joins its instances to each other.
std::vector<double> d2d_bandwidth(const ResolvedDesign& design);

/// Content -> block areas and outlines -> floorplan -> interposer and substrate. Checks the reticle
/// by shape and the die edge that PHYs need.
Layout place(const ResolvedDesign& design, const Context& context);

/// Sets ModelSet::stages.place.
void register_layout_models(ModelSet& models);

}  // namespace wafercast
