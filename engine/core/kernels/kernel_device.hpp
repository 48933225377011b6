#pragma once

#include <array>

#include "core/kernels/kernel_constants.hpp"
#include "core/number_format.hpp"

namespace wafercast {

/// What a device's units are, as kernels see them.
enum class UnitKind { kTensorCore, kSystolic, kVector, kInMemory, kRomWeights };

/// How the devices of a server are joined.
enum class ScaleUp { kSwitched, kFullyConnected, kRing, kHost };

/// A device as kernel models see it: its data sheet in SI base units, and its family's constants.
/// Rates are those of enabled units. Zero means not stated; models say what they then assume.
struct KernelDevice {
    UnitKind kind = UnitKind::kTensorCore;
    double units = 1.0;                             ///< compute units (SM, CU, core) in use
    double clock = 0.0;                             ///< [Hz] at which `peak` is stated
    double max_clock = 0.0;                         ///< [Hz] that short kernels run at; 0: `clock`
    std::array<double, kNumberFormatCount> peak{};  ///< dense [op/s], 0: no such datapath
    double vector_rate = 0.0;                       ///< fp32 outside the matrix units [op/s]
    double exponentials = 0.0;                      ///< per unit and cycle; 0: those of the family
    double memory_bandwidth = 0.0;  ///< peak, of the level that holds the tensors [byte/s]
    double memory_bytes = 0.0;
    double cache_bytes = 0.0;      ///< last-level cache in front of that memory
    double cache_bandwidth = 0.0;  ///< [byte/s]
    double unit_bytes = 0.0;       ///< shared memory and L1 of one unit
    double dies = 1.0;             ///< compute dies that share the units
    double power_limit = 0.0;      ///< [W]
    double static_power = 0.0;     ///< [W]
    double switching = 1.0;        ///< energy of an operation over that of the family's devices
    std::array<double, kNumberFormatCount> joules_per_op{};
    double joules_per_byte = 0.0;  ///< of memory traffic
    double link_bandwidth = 0.0;   ///< scale-up, one direction [byte/s]
    double link_latency = 0.0;     ///< of one hop, where the link states it [s]
    ScaleUp scale_up = ScaleUp::kSwitched;
    bool in_network_reduction = false;
    double devices_per_server = 1.0;
    double devices_per_root = 1.0;     ///< that reach each other below one host bridge
    double scale_out_bandwidth = 0.0;  ///< one direction and device [byte/s]
    double scale_out_latency = 0.0;    ///< [s]
    bool fitted = false;               ///< the family's constants were fitted on measurements of it
    const KernelConstants* constants = nullptr;  ///< never null in a call

    /// Equal in all but where the constants are kept.
    [[nodiscard]] bool same_data_sheet(const KernelDevice& other) const {
        KernelDevice copy = other;
        copy.constants = constants;
        return *this == copy;
    }
    friend bool operator==(const KernelDevice&, const KernelDevice&) = default;
};

/// What limits a kernel.
enum class KernelBound { kLaunch, kMemory, kCompute };

/// Where the time of a kernel goes. `seconds` is the prediction; the parts need not add up to it,
/// for they overlap.
struct KernelTime {
    double seconds = 0.0;
    double launch = 0.0;       ///< fixed costs within `seconds`
    double narrowing = 0.0;    ///< of it, kernels that bring an input to a narrower format
    double compute = 0.0;      ///< what the datapath alone would take
    double memory = 0.0;       ///< what the slowest memory level alone would take
    double bytes = 0.0;        ///< traffic of the memory level [byte]
    double flops = 0.0;        ///< operations asked for [op]
    double clock_share = 1.0;  ///< of the clock that the power limit leaves
    [[nodiscard]] KernelBound bound() const {
        return launch > compute && launch > memory ? KernelBound::kLaunch
               : compute > memory                  ? KernelBound::kCompute
                                                   : KernelBound::kMemory;
    }
};

}  // namespace wafercast
