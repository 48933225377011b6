#include "validation/served_model.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "reader/read_catalog.hpp"
#include "validation/inferencex_rows.hpp"
#include "validation/llm_inference_bench.hpp"
#include "validation/validation_perf.hpp"

namespace wafercast {
namespace {

const Catalog& catalog() {
    static const Catalog read = [] {
        const char* root = std::getenv("WAFERCAST_SOURCE_DIR");
        EXPECT_NE(root, nullptr) << "run through ctest, which sets WAFERCAST_SOURCE_DIR";
        auto all = read_catalog(
            {std::filesystem::path{root == nullptr ? "." : root} / "data" / "catalog"});
        EXPECT_TRUE(all) << all.error().front().message;
        return all ? std::move(*all) : Catalog{};
    }();
    return read;
}

ServedShape shape_of(const std::string& model, const Sharding& sharding = {}) {
    return {.spec = read_shape(*find_model(catalog(), model)), .formats = {}, .sharding = sharding};
}

ServingPoint point_of(const std::string& system, const std::string& model, double concurrency) {
    ServingPoint point;
    point.system = system;
    point.stack = "vllm";
    point.model = model;
    point.input = 1024.0;
    point.output = 128.0;
    point.concurrency = concurrency;
    point.sharding = {.tensor = 4.0};
    return point;
}

ServingForecast forecast(const ServingPoint& point) {
    StackedDevices devices{catalog()};
    const StackedDevice& on = device_of(devices, catalog(), point);
    EXPECT_EQ(on.problem, "");
    const CatalogEntry& model = *find_model(catalog(), point.model);
    return forecast_point(point, PointModel{point, on, model});
}

TEST(StatedSharding, ReadsWidthsAndUndoesProducts) {
    const auto widths = [](double tensor, double data, double expert_tensor, double expert) {
        return stated_sharding({tensor, data, expert_tensor, expert});
    };
    const Sharding plain = widths(8, 1, 8, 1);
    EXPECT_EQ(plain.tensor, 8.0);
    EXPECT_EQ(plain.expert, 1.0);
    EXPECT_EQ(widths(8, 1, 1, 8).expert, 8.0);
    EXPECT_EQ(widths(4, 1, 2, 2).tensor, 4.0);  // two by two is no product of a group
    EXPECT_EQ(widths(64, 1, 8, 8).tensor, 8.0);
    EXPECT_EQ(widths(64, 1, 8, 8).expert, 8.0);
    EXPECT_EQ(widths(1, 64, 8, 8).data, 8.0);
    EXPECT_EQ(widths(1, 8, 1, 8).data, 8.0);
    EXPECT_EQ(widths(1, 8, 1, 8).tensor, 8.0);
    EXPECT_EQ(widths(4, 4, 1, 16).tensor, 4.0);
    EXPECT_EQ(widths(4, 4, 1, 16).data, 1.0);
    EXPECT_EQ(widths(16, 1, 1, 16).tensor, 16.0);
}

TEST(CheckpointFormats, FollowWhatIsReleased) {
    StackedDevices devices{catalog()};
    const KernelDevice& h100 = devices.get("h100_sxm", "vllm").device;
    const KernelDevice& b200 = devices.get("b200_sxm", "vllm").device;
    const auto formats = [&](const char* model, const char* format, const KernelDevice& device) {
        const CatalogEntry& entry = *find_model(catalog(), model);
        return checkpoint_formats(entry, read_shape(entry), format, format, device);
    };
    // MXFP4 experts, everything else in 16 bits; widened in the kernel where there is no datapath.
    const TensorFormats oss = formats("openai/gpt-oss-120b", "nvfp4", h100);
    EXPECT_EQ(oss.experts.weights, NumberFormat::kFp4);
    EXPECT_EQ(oss.experts.inputs, NumberFormat::kBf16);
    EXPECT_EQ(oss.attention.weights, NumberFormat::kBf16);
    EXPECT_EQ(formats("openai/gpt-oss-120b", "nvfp4", b200).experts.inputs, NumberFormat::kFp4);
    EXPECT_EQ(formats("deepseek-ai/DeepSeek-R1", "nvfp4", b200).attention.weights,
              NumberFormat::kBf16);
    EXPECT_EQ(formats("meta-llama/Llama-3.1-70B", "nvfp4", b200).attention.weights,
              NumberFormat::kFp4);
    EXPECT_EQ(formats("moonshotai/Kimi-K2.5", "int4_wo", b200).mlp.weights, NumberFormat::kBf16);
    EXPECT_EQ(formats("Qwen/Qwen3-32B", "", h100).mlp.weights, NumberFormat::kBf16);
}

TEST(ServedModel, StepsGrowWithEveryLoad) {
    StackedDevices devices{catalog()};
    const StackedDevice& on = devices.get("h100_sxm", "vllm", "vllm");
    ASSERT_EQ(on.problem, "");
    const ServedModel model{on, shape_of("meta-llama/Llama-3.1-70B", {.tensor = 4.0})};
    const auto step = [&](const StepLoad& load) { return model.time(load).seconds; };
    EXPECT_LT(step({.sequences = 1.0, .context = 1000.0}),
              step({.sequences = 64.0, .context = 1000.0}));
    EXPECT_LT(step({.sequences = 64.0, .context = 1000.0}),
              step({.sequences = 64.0, .context = 8000.0}));
    EXPECT_LT(step({.prefill_tokens = 1024.0, .prefill_context = 512.5}),
              step({.prefill_tokens = 8192.0, .prefill_context = 512.5}));
    EXPECT_LT(step({.prefill_tokens = 1024.0, .prefill_context = 512.5}),
              step({.prefill_tokens = 1024.0,
                    .prefill_context = 512.5,
                    .sequences = 64.0,
                    .context = 1000.0}));
    // No step is faster than its weights can be read.
    EXPECT_GT(step({.sequences = 1.0, .context = 1.0}),
              model.weight_bytes() * 0.9 / on.device.memory_bandwidth);
}

TEST(ServedModel, WeightsLeaveLessRoomForKeysOnFewerDevices) {
    StackedDevices devices{catalog()};
    const StackedDevice& on = devices.get("h100_sxm", "vllm", "vllm");
    const auto tokens = [&](double tensor) {
        return ServedModel{on, shape_of("meta-llama/Llama-3.1-70B", {.tensor = tensor})}.kv_tokens(
            2048.0);
    };
    EXPECT_EQ(tokens(1.0), 0.0);  // 141 GB of weights
    EXPECT_GT(tokens(4.0), 2.0 * tokens(2.0));
    EXPECT_GT(tokens(8.0), tokens(4.0));
}

TEST(Forecast, FirstTokenTakesAPrefillAndMoreClientsTakeLonger) {
    const ServingForecast few = forecast(point_of("h100_sxm", "Qwen/Qwen3-32B", 4.0));
    const ServingForecast many = forecast(point_of("h100_sxm", "Qwen/Qwen3-32B", 64.0));
    EXPECT_GT(few.ttft, 0.02);
    EXPECT_LT(few.ttft, many.ttft);
    EXPECT_LT(few.tpot, many.tpot);
    EXPECT_EQ(forecast(point_of("h100_sxm", "Qwen/Qwen3-32B", 4.0)).ttft, few.ttft);
}

// Every accelerator that states a matrix rate and a memory serves, its data sheet alone known.
TEST(Forecast, AnyCataloguedAcceleratorServesAModel) {
    int served = 0;
    int alone = 0;
    for (const CatalogEntry* entry : catalog().entries("accelerators")) {
        const SourcedNumber* bandwidth = entry->number("memory_bandwidth");
        const SourcedNumber* capacity = entry->number("memory_capacity");
        const bool large = bandwidth != nullptr && capacity != nullptr &&
                           capacity->points.back().value >= 16e9 &&
                           entry->number("peak.bf16") != nullptr;
        if (!large) {
            continue;
        }
        ServingPoint point = point_of(entry->id, "meta-llama/Llama-3.1-8B-Instruct", 4.0);
        point.output = 16.0;
        ServingForecast f = forecast(point);
        if (!f.problem.empty()) {  // four need a link
            EXPECT_NE(f.problem.find("link"), std::string::npos) << entry->id << " " << f.problem;
            ++alone;
            point.sharding.tensor = 1.0;
            f = forecast(point);
        }
        EXPECT_EQ(f.problem, "") << entry->id;
        EXPECT_TRUE(std::isfinite(f.ttft) && f.ttft > 1e-4 && f.ttft < 100.0)
            << entry->id << " " << f.ttft;
        EXPECT_TRUE(std::isfinite(f.tpot) && f.tpot > 1e-5 && f.tpot < 5.0)
            << entry->id << " " << f.tpot;
        ++served;
    }
    EXPECT_GE(served, 30);
    EXPECT_LE(alone, 8);
}

TEST(Forecast, PoolsOfUnstatedSizeKeepUp) {
    ServingPoint point = point_of("h100_sxm", "deepseek-ai/DeepSeek-R1", 512.0);
    point.stack = "sglang";
    point.linear = point.experts = "fp8";
    point.output = 1024.0;
    point.sharding = point.decode_sharding = {.tensor = 16.0, .expert = 16.0};
    point.prefill_engines = 1;
    point.engines_stated = false;
    StackedDevices devices{catalog()};
    const StackedDevice& on = device_of(devices, catalog(), point);
    const CatalogEntry& model = *find_model(catalog(), point.model);
    const ServingPoint settled = with_engines(point, on, model);
    const ServedModel decode = PointModel{settled, on, model}.decode();
    const double each = std::ceil(512.0 / settled.decode_engines);
    EXPECT_LE(decode.time({.sequences = each, .context = 1536.0}).seconds, kTokenTime);
    EXPECT_GE(settled.prefill_engines, 1);
    EXPECT_EQ(with_engines(settled, on, model).decode_engines, settled.decode_engines);
}

TEST(BatchRun, LlamaCppTakesOneSequenceWhateverItsBatch) {
    StackedDevices devices{catalog()};
    const StackedDevice& on = devices.get("Nvidia A100 GPU", "llama-cpp", "llama-cpp");
    const CatalogEntry& model = *find_model(catalog(), "meta-llama/Llama-2-7b-hf");
    BatchRun run;
    run.framework = "llama.cpp";
    run.length = 512.0;
    run.batch = 16.0;
    const BatchForecast sixteen = forecast_batch(run, on, model);
    run.batch = 64.0;
    const BatchForecast many = forecast_batch(run, on, model);
    run.batch = 1.0;
    const BatchForecast one = forecast_batch(run, on, model);
    EXPECT_NEAR(many.latency / sixteen.latency, 1.0, 0.1);
    EXPECT_GT(one.latency, 1.7 * many.latency);  // the prompt token by token
    run.devices = 4.0;
    EXPECT_LT(forecast_batch(run, on, model).latency, one.latency);  // follow each other
    EXPECT_NEAR(one.throughput, 1024.0 / one.latency, 1e-9);
}

TEST(PublishedRows, NamesAndNumbersAreFoundInText) {
    const auto device = [](const char* text) {
        const CatalogEntry* entry = find_accelerator(catalog(), text);
        return entry == nullptr ? std::string{} : entry->id;
    };
    EXPECT_EQ(device("NVIDIA: DGX-H100_H100-SXM-80GBx8_TRT (NVIDIA H100-SXM-80GB)"), "h100-sxm");
    EXPECT_EQ(device("8 x H800 node, EP32 prefill"), "h800-sxm");
    EXPECT_EQ(device("B200 TP=8"), "b200-sxm");
    EXPECT_EQ(device("a room full of monkeys"), "");
    const auto model = [](const char* text) {
        const CatalogEntry* entry = find_model(catalog(), text);
        return entry == nullptr ? std::string{} : entry->id;
    };
    EXPECT_EQ(model("llama2-70b-99.9"), "llama-2-70b");
    EXPECT_EQ(model("llama3_1-405b"), "llama-3.1-405b");
    EXPECT_EQ(model("gptj-99.9"), "gpt-j-6b");
    EXPECT_EQ(model("Kimi-K2-Instruct"), "kimi-k2");
    EXPECT_EQ(model("zai-org/GLM-5-FP8"), "glm-5");
    EXPECT_EQ(model("nvidia/DeepSeek-R1-0528-FP4-v2"), "deepseek-v3");
    EXPECT_EQ(model("mistralai/Mistral-7B-v0.1"), "");
    EXPECT_EQ(model("eliza"), "");
    EXPECT_EQ(number_in("~294 (OpenOrca mean)", 0.0), 294.0);
    EXPECT_EQ(number_in("avg KV length 4,989", 0.0), 4989.0);
    EXPECT_EQ(number_in("(56.3 % on-disk KV hits)", 0.0), 56.3);
    EXPECT_EQ(number_in("608e9", 0.0), 608e9);
    EXPECT_EQ(number_in("unknown", 7.0), 7.0);
}

}  // namespace
}  // namespace wafercast
