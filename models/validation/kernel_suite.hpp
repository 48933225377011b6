#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/kernels/kernel_device.hpp"
#include "validation/reference_table.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// One measured kernel: what ran on which device, and how long it took.
struct KernelRow {
    std::size_t row = 0;
    std::string system;     ///< id or alias of an accelerator
    std::string stack;      ///< "vllm"; of "vllm/0.14.0"
    std::string group;      ///< "h100_sxm bfloat16"
    double measured = 0.0;  ///< [s]
    double tick = 0.0;      ///< resolution of the timer [s]; nearer than half of it is a hit
    std::function<KernelTime(const KernelDevice&)> predict;
};

/// Rows of a table, and those left out with the reason.
struct KernelRows {
    std::string quantity;  ///< the column that `measured` comes from
    double unit = 1e-3;    ///< [s] of that column's unit
    const KernelSpread& (*spread)(const KernelConstants&) = nullptr;
    /// Fields of an accelerator without which no row can be predicted; "peak": any rate of it.
    std::vector<std::string_view> needs{"compute_units", "boost_clock", "memory_bandwidth", "peak"};
    std::vector<KernelRow> rows;
    std::vector<SkippedRow> skipped, excluded;
};

/// Gives the short rows of devices whose own times show a coarse timer its step as their tick.
void note_timers(KernelRows& read);

using ReadKernelRows = Result<KernelRows> (*)(const ReferenceTable& table);

/// The reader of a suite by its name; nullptr when it is no suite of kernels.
ReadKernelRows kernel_rows_reader(std::string_view suite);

Result<KernelRows> read_gemm_rows(const ReferenceTable& table);  ///< leaves `fp8_block` out
Result<KernelRows> read_trtllm_gemm_rows(const ReferenceTable& table);
Result<KernelRows> read_prefill_attention_rows(const ReferenceTable& table);
Result<KernelRows> read_decode_attention_rows(const ReferenceTable& table);
Result<KernelRows> read_prefill_latent_attention_rows(const ReferenceTable& table);
Result<KernelRows> read_decode_latent_attention_rows(const ReferenceTable& table);
Result<KernelRows> read_experts_rows(const ReferenceTable& table);
Result<KernelRows> read_collective_rows(const ReferenceTable& table);
Result<KernelRows> read_llmcompass_rows(const ReferenceTable& table);

/// What a device's data sheet lacks for a row, for a person: "my-card states no link_bandwidth";
/// empty when the row has a time. @param device  with its family's constants
std::string missing_for(const KernelRows& read, const KernelRow& row, const CatalogEntry& entry,
                        const KernelDevice& device);

/// Predicts every row from its device's data sheet and its family's constants.
Result<SuiteReport> run_kernel_suite(std::string_view suite, const ReferenceTable& table,
                                     const ValidationInputs& inputs);

/// A number format as the measured files write it: "bfloat16", "fp8", "nvfp4"; nullopt when none.
std::optional<NumberFormat> measured_format(std::string_view text);

/// What a matrix multiplication of the measured files stores and multiplies.
struct MeasuredFormats {
    NumberFormat weights = NumberFormat::kBf16;
    NumberFormat inputs = NumberFormat::kBf16;
    double weight_bits = 0.0;  ///< with the scales of groups; 0: those of the format
};

/// The formats of a `gemm_dtype` or `moe_dtype` cell: "fp8_block", "int4_wo" (weights only),
/// "w4a16_mxfp4", "w4afp8", "sq" (SmoothQuant); nullopt when it is none.
std::optional<MeasuredFormats> measured_formats(std::string_view text);

/// The stack of a `backend` cell: "vllm/0.14.0" is "vllm".
std::string stack_of(const std::string& backend);

}  // namespace wafercast
