#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/kernels/kernel_device.hpp"
#include "core/result.hpp"

namespace wafercast {

/// The constants of a family under a software stack. A constant `gemm.launch` is the first of
///
///     stacks.<stack>.gemm.launch, gemm.launch   of the family, of the family that its `like`
///                                               names, and so on
///
/// @param stack  "vllm", "trtllm", "sglang", "nccl", ...; empty: none in particular
/// @returns every constant that is nowhere as a failure
Result<KernelConstants> read_kernel_constants(const Catalog& catalog, std::string_view family,
                                              std::string_view stack);

/// Where a family's constant is stated: "gemm.launch" or "stacks.vllm.gemm.launch" of an entry of its
/// chain; empty where it is not.
std::string kernel_constant_path(const Catalog& catalog, std::string_view family,
                                 std::string_view stack, std::string_view path);

/// The stacks for which a family, or one that it is like, states constants of their own; sorted.
std::vector<std::string> kernel_stacks(const Catalog& catalog, std::string_view family);

/// A catalogued device as kernels see it: what its data sheet says, nothing that was measured on
/// it. `constants` is left null. @param id  of an entry of `accelerators`, or an alias
Result<KernelDevice> catalog_device(const Catalog& catalog, std::string_view id);

}  // namespace wafercast
