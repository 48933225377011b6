#pragma once

#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "validation/suite_report.hpp"

namespace wafercast {

/// How near a device is to those that constants were fitted on.
enum class DeviceClass {
    kFitted,   ///< its own rows were fitted
    kSibling,  ///< a family that has fitted devices
    kNew,      ///< a family without
    kNone,     ///< no device, or one that the catalog lacks
};
inline constexpr const char* kDeviceClassNames[] = {"fitted", "sibling", "new family", "-"};

/// Families state their fitted devices as `fitted_on`, ids with commas between.
DeviceClass device_class(const Catalog& catalog, const std::string& system);

/// How much wider, as an exponent of a band's bounds, a forecast is off the devices that its band
/// was learnt on: twice in the logarithm for a new family, as errors of kernels grow from fitted
/// devices to a family predicted from its data sheet.
double widening(DeviceClass kind);

/// Error of some cases: mean and median of |relative error|, mean of the signed one, share inside
/// P10-P90.
struct ErrorSummary {
    std::size_t cases = 0;
    double mean = 0.0, median = 0.0, bias = 0.0, coverage = 0.0;
    bool banded = false;  ///< some case has a band
};
ErrorSummary summarise_cases(const std::vector<const ValidationCase*>& cases);

/// The accuracy of all suites as Markdown: each suite by class of device and quantity, by device,
/// by what limits a kernel, by group; the worst cases; what was left out and why. The same reports
/// give the same text.
std::string accuracy_report(const std::vector<SuiteReport>& reports, const Catalog& catalog);

}  // namespace wafercast
