#pragma once

#include "registry/model_set.hpp"

namespace wafercast {

/// A tester that finds a share `coverage` of the bad parts: pass = 1 - (1 - Y) c, outgoing quality
/// Y / pass.
/// @param yield true yield in [0, 1] @param coverage detection rate in [0, 1]. No good part is
/// rejected.
/// @cite graening-2023-catch
TestOutcome detection_rate(double yield, double coverage);

/// A test that covers a share T of the possible faults: defect level 1 - Y^(1 - T), so quality Y^(1
/// - T) and pass Y^T. @param yield true yield in [0, 1] @param coverage fault coverage T in [0, 1]
/// @cite williams-1981
TestOutcome fault_coverage(double yield, double coverage);

void register_test_models(Registry<TestModel>& test);

}  // namespace wafercast
