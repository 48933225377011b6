#pragma once

#include "core/kernels/kernel_device.hpp"
#include "kernels/routing.hpp"

namespace wafercast {

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
    bool exchanged = false;  ///< tokens reach the ranks of their experts only (all-to-all); else
                             ///< every rank holds all tokens
    bool fused = false;  ///< weights are packed and kernels exist that activate inside the first
                         ///< multiplication (gpt-oss)
    bool single_scale = false;   ///< narrow inputs with one scale per tensor, under vLLM 0.24
    bool coarse_blocks = false;  ///< block sizes of vLLM before 0.17, where blocks follow tokens
};

/// Time of the fused-experts kernels of one layer on its busiest device:
///
///     launch (+ split) + sum over gate-up and down of |dram, waves * block, inner steps|_2 +
///     pointwise
///
/// where |...|_2 is the root of the sum of squares; dram reads the weights of the experts that are
/// active; a block of bm x bn outputs takes a unit |2 bm bn K / rate, (bm + bn) K / feed, bn K /
/// unpack|_2 + block cycles; pointwise is the activation, the narrowing of inputs and the weighted
/// sum. Rows per expert and active experts are expectations over the routing (see routing.hpp).
///
/// @param device  needs memory_bandwidth, one peak; units and clock where blocks are to be counted
/// @param shape   all sizes >= 0
/// Leaves out: the gate's own multiplication, collectives, the energy limit of long kernels.
/// @cite aiconfigurator-2026, vllm-fused-moe-2026, frantar-2024-marlin
KernelTime experts_time(const KernelDevice& device, const ExpertsShape& shape);

/// Expected number of this device's experts that at least one token selects.
double active_experts(const ExpertsShape& shape);

/// Load of the busiest of `expert` ranks over the mean, >= 1.
double rank_imbalance(const ExpertsShape& shape);

}  // namespace wafercast
