#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/kernels/kernel_constants.hpp"
#include "core/result.hpp"

namespace wafercast {

/// The constants of a family under a software stack. A constant `gemm.launch` is the first of
///
///     stacks.<stack>.gemm.launch, gemm.launch   of the family, of the family that its `like`
///                                               names, and so on
///
/// A family that states `fixed_time` takes over the times of kernels of the family it is like
/// times that number (a compiled schedule or a circuit waits for no driver), with `link_time` those
/// of collectives.
/// @param stack  "vllm", "trtllm", "sglang", "nccl", ...; empty: none in particular
/// @returns every constant that is nowhere as a failure
Result<KernelConstants> read_kernel_constants(const Catalog& catalog, std::string_view family,
                                              std::string_view stack);

/// Where a family's constant is stated: "gemm.launch" or "stacks.vllm.gemm.launch" of an entry of
/// its chain; empty where it is not.
std::string kernel_constant_path(const Catalog& catalog, std::string_view family,
                                 std::string_view stack, std::string_view path);

/// The stacks for which a family, or one that it is like, states constants of their own; sorted.
std::vector<std::string> kernel_stacks(const Catalog& catalog, std::string_view family);

/// A text field of a family, or of the next family that it is like; empty where none states it.
std::string_view family_text(const Catalog& catalog, std::string_view family,
                             std::string_view field);

}  // namespace wafercast
