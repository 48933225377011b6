#include "core/kernels/experts_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"experts.launch", [](KernelConstants& k) -> double& { return k.experts.launch; },
                  dimension::time, 0.2e-6, 100e-6, true, "fixed time of a kernel"},
    NamedConstant{"experts.rate", [](KernelConstants& k) -> double& { return k.experts.rate; },
                  dimension::none, 0.01, 1.0, true, "achievable share of the peak rate"},
    NamedConstant{"experts.memory", [](KernelConstants& k) -> double& { return k.experts.memory; },
                  dimension::none, 0.01, 1.0, true, "achievable share of the memory bandwidth"},
};

}  // namespace

std::span<const NamedConstant> experts_constants() { return kConstants; }

}  // namespace wafercast
