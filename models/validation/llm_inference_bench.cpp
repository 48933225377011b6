#include "validation/llm_inference_bench.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "serving/simulate.hpp"
#include "validation/accuracy_report.hpp"

namespace wafercast {
namespace {

/// llama.cpp evaluates no more tokens of a prompt in one pass.
constexpr double kLargestPiece = 512.0;

/// Stacks of the catalog by the benchmark's names for frameworks, of the year it ran them.
struct Framework {
    std::string_view name;
    const char* kernels;
    const char* engine;
};
constexpr Framework kFrameworks[]{
    {"vllm", "vllm", "vllm-2024"},           {"tensorrt-llm", "trtllm", "trtllm-2024"},
    {"trt-llm", "trtllm", "trtllm-2024"},    {"deepspeed-mii", "deepspeed-mii", "deepspeed-mii"},
    {"llama.cpp", "llama-cpp", "llama-cpp"},
};

Framework framework_of(const std::string& name) {
    const std::string id = lower(name);
    for (const Framework& known : kFrameworks) {
        if (known.name == id) {
            return known;
        }
    }
    return {"", "", ""};
}

ServedShape shape_of(const BatchRun& run, const CatalogEntry& model, const KernelDevice& device,
                     double tensor) {
    const TransformerSpec spec = read_shape(model);
    const std::string format = run.format == "fp16" || run.format == "bf16" ? "" : run.format;
    return {.spec = spec,
            .formats = checkpoint_formats(model, spec, format, format, device),
            .sharding = {.tensor = tensor}};
}

/// Work that steps give the device, summed as they are asked for.
class MeteredModel : public StepCost {
public:
    explicit MeteredModel(const ServedModel& model) : model_{model} {}
    [[nodiscard]] StepTime time(const StepLoad& load) const override {
        const PassKernels& pass = model_.kernels(load);
        flops += pass.flops;
        bytes += pass.bytes;
        return model_.time(load);
    }
    mutable double flops = 0.0, bytes = 0.0;

private:
    const ServedModel& model_;
};

/// Idle power and what operations and traffic cost, up to the limit.
double power_of(const StackedDevice& on, double flops, double bytes, double seconds) {
    const StepConstants& c = on.constants.step;
    const KernelDevice& d = on.device;
    const double idle = c.idle_share * d.power_limit;
    const double rate = c.rate_at_limit * d.peak[index(NumberFormat::kBf16)];
    const double per_op = rate > 0.0 ? (d.power_limit - idle) / rate : 0.0;
    const double switched = (flops * per_op + bytes * c.joules_per_byte) / seconds;
    return std::min(idle + switched, d.power_limit);
}

BatchForecast forecast_one_by_one(const BatchRun& run, const StackedDevice& on,
                                  const CatalogEntry& model) {
    const ServedModel whole{on, shape_of(run, model, on.device, 1.0)};
    const StepConstants& c = on.constants.step;
    const double piece = std::min({run.batch, run.length, kLargestPiece});
    const double pieces = std::ceil(run.length / piece);
    const StepLoad decode{.sequences = 1.0, .context = 1.5 * run.length};
    const StepLoad prompt = piece > 1.0 ? StepLoad{.prefill_tokens = piece,
                                                   .prefill_context = 0.5 * (run.length + piece)}
                                        : StepLoad{.sequences = 1.0, .context = 0.5 * run.length};
    const double step = whole.time(decode).seconds + (run.devices - 1.0) * c.per_sequence;
    const double stage = whole.time(prompt).seconds / run.devices;
    BatchForecast f;
    f.latency = run.length * step + (pieces + run.devices - 1.0) * stage;
    f.throughput = 2.0 * run.length / f.latency;
    const PassKernels decoded = whole.kernels(decode);
    const PassKernels prompted = whole.kernels(prompt);
    f.power = power_of(on, run.length * decoded.flops + pieces * prompted.flops,
                       run.length * decoded.bytes + pieces * prompted.bytes, f.latency);
    return f;
}

}  // namespace

BatchForecast forecast_batch(const BatchRun& run, const StackedDevice& on,
                             const CatalogEntry& model) {
    if (framework_of(run.framework).engine == std::string_view{"llama-cpp"}) {
        return forecast_one_by_one(run, on, model);
    }
    const ServedModel served{on, shape_of(run, model, on.device, run.devices)};
    const MeteredModel metered{served};
    const StepConstants& c = on.constants.step;
    SimulationOptions options;
    options.input.mean = options.output.mean = run.length;
    options.arrivals.kind = Arrivals::Kind::kOffline;
    options.requests = static_cast<std::size_t>(run.batch);
    options.warm_up = 0.0;
    ServingPlan& plan = options.plan;
    plan.prefill = c.chunked > 0.5 ? PrefillMode::kChunked : PrefillMode::kSeparate;
    plan.budget = c.budget;
    plan.most_sequences = c.sequences;
    plan.kv_tokens = served.kv_tokens(2.0 * run.length);
    plan.admission = c.reserved > 0.5 ? Admission::kReserved : Admission::kOptimistic;
    if (plan.kv_tokens < 2.0 * run.length) {
        plan.kv_tokens = 2.2 * run.length;  // it was run: at least one sequence fits
    }
    const Simulation result = simulate_serving(metered, options);
    if (result.requests < options.requests) {
        return {.problem = "the batch does not fit the memory"};
    }
    BatchForecast f;
    f.latency = result.seconds + c.request;
    f.throughput = 2.0 * run.length * run.batch / f.latency;
    f.power = power_of(on, metered.flops, metered.bytes, f.latency);
    return f;
}

Result<SuiteReport> run_llm_inference_bench(const ReferenceTable& table,
                                            const ValidationInputs& inputs, bool power) {
    std::vector<std::string> columns{"hardware", "n_devices",      "framework",
                                     "model",    "in_len=out_len", "batch"};
    columns.insert(columns.end(), {power ? "avg_power_W" : "latency_s",
                                   power ? "J_per_token" : "throughput_tok_s"});
    Failures problems = missing_columns(table, columns);
    if (!problems.empty()) {
        return problems;
    }
    SuiteReport report;
    StackedDevices devices{*inputs.catalog};
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        BatchRun run{.row = i,
                     .system = row.text("hardware"),
                     .framework = row.text("framework"),
                     .model = row.text("model"),
                     .format = lower(row.text("dtype")),
                     .devices = row.need("n_devices"),
                     .length = row.need("in_len=out_len"),
                     .batch = row.need("batch"),
                     .group = row.text("hardware") + " " + row.text("framework")};
        run.format = run.format.empty() ? "fp16" : run.format;
        const CatalogEntry* model = find_model(*inputs.catalog, run.model);
        if (model == nullptr) {
            report.excluded.push_back({i, "no model '" + run.model + "'"});
            continue;
        }
        if (find_accelerator(*inputs.catalog, run.system) == nullptr) {
            report.excluded.push_back({i, "no device '" + run.system + "'"});
            continue;
        }
        const Framework framework = framework_of(run.framework);
        const StackedDevice& on = devices.get(run.system, framework.kernels, framework.engine);
        if (!on.problem.empty()) {
            report.skipped.push_back({i, on.problem});
            continue;
        }
        const BatchForecast f = forecast_batch(run, on, *model);
        if (!f.problem.empty()) {
            report.skipped.push_back({i, f.problem});
            continue;
        }
        const StepConstants& c = on.constants.step;
        const double wider = widening(device_class(*inputs.catalog, run.system));
        const auto add = [&](const char* quantity, double actual, double low, double high) {
            low = std::pow(low, wider);
            high = std::pow(high, wider);
            report.cases.push_back({i, quantity, run.group, row.need(quantity), actual,
                                    actual * low, actual * high, run.system});
        };
        if (power) {
            add("avg_power_W", f.power, c.power_low, c.power_high);
            add("J_per_token", f.power * run.devices / f.throughput, c.power_low * c.tpot_low,
                c.power_high * c.tpot_high);
        } else {
            add("latency_s", f.latency, c.tpot_low, c.tpot_high);
            add("throughput_tok_s", f.throughput, 1.0 / c.tpot_high, 1.0 / c.tpot_low);
        }
    }
    if (!problems.empty()) {
        return problems;
    }
    summarise(report, table.rows.size());
    return report;
}

}  // namespace wafercast
