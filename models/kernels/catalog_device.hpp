#pragma once

#include <string_view>

#include "core/catalog.hpp"
#include "core/kernels/kernel_device.hpp"
#include "core/kernels/read_kernel_constants.hpp"
#include "core/result.hpp"

namespace wafercast {

/// A catalogued device as kernels see it: what its data sheet says, nothing that was measured on
/// it. `constants` is left null. @param id  of an entry of `accelerators`, or an alias
Result<KernelDevice> catalog_device(const Catalog& catalog, std::string_view id);

/// Takes from a data sheet what a family without measurements of its own is known not to reach.
void scale_rates(KernelDevice& device, const AchievedConstants& achieved);

}  // namespace wafercast
