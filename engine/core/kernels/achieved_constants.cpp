#include "core/kernels/achieved_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"achieved.compute",
                  [](KernelConstants& k) -> double& { return k.achieved.compute; }, dimension::none,
                  0.01, 2.0, false,
                  "share of the datapaths' rates, over that of the family it is like"},
    NamedConstant{"achieved.memory",
                  [](KernelConstants& k) -> double& { return k.achieved.memory; }, dimension::none,
                  0.01, 2.0, false,
                  "share of the memory bandwidth, over that of the family it is like"},
    NamedConstant{"achieved.link", [](KernelConstants& k) -> double& { return k.achieved.link; },
                  dimension::none, 0.01, 2.0, false,
                  "share of the link bandwidth, over that of the family it is like"},
};

}  // namespace

std::span<const NamedConstant> achieved_constants() { return kConstants; }

}  // namespace wafercast
