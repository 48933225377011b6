// What holds of collectives of any size on any device that the catalog may hold.
#include "kernels/collective.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

/// Constants within their bounds, drawn evenly in the logarithm.
KernelConstants any_constants() {
    KernelConstants k;
    for (const NamedConstant& constant : collective_constants()) {
        const double low = std::max(constant.low, constant.high * 1e-4);
        const double share = *rc::gen::inRange(0, 1001) / 1000.0;
        constant.in(k) = low * std::pow(constant.high / low, share);
    }
    k.collective.choice_cap = 0.0;
    return k;
}

CollectiveShape any_shape() {
    CollectiveShape shape;
    shape.kind = *rc::gen::element(CollectiveKind::kAllReduce, CollectiveKind::kAllGather,
                                   CollectiveKind::kReduceScatter, CollectiveKind::kAllToAll,
                                   CollectiveKind::kPointToPoint);
    shape.code = *rc::gen::element(CollectiveCode::kNccl, CollectiveCode::kCustomGraph,
                                   CollectiveCode::kCustomEager, CollectiveCode::kRouted);
    shape.ranks = *rc::gen::element(1.0, 2.0, 3.0, 8.0, 16.0, 72.0, 1000.0);
    shape.bytes = std::pow(10.0, *rc::gen::inRange(0, 120) / 10.0) * *rc::gen::inRange(0, 2);
    shape.element_bytes = *rc::gen::element(1.0, 2.0);
    return shape;
}

KernelDevice any_device(const KernelConstants& constants) {
    KernelDevice d;
    d.link_bandwidth = *rc::gen::element(16e9, 100e9, 900e9);
    d.memory_bandwidth = *rc::gen::element(0.0, 300e9, 8e12);
    d.scale_up = *rc::gen::element(ScaleUp::kSwitched, ScaleUp::kFullyConnected, ScaleUp::kRing,
                                   ScaleUp::kHost);
    d.in_network_reduction = *rc::gen::arbitrary<bool>();
    d.devices_per_server = *rc::gen::element(1.0, 4.0, 8.0, 72.0);
    d.devices_per_root = *rc::gen::element(1.0, 2.0, 4.0);
    d.scale_out_bandwidth = *rc::gen::element(0.0, 25e9, 100e9);
    d.constants = &constants;
    return d;
}

double seconds(const KernelDevice& d, const CollectiveShape& shape) {
    return collective_time(d, shape).seconds;
}

RC_GTEST_PROP(CollectiveTime, IsFiniteAndNotNegative, ()) {
    const KernelConstants k = any_constants();
    const double time = seconds(any_device(k), any_shape());
    RC_ASSERT(std::isfinite(time));
    RC_ASSERT(time >= 0.0);
}

// Where the fastest protocol is taken; NCCL's own choice may jump up where it switches too early,
// and a custom all-reduce jumps where the library takes over.
RC_GTEST_PROP(CollectiveTime, RisesWithTheTensor, ()) {
    KernelConstants k = any_constants();
    k.collective.direct_limit = 1e12;
    k.collective.direct_pool = 1e15;
    const KernelDevice d = any_device(k);
    CollectiveShape shape = any_shape();
    const double before = seconds(d, shape);
    shape.bytes = shape.bytes * 1.5 + 1.0;
    RC_ASSERT(seconds(d, shape) >= before * (1.0 - 1e-12));
}

RC_GTEST_PROP(CollectiveTime, FallsWithEveryBandwidth, ()) {
    KernelConstants k = any_constants();
    KernelDevice d = any_device(k);
    d.memory_bandwidth = std::max(d.memory_bandwidth, 1e9);
    d.scale_out_bandwidth = std::max(d.scale_out_bandwidth, 1e9);
    const CollectiveShape shape = any_shape();
    const double before = seconds(d, shape);
    double* bandwidth =
        *rc::gen::element(&d.link_bandwidth, &d.memory_bandwidth, &d.scale_out_bandwidth);
    *bandwidth *= 1.7;
    RC_ASSERT(seconds(d, shape) <= before * (1.0 + 1e-12));
}

// No protocol beats the wire at its full rate, nor a launch.
RC_GTEST_PROP(CollectiveTime, IsNoFasterThanTheWire, ()) {
    const KernelConstants k = any_constants();
    KernelDevice d = any_device(k);
    d.devices_per_server = 1000.0;
    CollectiveShape shape = any_shape();
    shape.ranks = std::max(shape.ranks, 2.0);
    if (shape.kind == CollectiveKind::kPointToPoint) {
        shape.ranks = 2.0;
    }
    const KernelTime time = collective_time(d, shape);
    // sums in the switch carry (1 + 1/n) S; flagged words move their first round with the launch
    const double least = std::min(time.bytes, shape.bytes) / d.link_bandwidth;
    const double first = 2.0 * shape.ranks * k.collective.word_once / d.link_bandwidth;
    RC_ASSERT(time.seconds >= least - first - 1e-12);
    RC_ASSERT(time.launch + time.memory >= time.seconds * (1.0 - 1e-12));
}

}  // namespace
}  // namespace wafercast
