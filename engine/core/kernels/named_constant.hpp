#pragma once

#include <string_view>

#include "units/units.hpp"

namespace wafercast {

struct KernelConstants;

/// A constant of the kernel models as the catalog knows it: a field of an entry of `families`,
/// "gemm.launch". A property of a family of devices or of a software stack, never of one device.
struct NamedConstant {
    std::string_view path;                      ///< section.name
    double& (*in)(KernelConstants& constants);  ///< where it is kept, in base units
    Dimension dimension;
    double low, high;  ///< what it may be; the bounds of a fit [base units]
    bool fitted;       ///< `calibrate` may move it; else stated by a source
    std::string_view what;
};

/// P10 and P90 of measured over predicted time on the rows that the constants were fitted on, by
/// what limits the kernel.
struct KernelSpread {
    double launch_low = 1.0, launch_high = 1.0;
    double memory_low = 1.0, memory_high = 1.0;
    double compute_low = 1.0, compute_high = 1.0;
    friend bool operator==(const KernelSpread&, const KernelSpread&) = default;
};

}  // namespace wafercast
