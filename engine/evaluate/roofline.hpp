#pragma once

#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"

namespace wafercast {

/// The flat part of a roofline: what the datapath reaches, however little memory it reads.
struct ComputeRoof {
    std::string label;  ///< formats that share the rate, "fp8, int8"
    double rate = 0.0;  ///< [op/s]
    friend bool operator==(const ComputeRoof&, const ComputeRoof&) = default;
};

/// The slope: operations per second are bandwidth times operations per byte.
struct MemoryRoof {
    std::string label;       ///< "stacks", "SRAM", "ROM"
    double bandwidth = 0.0;  ///< [byte/s] peak
    friend bool operator==(const MemoryRoof&, const MemoryRoof&) = default;
};

/// One operator on the roofline.
struct RooflinePoint {
    std::size_t line = 0;    ///< index into Evaluation::operators
    double intensity = 0.0;  ///< flops / bytes [op/byte], > 0
    double rate = 0.0;       ///< flops / seconds [op/s], > 0
    friend bool operator==(const RooflinePoint&, const RooflinePoint&) = default;
};

/// Peaks of one device and what each operator of the workload makes of them.
struct Roofline {
    std::vector<ComputeRoof> compute;    ///< fastest first
    std::vector<MemoryRoof> memory;      ///< nearest first
    std::vector<RooflinePoint> points;   ///< operators that compute and read; others have no place
    std::vector<std::size_t> off_chart;  ///< indices of the others: pure transfers, launches
    friend bool operator==(const Roofline&, const Roofline&) = default;
};

/// Places every operator by its own numbers.
Roofline roofline(const Evaluation& evaluation);

}  // namespace wafercast
