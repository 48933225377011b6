// Directions and bounds of the time of matrix multiplications, on any device and shape.
#include "kernels/gemm.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kernels/gemm_tiles.hpp"

namespace wafercast {
namespace {

double between(double low, double high) {
    return low + (high - low) * *rc::gen::inRange(0, 1 << 20) / (1 << 20);
}

/// Mostly of the sizes that layers have, sometimes absurd.
double any_length() {
    return static_cast<double>(*rc::gen::oneOf(
        rc::gen::inRange(1, 300), rc::gen::inRange(1, 70000),
        rc::gen::map(rc::gen::inRange(0, 21), [](int power) { return 1 << power; })));
}

GemmShape any_shape() {
    const auto format = *rc::gen::element(NumberFormat::kBf16, NumberFormat::kFp8,
                                          NumberFormat::kFp4, NumberFormat::kInt8);
    return {.m = any_length(),
            .n = any_length(),
            .k = any_length(),
            .weights = format,
            .inputs = *rc::gen::element(format, NumberFormat::kBf16),
            .weights_cold = *rc::gen::arbitrary<bool>(),
            .weight_copies = between(1.0, 6.0)};
}

KernelConstants any_constants() {
    KernelConstants k;
    GemmConstants& c = k.gemm;
    c.launch = between(0.5e-6, 8e-6);
    c.wave = between(0.0, 1e-6);
    c.store = between(2.0, 60.0);
    c.rate = between(0.3, 1.0);
    c.narrow_rate = between(0.3, 1.0);
    c.integer_rate = between(0.3, 1.0);
    c.widen_rate = between(0.5, 1.0);
    c.memory = between(0.5, 1.0);
    c.feed = between(0.2, 1.0);
    c.multicast = between(0.0, 2.0);
    c.fine_tiles = *rc::gen::element(0.0, 1.0);
    c.chain = between(0.0, 6.0);
    c.single_row = between(0.1, 1.0);
    c.split = between(0.5e-6, 5e-6);
    c.split_traffic = between(0.5, 4.0);
    c.kept = between(0.1, 1.0);
    c.reuse = between(0.1, 1.0);
    c.energy = between(0.2e-12, 2e-12);
    c.narrow_energy = between(0.1e-12, 1e-12);
    c.memory_energy = between(20e-12, 100e-12);
    c.static_share = between(0.0, 0.4);
    c.throttle = between(0.0, 1e-3);
    c.quantise = between(0.0, 12e-6);
    c.quantise_bytes = between(2.0, 7.0);
    c.quantise_4bit_bytes = between(2.0, 7.0);
    c.plugin_splits = between(1.0, 10.0);
    return k;
}

KernelDevice any_device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = static_cast<double>(*rc::gen::inRange(1, 400));
    d.clock = between(0.5e9, 2.5e9);
    d.max_clock = d.clock * between(1.0, 1.1);
    d.peak[index(NumberFormat::kBf16)] = between(20e12, 3000e12);
    if (*rc::gen::arbitrary<bool>()) {
        d.peak[index(NumberFormat::kFp8)] = 2.0 * d.peak[index(NumberFormat::kBf16)];
        d.peak[index(NumberFormat::kInt8)] = 2.0 * d.peak[index(NumberFormat::kBf16)];
    }
    d.memory_bandwidth = between(0.1e12, 8e12);
    d.cache_bytes = between(0.0, 150e6);
    d.power_limit = between(0.0, 1500.0);
    d.constants = &constants;
    return d;
}

bool not_above(double a, double b) { return a <= b * (1.0 + 1e-9); }

RC_GTEST_PROP(GemmLaws, FastSearchEqualsThePlainOne, ()) {
    const KernelConstants c = any_constants();
    KernelDevice d = any_device(c);
    d.kind = *rc::gen::element(UnitKind::kTensorCore, UnitKind::kTensorCore, UnitKind::kSystolic,
                               UnitKind::kVector, UnitKind::kRomWeights);
    const TiledGemm gemm = tiled_gemm(d, any_shape());
    RC_ASSERT(fastest_tiling(gemm).seconds == fastest_tiling_plainly(gemm).seconds);
}

RC_GTEST_PROP(GemmLaws, NoFasterThanTheDatapathAndTheMemory, ()) {
    const KernelConstants c = any_constants();
    const KernelDevice d = any_device(c);
    GemmShape shape = any_shape();
    shape.weights_cold = true;
    const KernelTime time = gemm_time(d, shape);
    double peak = 0.0;
    for (const double rate : d.peak) {
        peak = std::max(peak, rate);
    }
    RC_ASSERT(std::isfinite(time.seconds));
    RC_ASSERT(time.seconds >= c.gemm.launch);
    RC_ASSERT(not_above(time.flops / (peak * d.max_clock / d.clock), time.seconds));
    RC_ASSERT(not_above(time.bytes / d.memory_bandwidth, time.seconds));
    RC_ASSERT(time.clock_share > 0.0 && time.clock_share <= 1.0);
    RC_ASSERT(not_above(time.launch, time.seconds));
}

// The tiling is the fastest at full clock; under a power limit one with less traffic may throttle
// less, so that rates and power are raised apart.
RC_GTEST_PROP(GemmLaws, FasterWithMoreOfWhatADataSheetStates, ()) {
    const KernelConstants c = any_constants();
    KernelDevice d = any_device(c);
    const int raised = *rc::gen::inRange(0, 4);
    d.power_limit = raised == 3 ? between(20.0, 1500.0) : 0.0;
    const GemmShape shape = any_shape();
    const double before = gemm_time(d, shape).seconds;
    const double more = between(1.0, 3.0);
    KernelDevice faster = d;
    switch (raised) {
        case 0:
            faster.memory_bandwidth *= more;
            break;
        case 1:
            for (double& rate : faster.peak) {
                rate *= more;
            }
            break;
        case 2:
            faster.clock *= more;  // of what a clock drives beside the datapath
            faster.max_clock *= more;
            break;
        default:
            faster.power_limit *= more;
    }
    RC_ASSERT(not_above(gemm_time(faster, shape).seconds, before));
}

// Twice of a length: one more may change a side of every tile. Without a power limit, for the
// reason above.
RC_GTEST_PROP(GemmLaws, TwiceTheWorkIsNoFaster, ()) {
    const KernelConstants c = any_constants();
    KernelDevice d = any_device(c);
    d.power_limit = 0.0;
    GemmShape shape = any_shape();
    shape.m = shape.m == 1.0 ? 2.0 : shape.m;  // one row has a kernel of its own
    const double before = gemm_time(d, shape).seconds;
    double& length = **rc::gen::element(&shape.m, &shape.n, &shape.k, &shape.batches);
    length *= 2.0;
    RC_ASSERT(not_above(before, gemm_time(d, shape).seconds));
}

RC_GTEST_PROP(GemmLaws, RepeatedWeightsAreNoSlower, ()) {
    const KernelConstants c = any_constants();
    const KernelDevice d = any_device(c);
    GemmShape shape = any_shape();
    shape.weights_cold = true;
    const double cold = gemm_time(d, shape).seconds;
    shape.weights_cold = false;
    RC_ASSERT(not_above(gemm_time(d, shape).seconds, cold));
}

RC_GTEST_PROP(GemmLaws, AnyKindOfUnitTakesAFiniteTime, ()) {
    const KernelConstants c = any_constants();
    KernelDevice d = any_device(c);
    d.kind = *rc::gen::element(UnitKind::kTensorCore, UnitKind::kSystolic, UnitKind::kVector,
                               UnitKind::kInMemory, UnitKind::kRomWeights);
    if (*rc::gen::arbitrary<bool>()) {  // data sheets with gaps
        d.clock = d.max_clock = d.cache_bytes = d.power_limit = 0.0;
    }
    if (*rc::gen::inRange(0, 4) == 0) {
        d.memory_bandwidth = 0.0;
    }
    d.units = *rc::gen::element(1.0, d.units, 900000.0);
    GemmShape shape = any_shape();
    shape.m = *rc::gen::element(0.0, shape.m, 1e6);
    const double seconds = gemm_time(d, shape).seconds;
    RC_ASSERT(std::isfinite(seconds) && seconds > 0.0);
}

}  // namespace
}  // namespace wafercast
