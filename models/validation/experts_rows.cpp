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

/// Of public tables: every expert alike, drawn at random, by a power law; "eplb" is the last with
/// hot experts copied until ranks are level.
Routing routing_of(const RowReader& row) {
    const std::string distribution = row.text("distribution");
    const std::string power = "power_law_";
    Routing routing;
    routing.balanced = distribution == "balanced" || distribution.ends_with("_eplb");
    bool known = routing.balanced || distribution == "uniform";
    if (!known && distribution.starts_with(power)) {
        const char* end = distribution.data() + distribution.size();
        const auto read = std::from_chars(distribution.data() + power.size(), end, routing.power);
        known = read.ec == std::errc{} && read.ptr == end && routing.power > 0.0;
    }
    if (!known) {
        row.fail(
            "distribution",
            "'" + distribution +
                "' is none; there are balanced, uniform, power_law_1.2 and power_law_1.2_eplb.");
    }
    return routing;
}

/// gpt-oss, whose experts run in a kernel with the activation inside when weights have 4 bits.
bool fused(const std::string& dtype, const ExpertsShape& s) {
    return dtype.starts_with("w4a") && s.hidden == 2880.0 && s.inner == 2880.0;
}

/// Selections and devices that there are no experts for.
void check_experts(const RowReader& row, const ExpertsShape& shape) {
    if (shape.top_k > shape.experts) {
        row.fail("topk", "'" + row.text("topk") + "' of " + row.text("num_experts") + " experts.");
    }
    if (shape.expert > shape.experts) {
        row.fail("moe_ep_size", "'" + row.text("moe_ep_size") + "' devices share " +
                                    row.text("num_experts") + " experts.");
    }
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
        ExpertsShape shape{.tokens = row.whole("num_tokens"),
                           .hidden = row.whole("hidden_size"),
                           .inner = row.whole("inter_size"),
                           .experts = row.whole("num_experts", 1.0, 65536.0),
                           .top_k = row.whole("topk"),
                           .tensor = row.whole("moe_tp_size"),
                           .expert = row.whole("moe_ep_size"),
                           .routing = routing_of(row),
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
        check_experts(row, shape);
        const int minor = minor_version(backend);
        shape.gated = minor < kWithoutGate || !nemotron(shape);
        shape.single_scale = dtype == "fp8" && minor == kSlowSingleScale;
        shape.coarse_blocks = shape.routing.in_order = minor < kBlocksByTokens;
        read.rows.push_back({i, row.text("system"), stack_of(backend),
                             row.text("system") + " " + dtype, 1e-3 * row.above_zero("latency_ms"),
                             0.0,
                             [shape](const KernelDevice& d) { return experts_time(d, shape); }});
    }
    if (!problems.empty()) {
        return problems;
    }
    note_timers(read);
    return read;
}

}  // namespace wafercast
