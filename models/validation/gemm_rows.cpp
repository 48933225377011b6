#include <algorithm>
#include <cmath>

#include "kernels/gemm.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

/// What a measured `gemm_dtype` multiplies. Weight-only kernels keep the input in 16 bits; "sq"
/// (SmoothQuant) multiplies integers that the layer before it has already narrowed. Integer weights
/// of these files have one scale a column.
std::optional<GemmShape> measured_shape(const std::string& dtype) {
    const auto formats = measured_formats(dtype);
    if (!formats) {
        return std::nullopt;
    }
    const bool integer = formats->weights == NumberFormat::kInt4;
    return GemmShape{.weights = formats->weights,
                     .inputs = formats->inputs,
                     .weight_bits = integer ? 0.0 : formats->weight_bits,
                     .weights_cold = false,
                     .narrowed_before = dtype == "sq"};
}

/// How the published collector of a stack fills and rotates its weights: vLLM goes through six
/// layers (one in fp4) whose bf16 and fp8 weights stay as allocated; TensorRT-LLM through random
/// ones, as many as fill the cache but at most five; engines built ahead hold one layer.
void rotate_weights(GemmShape& shape, const std::string& stack, bool engine) {
    const bool fp4 = shape.inputs == NumberFormat::kFp4;
    if (stack == "vllm") {
        shape.weight_copies = fp4 ? 1.0 : 6.0;
        shape.constant_weights = !fp4;
    } else {
        shape.weight_copies = engine ? 1.0 : 5.0;
    }
}

/// Of TensorRT-LLM: copies that fill the device's cache.
double copies_that_fill(const GemmShape& shape, double cache_bytes) {
    const double bits =
        shape.weight_bits > 0.0 ? shape.weight_bits : 8.0 * bytes_per_element(shape.weights);
    const double bytes = std::max(1.0, shape.n * shape.k * bits / 8.0);
    return std::clamp(std::ceil(cache_bytes / bytes), 1.0, 5.0);
}

Result<KernelRows> read_rows(const ReferenceTable& table, bool leave_out_blocks) {
    Failures problems =
        missing_columns(table, {"system", "backend", "gemm_dtype", "m", "n", "k", "latency_ms"});
    if (!problems.empty()) {
        return problems;
    }
    KernelRows read;
    read.quantity = "latency_ms";
    read.spread = [](const KernelConstants& c) -> const KernelSpread& { return c.gemm.spread; };
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        const std::string dtype = row.text("gemm_dtype");
        if (leave_out_blocks && dtype == "fp8_block") {
            read.excluded.push_back({i, "fp8_block rows are left out by the reference"});
            continue;
        }
        auto shape = measured_shape(dtype);
        if (!shape) {
            read.skipped.push_back({i, "no format '" + dtype + "'"});
            continue;
        }
        shape->m = row.whole("m");
        shape->n = row.whole("n");
        shape->k = row.whole("k");
        const std::string stack = stack_of(row.text("backend"));
        // Engines built ahead are timed on a grid of 1.024 us.
        const bool engine = row.text("kernel_source").starts_with("trt_flow");
        rotate_weights(*shape, stack, engine);
        const bool fills = stack == "trtllm" && !engine;
        read.rows.push_back({i, row.text("system"), stack, row.text("system") + " " + dtype,
                             1e-3 * row.above_zero("latency_ms"), engine ? 1.024e-6 : 0.0,
                             [shape = *shape, fills](const KernelDevice& d) {
                                 GemmShape on_device = shape;
                                 if (fills) {
                                     on_device.weight_copies =
                                         copies_that_fill(shape, d.cache_bytes);
                                 }
                                 return gemm_time(d, on_device);
                             }});
    }
    if (!problems.empty()) {
        return problems;
    }
    return read;
}

}  // namespace

Result<KernelRows> read_gemm_rows(const ReferenceTable& table) { return read_rows(table, true); }

Result<KernelRows> read_trtllm_gemm_rows(const ReferenceTable& table) {
    return read_rows(table, false);
}

}  // namespace wafercast
