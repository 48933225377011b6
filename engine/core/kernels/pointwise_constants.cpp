#include "core/kernels/pointwise_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"pointwise.launch",
                  [](KernelConstants& k) -> double& { return k.pointwise.launch; }, dimension::time,
                  0.2e-6, 100e-6, true, "fixed time of a kernel"},
    NamedConstant{"pointwise.rate", [](KernelConstants& k) -> double& { return k.pointwise.rate; },
                  dimension::none, 0.01, 1.0, true, "achievable share of the peak rate"},
    NamedConstant{"pointwise.memory",
                  [](KernelConstants& k) -> double& { return k.pointwise.memory; }, dimension::none,
                  0.01, 1.0, true, "achievable share of the memory bandwidth"},
};

}  // namespace

std::span<const NamedConstant> pointwise_constants() { return kConstants; }

}  // namespace wafercast
