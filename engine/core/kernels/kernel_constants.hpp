#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/kernels/achieved_constants.hpp"
#include "core/kernels/attention_constants.hpp"
#include "core/kernels/collective_constants.hpp"
#include "core/kernels/experts_constants.hpp"
#include "core/kernels/gemm_constants.hpp"
#include "core/kernels/latent_attention_constants.hpp"
#include "core/kernels/pointwise_constants.hpp"
#include "core/kernels/step_constants.hpp"

namespace wafercast {

/// Parts of KernelConstants.
enum class KernelSection { kGemm, kAttention, kLatentAttention, kExperts, kCollective, kPointwise };
inline constexpr std::size_t kKernelSectionCount = 6;
inline constexpr std::array<std::string_view, kKernelSectionCount> kKernelSectionNames{
    "gemm", "attention", "latent_attention", "experts", "collective", "pointwise"};

/// Constants of every kernel model for one family of devices under one software stack.
struct KernelConstants {
    GemmConstants gemm;
    AttentionConstants attention;
    LatentAttentionConstants latent_attention;
    ExpertsConstants experts;
    CollectiveConstants collective;
    PointwiseConstants pointwise;
    StepConstants step;
    AchievedConstants achieved;
    [[nodiscard]] const KernelSpread& spread(KernelSection section) const;
    friend bool operator==(const KernelConstants&, const KernelConstants&) = default;
};

/// Every constant that the catalog states, by section.
std::vector<NamedConstant> kernel_constants();

}  // namespace wafercast
