#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>

#include "core/kernels/read_kernel_constants.hpp"
#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "reader/read_catalog.hpp"
#include "register_models.hpp"
#include "registry/model_set.hpp"

namespace wafercast::testing {

inline TransformerSpec llama_2_70b() {
    return {.layers = 80,
            .hidden = 8192,
            .heads = 64,
            .kv_heads = 8,
            .head_dim = 128,
            .ffn = 28672,
            .vocab = 32000,
            .context = 4096};
}

inline TransformerSpec deepseek_v3() {
    return {.layers = 61,
            .hidden = 7168,
            .heads = 128,
            .kv_heads = 128,
            .head_dim = 128,
            .ffn = 18432,
            .vocab = 129280,
            .context = 163840,
            .attention = AttentionKind::kLatent,
            .kv_lora_rank = 512,
            .qk_rope_dim = 64,
            .q_lora_rank = 1536,
            .moe_ffn = 2048,
            .routed_experts = 256,
            .experts_per_token = 8,
            .shared_experts = 1,
            .first_dense_layers = 3};
}

inline const ModelSet& built_in_models() {
    static const ModelSet models = [] {
        ModelSet set;
        register_models(set);
        return set;
    }();
    return models;
}

/// The kernel constants of a family that ships.
inline const KernelConstants& shipped_kernels(const std::string& family = "nvidia-hopper") {
    static std::map<std::string, KernelConstants> read;
    const auto found = read.find(family);
    if (found != read.end()) {
        return found->second;
    }
    const char* root = std::getenv("WAFERCAST_SOURCE_DIR");
    EXPECT_NE(root, nullptr) << "run through ctest, which sets WAFERCAST_SOURCE_DIR";
    const auto catalog =
        read_catalog({std::filesystem::path{root == nullptr ? "." : root} / "data" / "catalog"});
    EXPECT_TRUE(catalog);
    const auto constants = read_kernel_constants(*catalog, family, "");
    EXPECT_TRUE(constants) << constants.error().front().message;
    return read.emplace(family, *constants).first->second;
}

/// An accelerator written by hand: 100 units of 10 TFLOP/s bf16 and 20 TFLOP/s fp8 at 1 GHz, five
/// stacks of 16 GB at 600 GB/s, eight in a server with 400 GB/s links; the host takes no time.
/// Kernels are Hopper's. Tests change what they are about.
class ServingDesign {
public:
    ResolvedTopology topology;
    std::vector<double> scalars;

    Scalar add(double value) {
        scalars.push_back(value);
        return {static_cast<std::uint32_t>(scalars.size() - 1)};
    }
    void set(Scalar scalar, double value) { scalars[scalar.index] = value; }

    static ResolvedBlock block(const char* id, BlockRole role) {
        ResolvedBlock made;
        made.id = id;
        made.role = role;
        return made;
    }

    ServingDesign() {
        ResolvedNode node;
        node.vdd = add(0.8);
        node.energy_scale = add(1.0);
        node.speed_scale = add(1.0);
        node.leakage_density = add(0.05e6);  // 0.05 W/mm2
        topology.nodes = {node};

        ResolvedBlock compute = block("sm", BlockRole::kCompute);
        compute.count = add(120.0);
        compute.calibration_count = 120.0;
        compute.sold_per_count = 100.0 / 120.0;
        compute.rate[index(NumberFormat::kBf16)] = add(10e12);
        compute.rate[index(NumberFormat::kFp8)] = add(20e12);
        compute.rate[index(NumberFormat::kFp32)] = add(0.6e12);
        compute.sram = add(0.25e6);
        ResolvedBlock cache = block("l2", BlockRole::kSram);
        cache.count = add(1.0);
        cache.capacity = add(60e6);
        cache.calibration_capacity = 60e6;
        cache.sold_per_capacity = 50.0 / 60.0;
        topology.blocks = {compute, cache};

        ResolvedDie die;
        die.id = "gpu";
        die.blocks = {0, 1};
        die.count = add(1.0);
        topology.dies = {die};

        ResolvedMemory memory;
        memory.count = add(5.0);
        memory.capacity = add(16e9);
        memory.pin_rate = add(600e9 / 1024.0);
        memory.bus_width = add(1024.0);
        memory.energy = add(8.0 * 5e-12);  // 5 pJ/bit
        memory.static_power = add(2.0);
        topology.package.memory = {memory};

        auto& device = topology.device;
        device.clock = add(1e9);
        device.calibration_clock = 1e9;
        device.power_limit = add(2000.0);
        device.calibration_power_limit = 2000.0;
        device.energy_per_op[index(NumberFormat::kBf16)] = add(0.5e-12);
        device.energy_per_op[index(NumberFormat::kFp8)] = add(0.3e-12);
        device.sram_energy = add(8.0 * 0.1e-12);
        device.wire_energy = add(8.0 * 0.1e-12 / 1e-3);
        device.fabric_vdd = add(0.8);
        device.kernels = shipped_kernels();
        for (Scalar& factor : device.time_factor) {
            factor = add(1.0);
        }
        device.host_overhead_per_step = add(0.0);

        auto& system = topology.system;
        system.present = true;
        system.accelerators_per_server = add(8.0);
        system.scale_up.present = true;
        system.scale_up.bandwidth = add(400e9);
        system.scale_up.latency = add(0.0);
        system.scale_up.energy = add(8.0 * 5e-12);
        system.scale_out = system.scale_up;
        system.scale_out.bandwidth = add(50e9);
        system.server_power = add(4000.0);

        auto& workload = topology.workload;
        workload.present = true;
        workload.model = llama_2_70b();
        set_formats(NumberFormat::kFp8);
        workload.input_tokens = add(1000.0);
        workload.output_tokens = add(201.0);
        topology.serving.batching = built_in_models().batching.find("continuous");
        context.models = &built_in_models();
    }

    /// One format for all tensors.
    void set_formats(NumberFormat format) {
        auto& workload = topology.workload;
        workload.activations = workload.kv = format;
        set_weights(format);
    }
    void set_weights(NumberFormat format) {
        auto& workload = topology.workload;
        workload.weights = workload.attention = workload.experts = workload.head = format;
    }

    Context context;

    [[nodiscard]] ResolvedDesign resolved() const {
        ResolvedDesign design;
        design.topology = std::make_shared<const ResolvedTopology>(topology);
        design.scalars = scalars;
        return design;
    }

    /// One die of 800 mm2: 500 of compute, 300 of cache.
    [[nodiscard]] static Layout layout() {
        PlacedDie die;
        die.area = 800e-6;
        die.width = 0.032;
        die.height = 0.025;
        die.block_area = {500e-6, 300e-6};
        Layout layout;
        layout.dies = {die};
        return layout;
    }

    [[nodiscard]] DeviceRating rating() const {
        return built_in_models().stages.rate_device(resolved(), layout(), context);
    }
    [[nodiscard]] Serving serve() const {
        return built_in_models().stages.serve(resolved(), rating(), context);
    }
};

}  // namespace wafercast::testing
