#include "evaluate/metric_names.hpp"

#include "core/resolved_design.hpp"
#include "units/units.hpp"

namespace wafercast {

namespace {

namespace dim = dimension;

double mega_token_cost(const Metrics& metrics, Perspective perspective) {
    return metrics.economics.usd_per_mtok[static_cast<std::size_t>(perspective)];
}

/// A sum over kinds of dies.
template <class F>
double over_dies(const Metrics& m, F&& term) {
    double sum = 0.0;
    for (std::size_t i = 0; i < m.silicon.dies.size(); ++i) {
        sum += term(m.layout.dies[i], m.silicon.dies[i]);
    }
    return sum;
}

}  // namespace

const std::vector<MetricInfo>& metric_table() {
    using M = const Metrics&;
    static const std::vector<MetricInfo> table{
        {"token_economics.usd_per_mtok", "usd_per_mtok", "Cost per million tokens", "USD/Mtok",
         dim::money_per_token, true, true, [](M m) { return m.economics.tokens.usd_per_mtok; }},
        {"token_economics.usd_per_mtok_input", "usd_per_mtok_input",
         "Cost per million input tokens", "USD/Mtok", dim::money_per_token, true, true,
         [](M m) { return m.economics.tokens.usd_per_mtok_input; }},
        {"token_economics.usd_per_mtok_output", "usd_per_mtok_output",
         "Cost per million output tokens", "USD/Mtok", dim::money_per_token, true, true,
         [](M m) { return m.economics.tokens.usd_per_mtok_output; }},
        {"token_economics.usd_per_mtok_output_all_in", "usd_per_mtok_output_all_in",
         "All cost per million output tokens", "USD/Mtok", dim::money_per_token, true, true,
         [](M m) { return m.economics.tokens.usd_per_mtok_output_all_in; }},
        {"perspectives.builder.usd_per_mtok", "builder_usd_per_mtok",
         "Builder's cost per million tokens", "USD/Mtok", dim::money_per_token, true, true,
         [](M m) { return mega_token_cost(m, Perspective::kBuilder); }},
        {"perspectives.owner.usd_per_mtok", "owner_usd_per_mtok", "Owner's cost per million tokens",
         "USD/Mtok", dim::money_per_token, true, true,
         [](M m) { return mega_token_cost(m, Perspective::kOwner); }},
        {"perspectives.renter.usd_per_mtok", "renter_usd_per_mtok",
         "Renter's cost per million tokens", "USD/Mtok", dim::money_per_token, true, true,
         [](M m) { return mega_token_cost(m, Perspective::kRenter); }},
        {"perspectives.api.usd_per_mtok", "api_usd_per_mtok", "Posted API price per million tokens",
         "USD/Mtok", dim::money_per_token, true, true,
         [](M m) { return mega_token_cost(m, Perspective::kApi); }},
        {"token_economics.tokens_per_second", "tokens_per_second",
         "Output tokens per second and instance", "tok/s", dim::token / dim::time, false, true,
         [](M m) { return m.economics.tokens.tokens_per_second; }},
        {"token_economics.tokens_per_second_per_accelerator", "tokens_per_second_per_accelerator",
         "Output tokens per second and accelerator", "tok/s", dim::token / dim::time, false, true,
         [](M m) { return m.economics.tokens.tokens_per_second_per_accelerator; }},
        {"token_economics.tokens_per_second_per_user", "tokens_per_second_per_user",
         "Output tokens per second and user", "tok/s", dim::token / dim::time, false, true,
         [](M m) { return m.economics.tokens.tokens_per_second_per_user; }},
        {"token_economics.joules_per_token", "joules_per_token", "Facility energy per output token",
         "J/tok", dim::energy / dim::token, true, true,
         [](M m) { return m.economics.tokens.joules_per_token; }},
        {"token_economics.it_joules_per_token", "it_joules_per_token", "IT energy per output token",
         "J/tok", dim::energy / dim::token, true, true,
         [](M m) { return m.economics.tokens.it_joules_per_token; }},
        {"token_economics.ttft_s", "ttft_s", "Time to first token", "s", dim::time, true, true,
         [](M m) { return m.economics.tokens.ttft_s; }},
        {"token_economics.tpot_s", "tpot_s", "Time per output token", "s", dim::time, true, true,
         [](M m) { return m.economics.tokens.tpot_s; }},
        {"token_economics.accelerators", "accelerators", "Accelerators per instance", "", dim::none,
         true, true, [](M m) { return m.serving.accelerators; }},
        {"token_economics.mfu", "mfu", "Model FLOPs utilisation", "", dim::none, false, true,
         [](M m) { return m.serving.mfu; }},
        {"token_economics.mbu", "mbu", "Model bandwidth utilisation", "", dim::none, false, true,
         [](M m) { return m.serving.mbu; }},
        {"inference.batch", "batch", "Sequences in flight", "", dim::none, false, true,
         [](M m) { return m.serving.batch; }},
        {"inference.prefill_s", "prefill_s", "Prefill of one request", "s", dim::time, true, true,
         [](M m) { return m.serving.prefill_s; }},
        {"inference.decode_step_s", "decode_step_s", "Decode step", "s", dim::time, true, true,
         [](M m) { return m.serving.decode_step_s; }},
        {"accelerator_cost_usd", "accelerator_cost_usd", "Accelerator at builder's cost", "USD",
         dim::money, true, false, [](M m) { return m.economics.accelerator_cost; }},
        {"nre_usd", "nre_usd", "Non-recurring engineering", "USD", dim::money, true, false,
         [](M m) { return m.economics.nre; }},
        {"dies.cost_usd", "die_cost_usd", "Good dies, all kinds, one of each", "USD", dim::money,
         true, false,
         [](M m) {
             return over_dies(m, [](const PlacedDie&, const DieCost& c) { return c.cost; });
         }},
        {"dies.area_mm2", "die_area_mm2", "Die area, all kinds, one of each", "mm2", dim::area,
         true, false,
         [](M m) {
             return over_dies(m, [](const PlacedDie& p, const DieCost&) { return p.area * 1e6; });
         }},
        {"package.cost_usd", "package_cost_usd", "Package with dies and memory", "USD", dim::money,
         true, false, [](M m) { return m.package.total; }},
        {"package.yield", "package_yield", "Assembly and final test yield", "", dim::none, false,
         false, [](M m) { return m.package.yield; }},
        {"device.power_w", "power_w", "Rated power", "W", dim::power, true, false,
         [](M m) { return m.device.power; }},
        {"device.clock_hz", "clock_hz", "Clock", "Hz", dim::frequency, false, false,
         [](M m) { return m.device.clock; }},
        {"device.peak_flops.bf16", "peak_bf16", "Peak bf16 rate", "FLOP/s", dim::operation_rate,
         false, false, [](M m) { return m.device.peak[index(NumberFormat::kBf16)]; }},
        {"device.peak_flops.fp8", "peak_fp8", "Peak fp8 rate", "FLOP/s", dim::operation_rate, false,
         false, [](M m) { return m.device.peak[index(NumberFormat::kFp8)]; }},
        {"device.memory_bytes", "memory_bytes", "Memory capacity", "B", dim::information, false,
         false, [](M m) { return m.device.memory_bytes; }},
        {"device.memory_bytes_per_s", "memory_bytes_per_s", "Memory bandwidth", "B/s",
         dim::bandwidth, false, false, [](M m) { return m.device.memory_bytes_per_s; }},
        {"feasible", "feasible", "Feasible", "", dim::none, false, false,
         [](M m) { return m.feasible() ? 1.0 : 0.0; }},
    };
    return table;
}

const MetricInfo* find_metric(std::string_view name) {
    for (const MetricInfo& metric : metric_table()) {
        if (metric.name == name || metric.column == name) {
            return &metric;
        }
    }
    return nullptr;
}

}  // namespace wafercast
