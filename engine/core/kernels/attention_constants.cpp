#include "core/kernels/attention_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"attention.launch",
                  [](KernelConstants& k) -> double& { return k.attention.launch; }, dimension::time,
                  0.2e-6, 100e-6, true, "fixed time of a kernel"},
    NamedConstant{"attention.rate", [](KernelConstants& k) -> double& { return k.attention.rate; },
                  dimension::none, 0.01, 1.0, true, "achievable share of the peak rate"},
    NamedConstant{"attention.memory",
                  [](KernelConstants& k) -> double& { return k.attention.memory; }, dimension::none,
                  0.01, 1.0, true, "achievable share of the memory bandwidth"},
};

}  // namespace

std::span<const NamedConstant> attention_constants() { return kConstants; }

}  // namespace wafercast
