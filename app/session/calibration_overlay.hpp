#pragma once

#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/result.hpp"
#include "session/calibrate.hpp"
#include "session/calibration_fit.hpp"

namespace wafercast {

/// A catalog file with the calibrated family, like the one it started from in all that was not
/// fitted, and the measured devices as its members. What earlier calibrations fitted is
/// written too, so that the file needs none of theirs. The text is read back and must give the
/// fitted constants for every stack before it is returned.
Result<std::string> write_calibration(const Catalog& catalog, const CalibrationTask& task,
                                      const std::vector<std::string>& stacks,
                                      const KernelCalibration& found);

}  // namespace wafercast
