// Laws of the time of routed experts over random devices, constants and shapes.
#include "kernels/experts.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

double between(double low, double high) {
    return low + (high - low) * *rc::gen::inRange(0, 1 << 20) / (1 << 20);
}

double log_between(double low, double high) {
    return low * std::pow(high / low, between(0.0, 1.0));
}

GroupedConstants any_way() {
    return {.launch = between(0.0, 50e-6),
            .split = between(0.0, 20e-6),
            .memory = between(0.2, 1.0),
            .rate = between(0.1, 1.0),
            .unpack = *rc::gen::element(0.0, 5.0, 60.0),
            .scattered = *rc::gen::element(0.0, 1.0),
            .block = between(0.0, 5000.0),
            .step = between(0.0, 1000.0),
            .own_rows = *rc::gen::element(0.0, 1.0),
            .blocks = *rc::gen::element(0.0, 1.0, 3.0)};
}

KernelConstants any_constants() {
    KernelConstants k;
    k.experts.wide = any_way();
    k.experts.narrow = any_way();
    k.experts.single = any_way();
    k.experts.block_scaled = any_way();
    k.experts.packed = any_way();
    k.experts.fused = any_way();
    k.experts.feed = between(10.0, 100.0);
    k.experts.pointwise = between(0.2, 1.0);
    k.experts.resident = between(0.0, 1.0);
    return k;
}

KernelDevice any_device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = std::round(log_between(1.0, 1000.0));
    d.clock = *rc::gen::element(0.0, 0.5e9, 1.0e9, 2.0e9);
    d.peak[index(NumberFormat::kBf16)] = log_between(1e12, 5e15);
    d.peak[index(NumberFormat::kFp8)] =
        *rc::gen::element(0.0, 2.0) * d.peak[index(NumberFormat::kBf16)];
    d.memory_bandwidth = log_between(1e10, 2e13);
    d.unit_bytes = *rc::gen::element(0.0, 64e3, 256e3);
    d.cache_bytes = *rc::gen::element(0.0, 4e6, 100e6);
    d.constants = &constants;
    return d;
}

ExpertsShape any_shape() {
    ExpertsShape s;
    s.experts = *rc::gen::element(1.0, 8.0, 32.0, 128.0, 384.0, 896.0);
    s.top_k = std::min(s.experts, *rc::gen::element(1.0, 2.0, 4.0, 8.0, 22.0));
    s.expert = std::min(s.experts, *rc::gen::element(1.0, 2.0, 8.0, 64.0));
    s.tensor = s.expert > 1.0 ? 1.0 : *rc::gen::element(1.0, 4.0);
    s.tokens = std::round(log_between(1.0, 1e6));
    s.hidden = 64.0 * *rc::gen::inRange(4, 128);
    s.inner = 64.0 * *rc::gen::inRange(4, 256);
    s.gated = *rc::gen::arbitrary<bool>();
    s.weights = *rc::gen::element(NumberFormat::kBf16, NumberFormat::kFp8, NumberFormat::kInt4);
    s.inputs = s.weights == NumberFormat::kFp8 ? NumberFormat::kFp8 : NumberFormat::kBf16;
    s.single_scale = *rc::gen::arbitrary<bool>();
    s.fused = *rc::gen::arbitrary<bool>();
    s.routing = *rc::gen::element(Routing{}, Routing{.balanced = true}, Routing{.power = 1.01},
                                  Routing{.power = 1.2});
    s.weights_cold = *rc::gen::arbitrary<bool>();
    return s;
}

RC_GTEST_PROP(Experts, TimeIsAboveTheRooflineAtPeak, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    const ExpertsShape s = any_shape();
    const KernelTime t = experts_time(d, s);
    RC_ASSERT(std::isfinite(t.seconds));
    const double peak = std::max(d.peak[index(NumberFormat::kBf16)], d.peak[index(s.inputs)]);
    RC_ASSERT(t.seconds >= t.flops / peak * 0.999);
    RC_ASSERT(t.seconds >= t.launch);
}

RC_GTEST_PROP(Experts, TimeFallsWithBandwidthPeakAndClock, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    const ExpertsShape s = any_shape();
    const double base = experts_time(d, s).seconds;
    KernelDevice better = d;
    better.memory_bandwidth *= 1.7;
    RC_ASSERT(experts_time(better, s).seconds <= base * (1.0 + 1e-12));
    better = d;
    better.clock = d.clock > 0.0 ? d.clock * 1.5 : 0.0;
    for (double& peak : better.peak) {  // a unit does the same in a cycle
        peak *= d.clock > 0.0 ? 1.5 : 1.0;
    }
    RC_ASSERT(experts_time(better, s).seconds <= base * (1.0 + 1e-12));
}

// Blocks grow taller with the tokens, so that more tokens may take better filled blocks and less
// time: tokens are left out here.
RC_GTEST_PROP(Experts, TimeRisesWithSizes, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    ExpertsShape s = any_shape();
    s.weights_cold = true;
    const double base = experts_time(d, s).seconds;
    ExpertsShape more = s;
    more.hidden *= 2.0;
    RC_ASSERT(experts_time(d, more).seconds >= base * (1.0 - 1e-12));
    more = s;
    more.inner *= 2.0;
    RC_ASSERT(experts_time(d, more).seconds >= base * (1.0 - 1e-12));
}

RC_GTEST_PROP(Experts, CountsStayWithinTheirBounds, ()) {
    const ExpertsShape s = any_shape();
    const RankLoads loads = busiest_rank_loads(s.tokens, s.experts, s.top_k, s.expert, s.routing);
    const double pairs = s.tokens * s.top_k;
    RC_ASSERT(loads.rows >= 0.0);
    RC_ASSERT(loads.rows <= pairs * (1.0 + 1e-12));
    RC_ASSERT(loads.active <= s.experts / s.expert + 1e-9);
    RC_ASSERT(loads.active <= loads.rows * (1.0 + 1e-9));
    RC_ASSERT(rank_imbalance(s) >= 1.0);
    for (const double block : {1.0, 8.0, 64.0, 128.0}) {
        RC_ASSERT(loads.blocks(block) >= loads.active * (1.0 - 1e-12));
        RC_ASSERT(loads.blocks(block) >= loads.rows / block * (1.0 - 1e-12));
        RC_ASSERT(loads.blocks(block) <= loads.rows / block + loads.active + 1e-6);
    }
}

}  // namespace
}  // namespace wafercast
