#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/kernels/kernel_constants.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {

/// A device that rows were measured on under one stack.
struct CalibrationSlot {
    KernelDevice device;
    std::size_t stack = 0;  ///< index
};

/// A constant that a fit may move: a field of the family's entry, shared by some stacks.
struct MovedConstant {
    NamedConstant constant;
    std::string path;                 ///< "collective.launch", "stacks.vllm.collective.launch"
    std::vector<std::size_t> stacks;  ///< that read it
    double start = 0.0;               ///< of the family to start from [base units]
    [[nodiscard]] bool latency() const;
};

/// Rows with all that is needed to predict them from any values of the constants.
struct CalibrationTask {
    std::vector<KernelRow> rows;
    std::vector<std::size_t> slot_of_row;
    std::vector<CalibrationSlot> slots;
    std::vector<KernelConstants> start;  ///< of each stack
    std::vector<MovedConstant> moved;
    const KernelSpread& (*spread)(const KernelConstants&) = nullptr;
};

/// A row as predicted: its time and what limited it.
struct CalibratedRow {
    double seconds = 0.0;
    KernelBound bound = KernelBound::kLaunch;
};

/// Every row, with a value for each moved constant.
std::vector<CalibratedRow> predict_rows(const CalibrationTask& task,
                                        const std::vector<double>& values);

/// ln(predicted / measured); 0 within half a tick of the timer.
double log_error(const KernelRow& row, double seconds);

struct CalibrationFitOptions {
    int evaluations = 4000;
    bool launch_only = false;                                  ///< move latencies alone
    std::function<bool(int evaluations, double least)> go_on;  ///< false: stop
};

struct CalibrationFit {
    std::vector<double> values;  ///< of the moved constants [base units]
    bool stopped = false;
};

/// The values that explain the rows best, given that they are near those of the start:
///
///     sum over rows of rho(e / 0.05) + 1/2 sum over constants of (ln(value/start) / sigma)^2
///
/// is least, with e = ln(predicted/measured) and rho(z) = sqrt(1 + z^2) - 1, which counts a gross
/// error by its size, not its square. Latencies have a factor in common (sigma 1.1: a faster or
/// slower host or clock scales all of them) and one each (0.3); other sigmas are 0.3 for sizes and
/// 0.2 for shares. So one row moves the common factor, and many rows every constant.
/// @param used  of each row: whether the fit sees it
CalibrationFit fit_calibration(const CalibrationTask& task, const std::vector<bool>& used,
                               const CalibrationFitOptions& options);

/// Constants of the kernel models that some row answers to; the others stay where they are.
std::vector<MovedConstant> sensitive_constants(const CalibrationTask& task,
                                               const std::vector<MovedConstant>& candidates);

/// The part of 0 ... parts-1 that each of `rows` rows falls into: parts of equal size, drawn.
std::vector<int> draw_folds(std::size_t rows, int parts, std::uint64_t seed);

}  // namespace wafercast
