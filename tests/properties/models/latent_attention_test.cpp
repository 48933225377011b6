// What holds of latent attention and of pointwise kernels on any device that the catalog may hold.
#include "kernels/latent_attention.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kernels/kernel_constants.hpp"
#include "kernels/pointwise.hpp"

namespace wafercast {
namespace {

/// Constants within their bounds, drawn evenly in the logarithm; tiles are powers of two.
KernelConstants any_constants() {
    KernelConstants k;
    for (const auto& section : {latent_attention_constants(), pointwise_constants()}) {
        for (const NamedConstant& constant : section) {
            const double low = std::max(constant.low, constant.high * 1e-4);
            const double share = *rc::gen::inRange(0, 1001) / 1000.0;
            constant.in(k) = low * std::pow(constant.high / low, share);
        }
    }
    for (double* side : {&k.latent_attention.prefill_rows, &k.latent_attention.prefill_keys,
                         &k.latent_attention.decode_rows, &k.latent_attention.decode_keys}) {
        *side = std::pow(2.0, *rc::gen::inRange(0, 10));
    }
    return k;
}

LatentAttentionShape any_shape() {
    LatentAttentionShape s;
    s.sequences = *rc::gen::element(1.0, 2.0, 7.0, 64.0, 1000.0);
    s.queries = *rc::gen::element(1.0, 2.0, 100.0, 4096.0, 1e6);
    s.past = *rc::gen::element(0.0, 1.0, 1000.0, 1e6);
    s.heads = *rc::gen::element(1.0, 3.0, 16.0, 128.0);
    s.kv = *rc::gen::element(NumberFormat::kBf16, NumberFormat::kFp8, NumberFormat::kInt8,
                             NumberFormat::kFp4);
    return s;
}

/// From one unit to a thousand, with and without fp8, vector rate, clock and caches.
KernelDevice any_device(const KernelConstants& constants) {
    KernelDevice d;
    d.units = *rc::gen::element(1.0, 20.0, 108.0, 1000.0);
    d.clock = *rc::gen::element(0.0, 1.5e9);
    d.peak[index(NumberFormat::kBf16)] = *rc::gen::element(1e12, 300e12, 2e15);
    d.peak[index(NumberFormat::kFp8)] =
        *rc::gen::element(0.0, 2.0) * d.peak[index(NumberFormat::kBf16)];
    d.vector_rate = *rc::gen::element(0.0, 20e12);
    d.memory_bandwidth = *rc::gen::element(50e9, 2e12, 20e12);
    d.cache_bytes = *rc::gen::element(0.0, 50e6);
    d.unit_bytes = *rc::gen::element(0.0, 200e3);
    d.constants = &constants;
    return d;
}

/// Units of which one is a unit to tiles: with a peak that is in step with their number.
KernelDevice any_ordinary_device(const KernelConstants& constants) {
    KernelDevice d = any_device(constants);
    const double was = d.peak[index(NumberFormat::kBf16)];
    const double is = d.units * *rc::gen::element(0.3e12, 3e12, 10e12);
    for (double& peak : d.peak) {
        peak *= is / was;
    }
    return d;
}

using Call = KernelTime (*)(const KernelDevice&, const LatentAttentionShape&);

Call any_call() {
    return *rc::gen::element(Call{prefill_latent_attention_time},
                             Call{decode_latent_attention_time});
}

RC_GTEST_PROP(LatentAttentionTime, IsFiniteAndNoFasterThanThePeak, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    const LatentAttentionShape s = any_shape();
    const Call call = any_call();
    const KernelTime time = call(d, s);
    const double peak =
        std::max(d.peak[index(NumberFormat::kBf16)], d.peak[index(NumberFormat::kFp8)]);
    RC_ASSERT(std::isfinite(time.seconds));
    RC_ASSERT(time.seconds > 0.0);
    RC_ASSERT(time.seconds >= time.flops / peak * (1.0 - 1e-9));
    RC_ASSERT(time.seconds >= time.bytes / d.memory_bandwidth * (1.0 - 1e-9));
    RC_ASSERT(time.seconds >= time.launch);
}

RC_GTEST_PROP(LatentAttentionTime, FallsWithEveryRate, ()) {
    const KernelConstants k = any_constants();
    KernelDevice d = any_ordinary_device(k);
    const LatentAttentionShape s = any_shape();
    const Call call = any_call();
    const double before = call(d, s).seconds;
    switch (*rc::gen::inRange(0, 4)) {
        case 0:
            d.memory_bandwidth *= 1.7;
            break;
        case 1:
            d.vector_rate *= 1.7;
            break;
        case 2:
            d.clock *= 1.7;
            break;
        default:
            for (double& peak : d.peak) {
                peak *= 1.7;
            }
    }
    RC_ASSERT(call(d, s).seconds <= before * (1.0 + 1e-12));
}

// More queries, sequences or heads of a decode call are split in fewer parts, whole ones a block of
// heads: what joins the parts may be saved.
RC_GTEST_PROP(LatentAttentionTime, RisesWithEverySize, ()) {
    KernelConstants k = any_constants();
    k.latent_attention.join = 0.0;
    const KernelDevice d = any_ordinary_device(k);
    LatentAttentionShape s = any_shape();
    const Call call = any_call();
    const KernelTime before = call(d, s);
    const bool more_queries =
        call == Call{prefill_latent_attention_time} && *rc::gen::arbitrary<bool>();
    double* size = more_queries ? &s.queries : &s.past;
    *size = std::floor(*size * 1.5 + 1.0);
    RC_ASSERT(call(d, s).seconds >= before.seconds * (1.0 - 1e-9));
}

RC_GTEST_PROP(LatentAttentionTime, BatchesAndHeadsAreNeverFree, ()) {
    KernelConstants k = any_constants();
    k.latent_attention.join = 0.0;
    k.latent_attention.most_splits = 1.0;
    const KernelDevice d = any_ordinary_device(k);
    LatentAttentionShape s = any_shape();
    const Call call = any_call();
    const double before = call(d, s).seconds;
    double* size = *rc::gen::element(&s.sequences, &s.heads);
    *size = std::floor(*size * 1.5 + 1.0);
    RC_ASSERT(call(d, s).seconds >= before * (1.0 - 1e-9));
}

PointwiseShape any_rows() {
    PointwiseShape s;
    s.kind = *rc::gen::element(PointwiseKind::kCopy, PointwiseKind::kNorm,
                               PointwiseKind::kActivation, PointwiseKind::kSoftmax,
                               PointwiseKind::kRotary, PointwiseKind::kSampling);
    s.rows = *rc::gen::element(1.0, 100.0, 5000.0, 1e6);
    s.width = *rc::gen::element(1.0, 128.0, 8192.0, 2e5);
    s.bytes_in = *rc::gen::element(0.0, 1.0, 2.0, 4.0);
    s.bytes_out = *rc::gen::element(0.0, 2.0);
    s.cold = *rc::gen::arbitrary<bool>();
    return s;
}

RC_GTEST_PROP(PointwiseTime, IsFiniteAndNoFasterThanTheMemory, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    PointwiseShape s = any_rows();
    const double warm = pointwise_time(d, s).seconds;
    s.cold = true;
    const KernelTime time = pointwise_time(d, s);
    RC_ASSERT(std::isfinite(time.seconds));
    RC_ASSERT(time.seconds >= time.launch);
    RC_ASSERT(time.seconds >= time.bytes / d.memory_bandwidth);
    RC_ASSERT(time.seconds >= warm);
}

RC_GTEST_PROP(PointwiseTime, RisesWithRowsAndWidthAndFallsWithBandwidth, ()) {
    const KernelConstants k = any_constants();
    KernelDevice d = any_device(k);
    PointwiseShape s = any_rows();
    const double before = pointwise_time(d, s).seconds;
    double* size = *rc::gen::element(&s.rows, &s.width);
    *size = std::floor(*size * 1.5 + 1.0);
    const double larger = pointwise_time(d, s).seconds;
    RC_ASSERT(larger >= before * (1.0 - 1e-12));
    d.memory_bandwidth *= 2.0;
    d.vector_rate *= 2.0;
    RC_ASSERT(pointwise_time(d, s).seconds <= larger * (1.0 + 1e-12));
}

}  // namespace
}  // namespace wafercast
