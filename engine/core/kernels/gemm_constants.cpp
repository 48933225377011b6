#include "core/kernels/gemm_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"gemm.launch", [](KernelConstants& k) -> double& { return k.gemm.launch; },
                  dimension::time, 0.2e-6, 100e-6, true, "fixed time of a kernel"},
    NamedConstant{"gemm.rate", [](KernelConstants& k) -> double& { return k.gemm.rate; },
                  dimension::none, 0.01, 1.0, true, "achievable share of the peak rate"},
    NamedConstant{"gemm.memory", [](KernelConstants& k) -> double& { return k.gemm.memory; },
                  dimension::none, 0.01, 1.0, true, "achievable share of the memory bandwidth"},
};

}  // namespace

std::span<const NamedConstant> gemm_constants() { return kConstants; }

}  // namespace wafercast
