#include "core/kernels/kernel_constants.hpp"

namespace wafercast {

const KernelSpread& KernelConstants::spread(KernelSection section) const {
    switch (section) {
        case KernelSection::kGemm:
            return gemm.spread;
        case KernelSection::kAttention:
            return attention.spread;
        case KernelSection::kLatentAttention:
            return latent_attention.spread;
        case KernelSection::kExperts:
            return experts.spread;
        case KernelSection::kCollective:
            return collective.spread;
        case KernelSection::kPointwise:
            break;
    }
    return pointwise.spread;
}

std::vector<NamedConstant> kernel_constants() {
    std::vector<NamedConstant> all;
    for (const auto& section :
         {gemm_constants(), attention_constants(), latent_attention_constants(),
          experts_constants(), collective_constants(), pointwise_constants(), step_constants(),
          achieved_constants()}) {
        all.insert(all.end(), section.begin(), section.end());
    }
    return all;
}

}  // namespace wafercast
