#include "core/kernels/kernel_constants.hpp"

namespace wafercast {

std::vector<NamedConstant> kernel_constants() {
    std::vector<NamedConstant> all;
    for (const auto& section :
         {gemm_constants(), attention_constants(), latent_attention_constants(),
          experts_constants(), collective_constants(), pointwise_constants(), step_constants()}) {
        all.insert(all.end(), section.begin(), section.end());
    }
    return all;
}

}  // namespace wafercast
