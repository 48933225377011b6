#include "core/kernels/pointwise_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"pointwise.launch",
                  [](KernelConstants& k) -> double& { return k.pointwise.launch; }, dimension::time,
                  0.2e-6, 50e-6, true, "time of a kernel in a captured graph"},
    NamedConstant{"pointwise.softmax_call",
                  [](KernelConstants& k) -> double& { return k.pointwise.softmax_call; },
                  dimension::time, 0.0, 200e-6, true, "host time around a softmax outside a graph"},
    NamedConstant{"pointwise.norm_call",
                  [](KernelConstants& k) -> double& { return k.pointwise.norm_call; },
                  dimension::time, 0.0, 200e-6, true, "host time around a norm outside a graph"},
    NamedConstant{"pointwise.activation_call",
                  [](KernelConstants& k) -> double& { return k.pointwise.activation_call; },
                  dimension::time, 0.0, 200e-6, true,
                  "host time around an activation outside a graph"},
    NamedConstant{"pointwise.matmul_call",
                  [](KernelConstants& k) -> double& { return k.pointwise.matmul_call; },
                  dimension::time, 0.0, 200e-6, true,
                  "host time around a multiplication outside a graph"},
    NamedConstant{"pointwise.memory",
                  [](KernelConstants& k) -> double& { return k.pointwise.memory; }, dimension::none,
                  0.01, 1.0, true, "achievable share of the memory bandwidth"},
    NamedConstant{"pointwise.cache_share",
                  [](KernelConstants& k) -> double& { return k.pointwise.cache_share; },
                  dimension::none, 0.0, 1.0, true,
                  "share of the last-level cache that repeated traffic finds"},
    NamedConstant{"pointwise.cache_speed",
                  [](KernelConstants& k) -> double& { return k.pointwise.cache_speed; },
                  dimension::none, 1.0, 20.0, true,
                  "bandwidth of that cache over that of the memory"},
    NamedConstant{"pointwise.exponentials",
                  [](KernelConstants& k) -> double& { return k.pointwise.exponentials; },
                  dimension::none, 0.1, 4096.0, false, "exponentials per unit and cycle"},
    NamedConstant{"pointwise.softmax_operations",
                  [](KernelConstants& k) -> double& { return k.pointwise.softmax_operations; },
                  dimension::none, 1.0, 200.0, true,
                  "operations of the vector lanes per element of a softmax"},
    NamedConstant{"pointwise.tail", [](KernelConstants& k) -> double& { return k.pointwise.tail; },
                  dimension::none, 0.0, 8.0, true, "slowdown of a unit's last row"},
    NamedConstant{"pointwise.residents",
                  [](KernelConstants& k) -> double& { return k.pointwise.residents; },
                  dimension::none, 1.0, 64.0, false, "rows that a unit works on at a time"},
    NamedConstant{"pointwise.spread.launch_low",
                  [](KernelConstants& k) -> double& { return k.pointwise.spread.launch_low; },
                  dimension::none, 0.05, 20.0, false,
                  "P10 of measured over predicted, launch-bound"},
    NamedConstant{"pointwise.spread.launch_high",
                  [](KernelConstants& k) -> double& { return k.pointwise.spread.launch_high; },
                  dimension::none, 0.05, 20.0, false,
                  "P90 of measured over predicted, launch-bound"},
    NamedConstant{"pointwise.spread.memory_low",
                  [](KernelConstants& k) -> double& { return k.pointwise.spread.memory_low; },
                  dimension::none, 0.05, 20.0, false,
                  "P10 of measured over predicted, memory-bound"},
    NamedConstant{"pointwise.spread.memory_high",
                  [](KernelConstants& k) -> double& { return k.pointwise.spread.memory_high; },
                  dimension::none, 0.05, 20.0, false,
                  "P90 of measured over predicted, memory-bound"},
    NamedConstant{"pointwise.spread.compute_low",
                  [](KernelConstants& k) -> double& { return k.pointwise.spread.compute_low; },
                  dimension::none, 0.05, 20.0, false,
                  "P10 of measured over predicted, compute-bound"},
    NamedConstant{"pointwise.spread.compute_high",
                  [](KernelConstants& k) -> double& { return k.pointwise.spread.compute_high; },
                  dimension::none, 0.05, 20.0, false,
                  "P90 of measured over predicted, compute-bound"},
};

}  // namespace

std::span<const NamedConstant> pointwise_constants() { return kConstants; }

}  // namespace wafercast
