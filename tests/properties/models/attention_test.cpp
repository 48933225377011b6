// What holds of attention of any size on any device that the catalog may hold.
#include "kernels/attention.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kernels/kernel_constants.hpp"
#include "kernels/linear_attention.hpp"
#include "kernels/sparse_attention.hpp"

namespace wafercast {
namespace {

/// Constants within their bounds, drawn evenly in the logarithm; switches on or off.
KernelConstants any_constants() {
    KernelConstants k;
    for (const NamedConstant& constant : attention_constants()) {
        const double low = std::max(constant.low, constant.high * 1e-4);
        const double share = *rc::gen::inRange(0, 1001) / 1000.0;
        constant.in(k) = low * std::pow(constant.high / low, share);
    }
    AttentionConstants& c = k.attention;
    for (double* flag : {&c.packed, &c.lone_split, &c.narrow_inputs}) {
        *flag = *rc::gen::element(0.0, 1.0);
    }
    c.split_rule = *rc::gen::element(0.0, 1.0, 2.0);
    for (double* rows : {&c.rows, &c.small_head_rows, &c.narrow_rows}) {
        *rows = *rc::gen::element(16.0, 64.0, 128.0, 192.0, 256.0);
    }
    return k;
}

AttentionShape any_shape() {
    AttentionShape s;
    s.sequences = *rc::gen::element(0.0, 0.4, 1.0, 7.0, 64.0, 2048.0);
    s.queries = *rc::gen::element(0.0, 1.0, 3.0, 100.0, 4096.0, 1e6);
    s.past = *rc::gen::element(0.0, 1.0, 1000.5, 1e6);
    s.kv_heads = *rc::gen::element(1.0, 2.0, 8.0);
    s.heads = s.kv_heads * *rc::gen::element(1.0, 3.0, 16.0);
    s.head_dim = *rc::gen::element(1.0, 64.0, 128.0, 192.0, 512.0);
    s.window = *rc::gen::element(0.0, 1.0, 128.0, 8192.0);
    s.kv = *rc::gen::element(NumberFormat::kBf16, NumberFormat::kFp8, NumberFormat::kInt8,
                             NumberFormat::kFp4);
    s.cold = *rc::gen::arbitrary<bool>();
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

using Call = KernelTime (*)(const KernelDevice&, const AttentionShape&);

Call any_call() {
    return *rc::gen::element(Call{prefill_attention_time}, Call{decode_attention_time});
}

RC_GTEST_PROP(AttentionTime, IsFiniteAndNoFasterThanThePeak, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    const KernelTime time = any_call()(d, any_shape());
    const double peak =
        std::max(d.peak[index(NumberFormat::kBf16)], d.peak[index(NumberFormat::kFp8)]);
    RC_ASSERT(std::isfinite(time.seconds));
    RC_ASSERT(time.seconds > 0.0);
    RC_ASSERT(time.seconds >= time.flops / peak * (1.0 - 1e-9));
    RC_ASSERT(time.seconds >= time.bytes / d.memory_bandwidth * (1.0 - 1e-9));
    RC_ASSERT(time.seconds >= time.launch);
}

RC_GTEST_PROP(AttentionTime, FallsWithEveryRate, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    const AttentionShape s = any_shape();
    const Call call = any_call();
    KernelDevice faster = d;
    faster.memory_bandwidth *= 1.5;
    RC_ASSERT(call(faster, s).seconds <= call(d, s).seconds * (1.0 + 1e-9));
    faster = d;
    for (double& peak : faster.peak) {
        peak *= 1.5;
    }
    // Larger and smaller units than these count as more and as fewer, which split otherwise.
    const double of_unit = d.peak[index(NumberFormat::kBf16)] / (d.units * 1.5e9);
    if (of_unit > 256.0 && 1.5 * of_unit < 8192.0) {
        RC_ASSERT(call(faster, s).seconds <= call(d, s).seconds * (1.0 + 1e-9));
    }
}

/// Where keys are not split, four times the sequences are never done sooner. (Where they are, few
/// tiles may be split so that they take longer than more tiles that are not.)
RC_GTEST_PROP(AttentionTime, RisesWithSequencesUnlessKeysAreSplit, ()) {
    KernelConstants k = any_constants();
    k.attention.split_rule = k.attention.lone_split = 0.0;
    const KernelDevice d = any_device(k);
    AttentionShape s = any_shape();
    s.sequences = std::max(1.0, s.sequences);
    s.heads = s.kv_heads;
    const Call call = any_call();
    const double seconds = call(d, s).seconds;
    s.sequences *= 4.0;
    RC_ASSERT(call(d, s).seconds >= seconds * (1.0 - 1e-9));
}

/// A longer cache is never less memory traffic nor less work on the busiest unit, but for a block
/// that parts share otherwise.
RC_GTEST_PROP(AttentionTime, RisesWithThePast, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    AttentionShape s = any_shape();
    s.window = 0.0;
    s.past = std::max(1.0, s.past);
    const Call call = any_call();
    const KernelTime less = call(d, s);
    s.past *= 4.0;
    const KernelTime more = call(d, s);
    RC_ASSERT(more.memory >= less.memory * (1.0 - 1e-9));
    RC_ASSERT(more.flops >= less.flops);
}

RC_GTEST_PROP(SparseAndLinearAttention, AreFiniteAndNoFasterThanMemory, ()) {
    const KernelConstants k = any_constants();
    const KernelDevice d = any_device(k);
    const AttentionShape s = any_shape();
    const KernelTime sparse = sparse_attention_time(d, {.sequences = s.sequences,
                                                        .queries = s.queries,
                                                        .past = s.past,
                                                        .heads = s.heads,
                                                        .kv_heads = s.kv_heads,
                                                        .head_dim = s.head_dim});
    RC_ASSERT(std::isfinite(sparse.seconds));
    RC_ASSERT(sparse.seconds > 0.0);
    RC_ASSERT(sparse.seconds >= sparse.bytes / d.memory_bandwidth * (1.0 - 1e-6));
    for (const auto call : {prefill_linear_attention_time, decode_linear_attention_time}) {
        const KernelTime linear =
            call(d, {.sequences = s.sequences, .queries = s.queries, .heads = s.heads});
        RC_ASSERT(std::isfinite(linear.seconds));
        RC_ASSERT(linear.seconds > 0.0);
        RC_ASSERT(linear.seconds >= linear.bytes / d.memory_bandwidth * (1.0 - 1e-6));
    }
}

}  // namespace
}  // namespace wafercast
