#include "performance/pass_time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "serving/instance.hpp"
#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

double between(int low, int high) { return static_cast<double>(*rc::gen::inRange(low, high)); }

/// Dense and expert models on any mapping, with and without room for activations, a level of SRAM,
/// windows and family constants.
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
    design.set(topology.workload.input_tokens, between(16, 6000));
    design.set(topology.device.launch_latency, between(0, 6) * 1e-6);
    design.set(topology.device.gemm_efficiency, between(3, 10) / 10.0);
    design.set(topology.blocks[0].count, between(8, 300));
    design.set(topology.blocks[1].capacity, between(1, 200) * 1e6);
    topology.device.moe_efficiency = design.add(between(2, 9) / 10.0);
    topology.device.attention_latency = design.add(between(0, 20) * 1e-6);
    if (*rc::gen::arbitrary<bool>()) {
        topology.device.quantisation_latency = design.add(between(0, 20) * 1e-6);
        topology.device.gemm_efficiency_fp8_alone = design.add(between(3, 10) / 10.0);
    }
    if (*rc::gen::inRange(0, 4) == 0) {
        topology.blocks[1].bandwidth = design.add(between(5, 50) * 1e12);
    }
    return design;
}

void expect_equal(double fast, double plain) {
    RC_ASSERT(std::abs(fast - plain) <= 1e-12 * std::abs(plain));
}

RC_GTEST_PROP(PassTime, EqualsTheSumOfItsOperators, ()) {
    Mapping mapping;
    const testing::ServingDesign written = any_design(mapping);
    const ResolvedDesign design = written.resolved();
    const DeviceRating device = written.rating();
    const Instance instance{design, device, mapping, written.context, device.tier_count - 1};
    const Phase phase = *rc::gen::element(Phase::kPrefill, Phase::kDecode);
    PassShapes shapes;  // kept from pass to pass, as the batch search does
    for (int pass = 0; pass < 3; ++pass) {
        OperatorList list;
        instance.operators(phase, between(1, 40000) / 16.0, list);
        const double clock = between(2, 21) / 20.0;
        const PassTime fast = time_pass(instance.model(), list, clock, shapes);
        const PassTime plain = time_pass_plainly(instance.model(), list, clock);
        RC_ASSERT(plain.layers > 0.0);
        for (const auto part :
             {&PassTime::first, &PassTime::layers, &PassTime::last, &PassTime::flops,
              &PassTime::bytes, &PassTime::compute_joules, &PassTime::on_chip_joules,
              &PassTime::memory_joules, &PassTime::network_joules, &PassTime::latency,
              &PassTime::compute, &PassTime::memory, &PassTime::network}) {
            expect_equal(fast.*part, plain.*part);
        }
    }
}

}  // namespace
}  // namespace wafercast
