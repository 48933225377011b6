#include <charconv>

#include "kernels/experts.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

/// Minor version of a `backend` cell "vllm/0.14.0"; other stacks and majors count as recent.
int minor_version(const std::string& backend) {
    const std::string head = "vllm/0.";
    int minor = 1000;
    if (lower(backend).starts_with(head)) {
        std::from_chars(backend.data() + head.size(), backend.data() + backend.size(), minor);
    }
    return minor;
}

/// The benchmark changed with the stack that it measured: before vLLM 0.17 blocks of rows were
/// coarser, and draws of few selections filled the experts in order; before 0.24 Nemotron's experts
/// were run with a gate that the model does not have.
constexpr int kBlocksByTokens = 17;
constexpr int kWithoutGate = 24;
/// The version whose path for one scale per tensor is slow; no other is known to have it.
constexpr int kSlowSingleScale = 24;

bool nemotron(const ExpertsShape& s) {
    return (s.hidden == 2688.0 && s.inner == 1856.0) || s.top_k == 22.0;
}

Routing routing_of(const std::string& distribution) {
    const std::string power = "power_law_";
    Routing routing;
    routing.balanced = distribution == "balanced";
    if (distribution.starts_with(power)) {
        std::from_chars(distribution.data() + power.size(),
                        distribution.data() + distribution.size(), routing.power);
    }
    return routing;
}

/// gpt-oss, whose experts run in a kernel with the activation inside when weights have 4 bits.
bool fused(const std::string& dtype, const ExpertsShape& s) {
    return dtype.starts_with("w4a") && s.hidden == 2880.0 && s.inner == 2880.0;
}

}  // namespace

Result<KernelRows> read_experts_rows(const ReferenceTable& table) {
    Failures problems = missing_columns(
        table, {"system", "backend", "moe_dtype", "num_tokens", "hidden_size", "inter_size", "topk",
                "num_experts", "moe_tp_size", "moe_ep_size", "distribution", "latency_ms"});
    if (!problems.empty()) {
        return problems;
    }
    KernelRows read;
    read.quantity = "latency_ms";
    read.spread = [](const KernelConstants& c) -> const KernelSpread& { return c.experts.spread; };
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        const std::string backend = row.text("backend");
        const std::string dtype = row.text("moe_dtype");
        ExpertsShape shape{.tokens = row.need("num_tokens"),
                           .hidden = row.need("hidden_size"),
                           .inner = row.need("inter_size"),
                           .experts = row.need("num_experts"),
                           .top_k = row.need("topk"),
                           .tensor = row.need("moe_tp_size"),
                           .expert = row.need("moe_ep_size"),
                           .routing = routing_of(row.text("distribution")),
                           .weights_cold = false};
        const auto formats = measured_formats(dtype);
        if (!formats) {
            read.skipped.push_back({i, "no format '" + dtype + "'"});
            continue;
        }
        shape.weights = formats->weights;
        shape.inputs = formats->inputs;
        shape.weight_bits = formats->weight_bits;
        shape.fused = fused(dtype, shape);
        const int minor = minor_version(backend);
        shape.gated = minor < kWithoutGate || !nemotron(shape);
        shape.single_scale = dtype == "fp8" && minor == kSlowSingleScale;
        shape.coarse_blocks = shape.routing.in_order = minor < kBlocksByTokens;
        read.rows.push_back({i, row.text("system"), stack_of(backend),
                             row.text("system") + " " + dtype, 1e-3 * row.need("latency_ms"), 0.0,
                             [shape](const KernelDevice& d) { return experts_time(d, shape); }});
    }
    if (!problems.empty()) {
        return problems;
    }
    note_timers(read);
    return read;
}

}  // namespace wafercast
