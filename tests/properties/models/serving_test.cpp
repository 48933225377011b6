#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

/// Any batching model that is registered, a plugin's too.
const BatchingModel* any_batching() {
    const auto models = testing::built_in_models().batching.all();
    return models[*rc::gen::inRange<std::size_t>(0, models.size())];
}

double between(int low, int high) { return static_cast<double>(*rc::gen::inRange(low, high)); }

ServingDesign any_design() {
    ServingDesign design;
    design.topology.serving.batching = any_batching();
    if (*rc::gen::arbitrary<bool>()) {
        design.topology.workload.model = testing::deepseek_v3();
        design.set(design.topology.package.memory[0].capacity, 40e9);
    }
    const int tensor = 1 << *rc::gen::inRange(2, 4);
    const bool moe = design.topology.workload.model.is_moe();
    const int expert = moe ? *rc::gen::element(1, tensor) : 1;
    const int data = moe ? *rc::gen::element(1, expert, tensor) : 1;
    const int context = data == 1 && moe ? *rc::gen::element(1, tensor) : 1;
    design.context.mapping = Mapping{.tensor = tensor,
                                     .pipeline = *rc::gen::element(1, 2, 4),
                                     .expert = expert,
                                     .data = data,
                                     .context = context};
    design.set(design.topology.workload.input_tokens, between(16, 6000));
    design.set(design.topology.workload.output_tokens, between(2, 3000));
    design.topology.device.kernels =
        testing::shipped_kernels(*rc::gen::element<std::string>("generic", "nvidia-hopper"));
    design.set(design.topology.system.scale_up.latency, between(0, 3) * 1e-6);
    design.topology.serving.overlap = design.add(between(0, 10) / 10.0);
    design.topology.serving.batch = design.add(between(1, 400));
    return design;
}

RC_GTEST_PROP(EveryBatchingModel, NeverGainsFromSlowerMemory, ()) {
    ServingDesign design = any_design();
    const double fast = design.serve().tokens_per_second;
    auto& rate = design.scalars[design.topology.package.memory[0].pin_rate.index];
    rate *= 0.5;
    RC_ASSERT(design.serve().tokens_per_second <= fast * (1.0 + 1e-6));
}

RC_GTEST_PROP(EveryBatchingModel, NeverGainsFromFewerUnits, ()) {
    ServingDesign design = any_design();
    const double whole = design.serve().tokens_per_second;
    design.set(design.topology.blocks[0].count, 60.0);
    RC_ASSERT(design.serve().tokens_per_second <= whole * (1.0 + 1e-6));
}

RC_GTEST_PROP(EveryBatchingModel, EnergyIsPowerOverRate, ()) {
    const Serving s = any_design().serve();
    const double power = (s.energy.total() - s.energy.host) * s.tokens_per_second;
    RC_ASSERT(std::abs(power / s.accelerators - s.device_power) <= 1e-9 * s.device_power);
}

RC_GTEST_PROP(EveryBatchingModel, UsesNoMoreThanThereIs, ()) {
    const Serving s = any_design().serve();
    RC_ASSERT(s.mfu > 0.0 && s.mfu <= 1.0 + 1e-9);
    RC_ASSERT(s.mbu > 0.0 && s.mbu <= 1.0 + 1e-9);
    RC_ASSERT(s.prefill_time_share > 0.0 && s.prefill_time_share < 1.0);
    RC_ASSERT(s.clock_factor > 0.0 && s.clock_factor <= 1.0);
    RC_ASSERT(s.ttft_s >= s.prefill_s * (1.0 - 1e-12));
}

RC_GTEST_PROP(EveryBatchingModel, StepsGrowWithTheBatch, ()) {
    ServingDesign design = any_design();
    design.set(design.topology.serving.batch, 32.0);
    const Serving few = design.serve();
    design.set(design.topology.serving.batch, 256.0);
    const Serving many = design.serve();
    RC_ASSERT(many.decode_step_s >= few.decode_step_s * (1.0 - 1e-9));
    RC_ASSERT(many.tokens_per_second >= few.tokens_per_second * (1.0 - 1e-3));
}

RC_GTEST_PROP(EveryBatchingModel, LimitsOnlyTakeAway, ()) {
    ServingDesign design = any_design();
    const Serving free = design.serve();
    design.topology.scenario.tpot_limit = design.add(free.tpot_s * between(40, 140) / 100.0);
    const Serving limited = design.serve();
    // The search ends within 0.1 % of what limits the batch.
    RC_ASSERT(limited.batch <= free.batch * (1.0 + 1e-3));
    RC_ASSERT(!limited.violations.empty() || limited.tpot_s <= design.scalars.back());
}

}  // namespace
}  // namespace wafercast
