#pragma once

#include <array>

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"
#include "performance/collectives.hpp"
#include "performance/kernel_device.hpp"
#include "transformer/operator_list.hpp"

namespace wafercast {

/// Homes of the classes of tensors, as indices into DeviceRating::tiers.
struct Placement {
    int weights = 0;
    int kv = 0;
};

/// A device as the operators of one workload see it. Built once a mapping.
struct DeviceModel {
    const DeviceRating* rating = nullptr;
    Placement placement;
    KernelDevice weights;      ///< streams from the weights' home
    KernelDevice kv;           ///< from the KV cache's
    KernelDevice activations;  ///< from where activations go that leave the units
    /// Measured over predicted time by section of kernels and what limits one.
    std::array<std::array<double, 3>, kKernelSectionCount> error = {};
    int sram_tier = -1;                    ///< -1: SRAM is a cache
    int stack_tier = -1;                   ///< nearest writable tier off the die
    double room = 0.0;                     ///< for activations on the die [byte]
    double on_chip_joules_per_byte = 0.0;  ///< of data that passes through the die's SRAM
    double peak = 0.0;                     ///< fastest datapath in use [op/s]
    std::array<double, kNumberFormatCount> joules_per_op = {};
    Network network;
    Sharding sharding;
    /// Of the devices above in an OperatorCache; 0: in none.
    double weights_number = 0.0, kv_number = 0.0, activations_number = 0.0;
    double overlap = 0.0;  ///< share of communication beside computation
};

DeviceModel device_model(const ResolvedDesign& design, const DeviceRating& device,
                         const TensorFormats& formats, const Placement& placement,
                         const Sharding& sharding);

/// The same device at a lower clock.
DeviceModel at_clock(const DeviceModel& model, double clock_factor);

/// Where the time and energy of one operator go, all of its repetitions, on one device.
struct OperatorCost {
    double seconds = 0.0;
    double latency = 0.0;  ///< launches and other fixed times within `seconds`
    double compute = 0.0;  ///< time the datapath alone would take
    double memory = 0.0;   ///< time the slowest memory level alone would take
    double network = 0.0;  ///< time bytes are on the wires
    double clocked = 0.0;  ///< seconds x share of the clock that kernels leave for the board limit
    double flops = 0.0;
    double bytes = 0.0;  ///< weights, KV and spilled activations
    double compute_joules = 0.0, on_chip_joules = 0.0, memory_joules = 0.0, network_joules = 0.0;
    Bound bound = Bound::kNone;
};

/// The device that an operator's kernel streams from.
const KernelDevice& device_of(const DeviceModel& model, const Operator& op);

/// What the kernel models say of one repetition on that device.
KernelTime kernel_time(const KernelDevice& device, const Operator& op);

/// Time and energy of one operator.
///
///     seconds  count x kernel_time x measured over predicted of its family and of what limits it
///              (1 but for draws); an operator fused into a neighbour is not launched
///     energy   flops x J/op + bytes of weights, KV and activations at their levels x J/byte
///
/// Activations that fit the on-die memory stay there. @cite horowitz-2014-energy
OperatorCost time_operator(const DeviceModel& model, const Operator& op);

/// The same from a kernel time that is known.
OperatorCost cost_operator(const DeviceModel& model, const Operator& op, const KernelTime& kernel);

}  // namespace wafercast
