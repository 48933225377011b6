#include <array>

#include "kernels/collective.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

struct Operation {
    std::string_view name;
    CollectiveKind kind;
};

constexpr std::array kOperations{
    Operation{"all_reduce", CollectiveKind::kAllReduce},
    Operation{"all_gather", CollectiveKind::kAllGather},
    Operation{"reduce_scatter", CollectiveKind::kReduceScatter},
    Operation{"alltoall", CollectiveKind::kAllToAll},
    Operation{"all_to_all", CollectiveKind::kAllToAll},
    Operation{"p2p", CollectiveKind::kPointToPoint},
};

constexpr double kSmall = 65536.0;

/// The libraries are NCCL, RCCL, oneCCL, ...; the custom all-reduces of serving stacks say whether
/// a captured graph ran them. TensorRT-LLM's rows always were.
CollectiveCode code_of(const std::string& kernel, const std::string& stack) {
    const std::string& named = kernel.empty() ? stack : kernel;
    if (lower(named).find("ccl") != std::string::npos) {
        return CollectiveCode::kNccl;
    }
    return kernel.find("eager") != std::string::npos ? CollectiveCode::kCustomEager
                                                     : CollectiveCode::kCustomGraph;
}

}  // namespace

// The size is that of nccl-tests: what a rank holds of an all-reduce or exchange, the whole of what
// is gathered or scattered. At 512 MB the bytes that cross a link, (n-1)/n of it (twice for an
// all-reduce), then come to 0.55 to 0.8 of the link bandwidth for every operation and 2 to 8
// devices; a size per rank would put gathers of 8 at five times the link.
Result<KernelRows> read_collective_rows(const ReferenceTable& table) {
    KernelRows read;
    read.quantity = "latency_ms";
    read.needs = {"link_bandwidth"};
    read.spread = [](const KernelConstants& c) -> const KernelSpread& {
        return c.collective.spread;
    };
    Failures problems = missing_columns(
        table, {"system", "op_name", "num_gpus", "message_size_elements", "latency_ms"});
    if (!problems.empty()) {
        return problems;
    }
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        const std::string operation = row.text("op_name");
        const double ranks = row.whole("num_gpus", 2.0, 1e6);
        const double elements = row.whole("message_size_elements", 1.0, 1e12);
        const double measured = row.above_zero("latency_ms");
        const std::string dtype = row.text("nccl_dtype");
        const auto format = measured_format(dtype.empty() ? "bf16" : dtype);
        const Operation* kind = nullptr;
        for (const Operation& known : kOperations) {
            kind = known.name == operation ? &known : kind;
        }
        if (kind == nullptr || !format) {
            read.skipped.push_back({i, "no such collective or number format"});
            continue;
        }
        CollectiveShape shape;
        shape.kind = kind->kind;
        shape.ranks = ranks;
        shape.element_bytes = bytes_per_element(*format);
        shape.bytes = elements * shape.element_bytes;
        const std::string stack = stack_of(row.text("backend"));
        shape.code = code_of(row.text("kernel_source"), stack);
        const std::string system = row.text("system");
        read.rows.push_back({.row = i,
                             .system = system,
                             .stack = stack,
                             .group = system + (shape.bytes < kSmall ? " < 64 KB" : " >= 64 KB"),
                             .measured = measured * read.unit,
                             .tick = 0.0,
                             .predict = [shape](const KernelDevice& device) {
                                 return collective_time(device, shape);
                             }});
    }
    if (!problems.empty()) {
        return problems;
    }
    return read;
}

}  // namespace wafercast
