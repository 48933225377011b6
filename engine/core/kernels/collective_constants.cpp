#include "core/kernels/collective_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"collective.launch",
                  [](KernelConstants& k) -> double& { return k.collective.launch; },
                  dimension::time, 0.2e-6, 100e-6, true, "fixed time of a kernel"},
    NamedConstant{"collective.rate",
                  [](KernelConstants& k) -> double& { return k.collective.rate; }, dimension::none,
                  0.01, 1.0, true, "achievable share of the peak rate"},
    NamedConstant{"collective.memory",
                  [](KernelConstants& k) -> double& { return k.collective.memory; },
                  dimension::none, 0.01, 1.0, true, "achievable share of the memory bandwidth"},
};

}  // namespace

std::span<const NamedConstant> collective_constants() { return kConstants; }

}  // namespace wafercast
