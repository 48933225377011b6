#include "test/test_models.hpp"

#include "math/math.hpp"

namespace wafercast {

TestOutcome detection_rate(double yield, double coverage) {
    const double pass = 1.0 - (1.0 - yield) * coverage;
    return {.pass_share = pass, .outgoing_quality = pass > 0.0 ? yield / pass : 1.0};
}

TestOutcome fault_coverage(double yield, double coverage) {
    return {.pass_share = math::pow(yield, coverage),
            .outgoing_quality = math::pow(yield, 1.0 - coverage)};
}

void register_test_models(Registry<TestModel>& test) {
    test.add(
        {.id = "detection_rate", .citation = "graening-2023-catch", .evaluate = detection_rate});
    test.add({.id = "fault_coverage", .citation = "williams-1981", .evaluate = fault_coverage});
}

}  // namespace wafercast
