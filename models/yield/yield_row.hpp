#pragma once

namespace wafercast {

struct YieldModel;

/// Inputs of a yield question in the units of the trade.
struct YieldRowInput {
    double area_mm2 = 0.0;
    double defects_per_cm2 = 0.0;  ///< for Bose-Einstein: in each critical layer
    double critical_layers = 1.0;  ///< read by models that need layers
    double clustering = 3.0;       ///< read by models that need clustering
};

/// The yield of a die without repair. A model that needs layers takes the density as per layer, so
/// its expected faults are density x area x layers.
double yield_row(const YieldRowInput& input, const YieldModel& model);

}  // namespace wafercast
