// Kernels on every catalogued device: nothing is left out, faster than its roofline or absurd.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "kernels/attention.hpp"
#include "kernels/catalog_device.hpp"
#include "kernels/experts.hpp"
#include "kernels/gemm.hpp"
#include "kernels/latent_attention.hpp"
#include "kernels/pointwise.hpp"
#include "unit/engine/evaluate/shipped.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

struct Stacked {
    std::string id;
    KernelConstants constants;
    KernelDevice device;
};

/// Calls `check` for every device with the constants of its family under a stack.
template <class Check>
void for_every_device(std::string_view stack, Check check) {
    for (const CatalogEntry* entry : shipped::catalog().entries("accelerators")) {
        Stacked s{.id = entry->id, .constants = {}, .device = {}};
        const auto device = catalog_device(shipped::catalog(), entry->id);
        const auto constants =
            read_kernel_constants(shipped::catalog(), entry->text("family"), stack);
        ASSERT_TRUE(device) << entry->id;
        ASSERT_TRUE(constants) << entry->id << ": " << constants.error().front().message;
        s.device = *device;
        s.constants = *constants;
        s.device.constants = &s.constants;
        SCOPED_TRACE(s.id);
        check(s);
    }
}

double fastest(const KernelDevice& device) {
    return *std::max_element(device.peak.begin(), device.peak.end());
}

void expect_above_roofline(const KernelDevice& device, const KernelTime& time) {
    EXPECT_TRUE(std::isfinite(time.seconds));
    EXPECT_GT(time.seconds, 0.0);
    EXPECT_GE(time.seconds, time.flops / fastest(device));
    if (device.memory_bandwidth > 0.0) {
        EXPECT_GE(time.seconds * (1.0 + 1e-9), time.bytes / device.memory_bandwidth);
    }
}

TEST(EveryDevice, KernelsAreFiniteAndAboveTheRoofline) {
    using enum NumberFormat;
    for (const char* stack : {"", "vllm", "trtllm", "sglang", "never-heard-of"}) {
        for_every_device(stack, [](const Stacked& s) {
            for (const double tokens : {0.0, 1.0, 100.0, 1e6}) {
                for (const NumberFormat format : {kBf16, kFp8, kFp4, kInt8, kInt4}) {
                    const KernelTime gemm = gemm_time(s.device, {.m = tokens,
                                                                 .n = 4096.0,
                                                                 .k = 4096.0,
                                                                 .weights = format,
                                                                 .inputs = format});
                    expect_above_roofline(s.device, gemm);
                    expect_above_roofline(s.device, experts_time(s.device, {.tokens = tokens,
                                                                            .hidden = 4096.0,
                                                                            .inner = 2048.0,
                                                                            .experts = 64.0,
                                                                            .top_k = 8.0,
                                                                            .weights = format,
                                                                            .inputs = format}));
                }
            }
        });
    }
}

TEST(EveryDevice, AttentionAndPointwiseAreFiniteToo) {
    for (const char* stack : {"", "vllm", "trtllm", "sglang"}) {
        for_every_device(stack, [](const Stacked& s) {
            for (const double keys : {0.0, 100.0, 1e5}) {
                for (const NumberFormat kv : {NumberFormat::kBf16, NumberFormat::kFp8}) {
                    const AttentionShape shape{
                        .sequences = 3.0, .past = keys, .heads = 32.0, .kv_heads = 8.0, .kv = kv};
                    AttentionShape prompt = shape;
                    prompt.queries = 500.0;
                    const LatentAttentionShape latent{.past = keys, .heads = 16.0, .kv = kv};
                    expect_above_roofline(s.device, decode_attention_time(s.device, shape));
                    expect_above_roofline(s.device, prefill_attention_time(s.device, prompt));
                    expect_above_roofline(s.device, decode_latent_attention_time(s.device, latent));
                    expect_above_roofline(s.device,
                                          prefill_latent_attention_time(s.device, latent));
                }
            }
            const KernelTime norm = pointwise_time(
                s.device, {.kind = PointwiseKind::kNorm, .rows = 1000.0, .width = 8192.0});
            EXPECT_TRUE(std::isfinite(norm.seconds));
            EXPECT_GT(norm.seconds, 0.0);
        });
    }
}

// Large multiplications are what data sheets quote peaks for: units with several arrays feed and
// drain all of them.
TEST(EveryDevice, LargeMultiplicationsReachAFairShareOfThePeak) {
    constexpr double kSlowest = 12.0;  // times the roofline
    for_every_device("", [](const Stacked& s) {
        const double peak = s.device.peak[index(NumberFormat::kBf16)];
        if (!(peak > 0.0) || s.device.memory_bandwidth < peak / 2000.0) {
            return;
        }
        const KernelTime time = gemm_time(s.device, {.m = 8192.0, .n = 8192.0, .k = 512.0});
        const double roofline = std::max(time.flops / peak, time.bytes / s.device.memory_bandwidth);
        EXPECT_LT(time.seconds, kSlowest * roofline);
    });
}

double attention(const KernelDevice& device, double past) {
    return decode_attention_time(device, {.sequences = 32.0,
                                          .queries = 1.0,
                                          .past = past,
                                          .heads = 64.0,
                                          .kv_heads = 8.0,
                                          .head_dim = 128.0})
        .seconds;
}

// A sibling that differs in one figure of its data sheet is faster by no more than that figure.
TEST(EveryDevice, AnH200IsAnH100WithFasterMemory) {
    std::map<std::string, Stacked> by_id;
    for_every_device("vllm", [&](const Stacked& s) { by_id.emplace(s.id, s); });
    Stacked& h100 = by_id.at("h100-sxm");
    Stacked& h200 = by_id.at("h200-sxm");
    h100.device.constants = &h100.constants;
    h200.device.constants = &h200.constants;
    const double bandwidths = h100.device.memory_bandwidth / h200.device.memory_bandwidth;
    const double ratio = attention(h200.device, 30000.0) / attention(h100.device, 30000.0);
    EXPECT_GT(ratio, bandwidths - 1e-9);
    EXPECT_LT(ratio, 1.1 * bandwidths);
    const GemmShape square{.m = 4096.0, .n = 4096.0, .k = 4096.0};
    EXPECT_NEAR(gemm_time(h200.device, square).seconds / gemm_time(h100.device, square).seconds,
                1.0, 0.1);
}

}  // namespace
}  // namespace wafercast
