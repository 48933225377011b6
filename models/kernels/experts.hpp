#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// How tokens choose experts.
struct Routing {
    double power = 0.0;  ///< 0: uniform; else loads follow rank^-power (benchmarks state 1.01, 1.2)
};

/// The routed experts of one layer on one device: gate and up, activation, down, weighted sum.
struct ExpertsShape {
    double tokens = 1.0;  ///< that enter the layer, on all devices of the expert group
    double hidden = 1.0, inner = 1.0;
    double experts = 1.0;  ///< of the whole layer
    double top_k = 1.0;
    double tensor = 1.0;  ///< ranks that split each expert's inner width
    double expert = 1.0;  ///< ranks that split the experts
    bool gated = true;
    NumberFormat weights = NumberFormat::kBf16;
    NumberFormat inputs = NumberFormat::kBf16;
    double weight_bits = 0.0;  ///< with scales; 0: those of the format
    Routing routing = {};
    double load = 0.0;  ///< of the busiest rank over the mean, where it was counted; 0: follows
                        ///< from the routing
    bool weights_cold = true;
};

/// Time of the fused-experts kernels of one layer on its busiest device.
KernelTime experts_time(const KernelDevice& device, const ExpertsShape& shape);

/// Expected number of this device's experts that at least one token selects.
double active_experts(const ExpertsShape& shape);

/// Load of the busiest of `expert` ranks over the mean, >= 1.
double rank_imbalance(const ExpertsShape& shape);

}  // namespace wafercast
