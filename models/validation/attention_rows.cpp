#include <cmath>

#include "kernels/attention.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

using Predict = KernelTime (*)(const KernelDevice&, const AttentionShape&);

/// `isl` are the tokens that a call adds to each sequence, `step` those cached before them: a
/// decode row attends isl + step tokens. A window of 0 or none sees all keys. The measured calls
/// repeat on the same tensors.
Result<KernelRows> read_rows(const ReferenceTable& table, Predict predict) {
    Failures problems = missing_columns(
        table, {"system", "backend", "attn_dtype", "kv_cache_dtype", "batch_size", "isl", "step",
                "num_heads", "num_key_value_heads", "head_dim", "latency_ms"});
    if (!problems.empty()) {
        return problems;
    }
    KernelRows read;
    read.quantity = "latency_ms";
    read.spread = [](const KernelConstants& c) -> const KernelSpread& {
        return c.attention.spread;
    };
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        const auto inputs = measured_format(row.text("attn_dtype"));
        const auto kv = measured_format(row.text("kv_cache_dtype"));
        if (!inputs || !kv) {
            read.skipped.push_back(
                {i, "no format '" + row.text(inputs ? "kv_cache_dtype" : "attn_dtype") + "'"});
            continue;
        }
        const AttentionShape shape{.sequences = row.whole("batch_size"),
                                   .queries = row.whole("isl"),
                                   .past = row.whole("step", 0.0),
                                   .heads = row.whole("num_heads"),
                                   .kv_heads = row.whole("num_key_value_heads"),
                                   .head_dim = row.whole("head_dim"),
                                   .window = row.maybe_whole("window_size", 0.0, 0.0),
                                   .inputs = *inputs,
                                   .kv = *kv,
                                   .cold = false};
        if (shape.heads != shape.kv_heads * std::floor(shape.heads / shape.kv_heads)) {
            row.fail("num_key_value_heads", "'" + row.text("num_key_value_heads") +
                                                "' does not divide the " + row.text("num_heads") +
                                                " heads.");
        }
        read.rows.push_back(
            {i, row.text("system"), stack_of(row.text("backend")),
             row.text("system") + " " + row.text("kv_cache_dtype"),
             1e-3 * row.above_zero("latency_ms"), 0.0,
             [shape, predict](const KernelDevice& d) { return predict(d, shape); }});
    }
    if (!problems.empty()) {
        return problems;
    }
    note_timers(read);
    return read;
}

}  // namespace

Result<KernelRows> read_prefill_attention_rows(const ReferenceTable& table) {
    return read_rows(table, prefill_attention_time);
}

Result<KernelRows> read_decode_attention_rows(const ReferenceTable& table) {
    return read_rows(table, decode_attention_time);
}

}  // namespace wafercast
