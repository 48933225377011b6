#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/kernels/named_constant.hpp"
#include "session/session.hpp"
#include "validation/suite_report.hpp"

namespace wafercast {

/// How far a calibration is.
struct CalibrationProgress {
    std::uint64_t done = 0;   ///< evaluations of all rows
    std::uint64_t total = 0;  ///< at most
    double per_second = 0.0;
    double seconds_left = 0.0;
};

struct CalibrateOptions {
    std::filesystem::path data = {};  ///< measured rows, with the columns of the suite
    std::string suite = {};           ///< empty: as the file's name tells
    std::string family = {};   ///< id of the new family; empty: that of `like` + "-calibrated"
    std::string like = {};     ///< to start from; empty: that of the measured devices
    std::string device = {};   ///< whose rows alone are taken; empty: those of every row
    int folds = 5;             ///< of the cross-validation, 2 to 100; 0: none
    bool launch_only = false;  ///< move launch and link latencies alone
    std::uint64_t seed = 1;    ///< draws the folds
    int threads = 0;           ///< 0: as many as the machine has
    std::function<void(const CalibrationProgress&)> progress = {};  ///< now and then
    std::function<bool()> stop = {};                                ///< asked often
};

/// Error of a group of rows: mean |predicted/measured - 1| and its mean with sign.
struct CalibrationError {
    std::string name;
    std::size_t rows = 0;
    double before = 0.0, after = 0.0, held_out = 0.0;  ///< not a number without folds
    double bias_before = 0.0, bias_after = 0.0, bias_held_out = 0.0;
};

struct CalibratedConstant {
    std::string path;  ///< in the family's entry
    std::string what;
    Dimension dimension;
    double before = 0.0, after = 0.0;  ///< [base units]
    double low = 0.0, high = 0.0;      ///< P10 and P90, from the scatter between folds
    bool at_bound = false;             ///< moved to the least or most that it may be
};

/// What a calibration found. `overlay` is a catalog file with the new family, and the measured
/// devices as its members.
struct KernelCalibration {
    std::string suite, file, quantity, family, like;
    std::vector<std::string> devices, stacks;
    std::size_t rows = 0;
    std::vector<SkippedRow> skipped, excluded;
    std::vector<CalibratedConstant> constants;
    CalibrationError all;
    double median_factor = 1.0;  ///< after the fit: half the rows are off by more, up or down
    std::vector<CalibrationError> by_group, by_bound;
    bool cross_validated = false;
    bool spread_learnt = false;
    KernelSpread spread;             ///< P10 and P90 of measured/predicted of held-out rows
    std::vector<std::string> notes;  ///< what a reader of the figures should know
    std::string overlay;
    bool stopped = false;  ///< `stop` said so: nothing but this is valid
};

/// Fits what a family's kernel constants say to measured rows and cross-validates it: the prior is
/// the family `like`, the error robust, the result the same for the same rows and seed.
/// Every problem of the file and the options is reported before anything is fitted.
Result<KernelCalibration> calibrate(const Session& session, const CalibrateOptions& options);

}  // namespace wafercast
