#include "kernels/latent_attention.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

using Predict = KernelTime (*)(const KernelDevice&, const LatentAttentionShape&);

/// `isl` are the tokens a call adds to each sequence, `step` those cached before. Heads are those
/// of the device.
Result<KernelRows> read_rows(const ReferenceTable& table, Predict predict) {
    Failures problems =
        missing_columns(table, {"system", "backend", "mla_dtype", "kv_cache_dtype", "num_heads",
                                "batch_size", "isl", "step", "latency_ms"});
    if (!problems.empty()) {
        return problems;
    }
    KernelRows read;
    read.quantity = "latency_ms";
    read.spread = [](const KernelConstants& c) -> const KernelSpread& {
        return c.latent_attention.spread;
    };
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        const auto inputs = measured_format(row.text("mla_dtype"));
        const auto kv = measured_format(row.text("kv_cache_dtype"));
        if (!inputs || !kv) {
            read.skipped.push_back(
                {i, "no format '" + row.text(inputs ? "kv_cache_dtype" : "mla_dtype") + "'"});
            continue;
        }
        const LatentAttentionShape shape{.sequences = row.whole("batch_size"),
                                         .queries = row.whole("isl"),
                                         .past = row.whole("step", 0.0),
                                         .heads = row.whole("num_heads"),
                                         .inputs = *inputs,
                                         .kv = *kv,
                                         .cold = false};
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

Result<KernelRows> read_prefill_latent_attention_rows(const ReferenceTable& table) {
    return read_rows(table, prefill_latent_attention_time);
}

Result<KernelRows> read_decode_latent_attention_rows(const ReferenceTable& table) {
    return read_rows(table, decode_latent_attention_time);
}

}  // namespace wafercast
