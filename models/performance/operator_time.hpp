#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"
#include "performance/collectives.hpp"
#include "performance/datapath.hpp"
#include "transformer/operator_list.hpp"

namespace wafercast {

/// Homes of the classes of tensors, as indices into DeviceRating::tiers.
struct Placement {
    int weights = 0;
    int kv = 0;
};

/// A device as operators see it: achievable rates in the formats of one workload. Built once a
/// mapping.
struct DeviceModel {
    const DeviceRating* rating = nullptr;
    Datapath gemm_path, attention_path;
    double gemm_rate = 0.0;     ///< [op/s] peak x family efficiency
    double grouped_rate = 0.0;  ///< of experts' GEMMs
    double attention_rate = 0.0;
    double attention_launch = 0.0;  ///< [s]
    double launch = 0.0;            ///< [s] per kernel
    double gemm_launch = 0.0;       ///< [s] per GEMM, with the kernel that narrows its input
    double narrow_seconds = 0.0;    ///< that kernel's time per element of the input [s]
    double narrow_joules = 0.0;     ///< [J] likewise
    double tile = 128.0;            ///< side of an output tile [-]
    double row_quantum = 16.0;      ///< rows a tile grows by [-]
    Placement placement;
    int sram_tier = -1;   ///< -1: SRAM is a cache
    int stack_tier = -1;  ///< nearest writable tier off the die
    std::array<double, kMaxTiers> seconds_per_byte = {};
    double kv_seconds_per_byte = 0.0;
    double grouped_seconds_per_byte = 0.0;  ///< of experts' weights
    double on_chip_joules_per_byte = 0.0;   ///< of data that passes through the die's SRAM
    Network network;
    Sharding sharding;
};

DeviceModel device_model(const ResolvedDesign& design, const DeviceRating& device,
                         const Placement& placement, const Sharding& sharding);

/// Where the time and energy of one operator go, all of its repetitions, on one device.
struct OperatorCost {
    double seconds = 0.0;
    double latency = 0.0;    ///< launches and collective steps within `seconds`
    double narrowing = 0.0;  ///< of it, bringing a GEMM's input to 8 bits in a kernel of its own
    double compute = 0.0;    ///< time the datapath alone would take
    double memory = 0.0;     ///< time the slowest memory level alone would take
    double network = 0.0;
    double flops = 0.0;
    double bytes = 0.0;  ///< weights, KV and spilled activations
    double compute_joules = 0.0, on_chip_joules = 0.0, memory_joules = 0.0, network_joules = 0.0;
    Bound bound = Bound::kNone;
};

/// Time of one operator.
///
///     launches x launch latency + narrowing + max(flops / (peak x efficiency x utilisation),
///     bytes_l / (BW_l x efficiency) of each level l)
///
/// Narrowing is 5 byte/element over the stacks' bandwidth for fp8 GEMMs of families that measured
/// it apart from the GEMM. The maximum is hard: perfect overlap inside an operator and none between
/// operators, collectives included. Activations that fit the on-die memory stay there. @param
/// clock_factor slows the datapath and on-die memory, (0, 1]. @cite williams-2009-roofline
OperatorCost time_operator(const DeviceModel& model, const Operator& op, double clock_factor = 1.0);

/// The multiplication behind an operator with weights; of experts' two, the first.
struct MatrixShape {
    double m = 0.0, k = 0.0, n = 0.0, groups = 1.0;
};
MatrixShape matrix_shape(const Operator& op);

/// Share of the datapath that a GEMM of m x k x n, `groups` times, can keep busy, (0, 1].
///
///     m/(rows tile_m) x n/(columns tile_n) x tasks/(waves units)
///
/// The tile's side is the largest power of two whose square is at most four times the operations of
/// a unit in a cycle (128 on a Hopper SM in bf16), in [8, 512]. Rows shrink to multiples of
/// `row_quantum`, columns to half a tile; K is split where tiles are fewer than units. @cite
/// zhang-2024-llmcompass
double gemm_utilisation(const DeviceModel& model, double m, double k, double n, double groups);

}  // namespace wafercast
