#include "kernels/gemm.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {

Result<KernelRows> read_gemm_rows(const ReferenceTable& table) {
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
        if (dtype == "fp8_block") {
            read.excluded.push_back({i, "fp8_block rows are left out by the reference"});
            continue;
        }
        const auto format = measured_format(dtype);
        if (!format) {
            read.skipped.push_back({i, "no format '" + dtype + "'"});
            continue;
        }
        const GemmShape shape{.m = row.need("m"),
                              .n = row.need("n"),
                              .k = row.need("k"),
                              .weights = *format,
                              .inputs = *format,
                              .weights_cold = false};
        read.rows.push_back({i, row.text("system"), stack_of(row.text("backend")),
                             row.text("system") + " " + dtype, 1e-3 * row.need("latency_ms"), 0.0,
                             [shape](const KernelDevice& d) { return gemm_time(d, shape); }});
    }
    if (!problems.empty()) {
        return problems;
    }
    return read;
}

}  // namespace wafercast
