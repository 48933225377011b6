#include "performance/pass_time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "serving/instance.hpp"
#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

double between(int low, int high) { return static_cast<double>(*rc::gen::inRange(low, high)); }

/// Dense and expert models on any mapping, with and without room for activations, a level of SRAM,
/// windows, errors of kernel models and constants of several families.
testing::ServingDesign any_design(Mapping& mapping) {
    testing::ServingDesign design;
    auto& topology = design.topology;
    if (*rc::gen::arbitrary<bool>()) {
        topology.workload.model = testing::deepseek_v3();
    }
    if (*rc::gen::arbitrary<bool>()) {
        topology.workload.model.sliding_window = *rc::gen::inRange(64, 4096);
    }
    const int tensor = 1 << *rc::gen::inRange(0, 5);
    const bool spread = topology.workload.model.is_moe() && *rc::gen::arbitrary<bool>();
    mapping = {.tensor = tensor,
               .pipeline = *rc::gen::element(1, 2, 7),
               .expert = spread ? 1 << *rc::gen::inRange(0, 6) : 1};
    mapping.expert = std::min(mapping.expert, tensor);
    mapping.data =
        topology.workload.model.is_moe() ? *rc::gen::element(1, mapping.expert, tensor) : 1;
    mapping.context = *rc::gen::element(1, mapping.tensor / mapping.data);
    design.set(topology.workload.input_tokens, between(16, 6000));
    topology.device.kernels = testing::shipped_kernels(
        *rc::gen::element<std::string>("generic", "nvidia-ampere", "nvidia-hopper"));
    for (const Scalar factor : topology.device.time_factor) {
        design.set(factor, between(5, 20) / 10.0);
    }
    topology.serving.overlap = design.add(between(0, 10) / 10.0);
    design.set(topology.blocks[0].count, between(8, 300));
    design.set(topology.blocks[1].capacity, between(1, 200) * 1e6);
    if (*rc::gen::inRange(0, 4) == 0) {
        topology.blocks[1].bandwidth = design.add(between(5, 50) * 1e12);
    }
    return design;
}

RC_GTEST_PROP(PassTime, EqualsTheSumOfItsOperators, ()) {
    Mapping mapping;
    const testing::ServingDesign written = any_design(mapping);
    const ResolvedDesign design = written.resolved();
    const DeviceRating device = written.rating();
    const Instance instance{design, device, mapping, written.context, device.tier_count - 1};
    const Phase phase = *rc::gen::element(Phase::kPrefill, Phase::kDecode);
    for (int pass = 0; pass < 3; ++pass) {
        OperatorList list;
        instance.operators(phase, between(1, 40000) / 16.0, list);
        const PassTime plain = time_pass_plainly(instance.model(), list);
        RC_ASSERT(plain.layers > 0.0);
        for (int again = 0; again < 2; ++again) {
            RC_ASSERT(time_pass(instance.model(), list, written.context.operators) == plain);
        }
    }
}

}  // namespace
}  // namespace wafercast
