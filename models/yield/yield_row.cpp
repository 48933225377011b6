#include "yield/yield_row.hpp"

#include "registry/model_set.hpp"

namespace wafercast {

double yield_row(const YieldRowInput& input, const YieldModel& model) {
    FaultProfile profile;
    profile.fatal_faults = input.area_mm2 * input.defects_per_cm2 / 100.0;
    profile.clustering = input.clustering;
    profile.layers = input.critical_layers;
    if (model.needs_layers) {
        profile.fatal_faults *= input.critical_layers;
    }
    return model.evaluate(profile);
}

}  // namespace wafercast
