#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "serving/simulate.hpp"
#include "validation/accuracy_report.hpp"
#include "validation/inferencex_rows.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

/// Requests of a benchmark run over its clients.
constexpr double kRounds = 10.0;
/// Lengths of varied requests are uniform from this share of the stated one to all of it.
constexpr double kShortest = 0.8;
constexpr double kApartWidening = 2.5;  ///< exponent of a band's bounds with pools apart

double at_least_one(double width) { return width >= 1.0 ? width : 1.0; }

/// Cells of one engine's widths.
StatedWidths read_widths(const RowReader& row, const std::string& prefix) {
    return {.tensor = at_least_one(row.maybe(prefix + "tp_size", 1.0)),
            .data = at_least_one(row.maybe(prefix + "attention_dp_size", 1.0)),
            .expert_tensor = at_least_one(row.maybe(prefix + "moe_tp_size", 1.0)),
            .expert = at_least_one(row.maybe(prefix + "moe_ep_size", 1.0))};
}

TensorFormats formats_of(const ServingPoint& point, const TransformerSpec& spec,
                         const CatalogEntry& model, const KernelDevice& device) {
    TensorFormats f = checkpoint_formats(model, spec, point.linear, point.experts, device);
    const bool narrow = !point.linear.empty() && !point.linear.starts_with("int");
    if (point.stack == "trtllm" && narrow && !spec.is_latent()) {
        f.kv = NumberFormat::kFp8;  // its quantised checkpoints say so
    }
    return f;
}

ServedShape shape_of(const ServingPoint& point, const CatalogEntry& model,
                     const KernelDevice& device, const Sharding& sharding) {
    const TransformerSpec spec = read_shape(model);
    Sharding fitting = sharding;
    if (!spec.is_moe()) {
        fitting.expert = 1.0;
    }
    return {.spec = spec,
            .formats = formats_of(point, spec, model, device),
            .sharding = fitting,
            .expert_imbalance = 1.0};
}

LengthDistribution lengths(double tokens, bool varied) {
    LengthDistribution d;
    d.mean = tokens;
    if (varied) {
        d.kind = LengthDistribution::Kind::kUniform;
        d.mean = tokens * (1.0 + kShortest) / 2.0;
        d.spread = (1.0 - kShortest) / (1.0 + kShortest);
    }
    return d;
}

}  // namespace

Sharding stated_sharding(StatedWidths w) {
    const bool square = w.expert_tensor == w.expert && w.expert > 1.0;
    if (w.data > 1.0 && w.tensor > 1.0) {
        // Equal widths that multiply to that of the experts: one group, whose heads are split.
        if (w.tensor == w.data && w.expert == w.tensor * w.data) {
            return {.tensor = w.tensor, .expert = w.tensor};
        }
        const double devices = w.tensor * w.data;
        return {.tensor = devices, .expert = std::min(w.expert, devices), .data = w.data};
    }
    if (w.data > 1.0) {
        const double devices = square ? w.expert : w.data;
        return {.tensor = devices, .expert = std::min(w.expert, devices), .data = devices};
    }
    const double devices = square && w.expert > 2.0 ? w.expert : w.tensor;
    return {.tensor = devices, .expert = std::min(w.expert, devices)};
}

Result<ServingPoints> read_serving_points(const ReferenceTable& table, const Catalog& catalog) {
    Failures problems =
        missing_columns(table, {"backend", "model_path", "system", "precision", "mode", "isl",
                                "osl", "tp_size", "silicon_ttft_ms", "silicon_tpot_ms", "conc"});
    if (!problems.empty()) {
        return problems;
    }
    ServingPoints read;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        ServingPoint p;
        p.row = i;
        p.system = row.text("system");
        p.stack = stack_of(row.text("backend"));
        p.model = row.text("model_path");
        p.linear = lower(row.text("gemm_quant_mode"));
        p.experts = lower(row.text("moe_quant_mode"));
        p.input = row.need("isl");
        p.output = row.need("osl");
        p.ttft = 1e-3 * row.need("silicon_ttft_ms");
        p.tpot = 1e-3 * row.need("silicon_tpot_ms");
        const bool apart = row.text("mode") == "disagg";
        p.group = p.system + " " + p.stack + (apart ? " disaggregated" : "");
        const bool known = find_model(catalog, p.model) != nullptr;
        if (!known) {
            auto& to = apart ? read.excluded : read.skipped;
            to.push_back({i, "no model '" + p.model + "'"});
            continue;
        }
        // The public benchmark draws lengths; its prompts and answers are 1k or 8k.
        const auto is = [](double tokens) { return tokens == 1024.0 || tokens == 8192.0; };
        p.varied = !row.text("precision").empty() && is(p.input) && is(p.output);
        double batch = row.maybe("batch_size", 0.0);
        if (apart) {
            p.sharding = stated_sharding(read_widths(row, "prefill_"));
            p.decode_sharding = stated_sharding(read_widths(row, "decode_"));
            p.engines_stated = row.maybe("decode_num_workers", 0.0) >= 1.0;
            p.prefill_engines =
                static_cast<int>(at_least_one(row.maybe("prefill_num_workers", 1.0)));
            p.decode_engines = static_cast<int>(at_least_one(row.maybe("decode_num_workers", 1.0)));
            batch = row.maybe("decode_batch_size", 0.0) * p.decode_engines * p.decode_sharding.data;
        } else {
            StatedWidths widths = read_widths(row, "");
            p.concurrency = row.maybe("conc", 0.0);
            const bool unstated = row.text("attention_dp_size").empty();
            if (unstated && widths.tensor > 1.0 && batch > 0.0 &&
                p.concurrency == batch * widths.tensor) {
                widths.data = widths.tensor;  // each device serves its own
                widths.tensor = 1.0;
                p.sharding = {.tensor = widths.data,
                              .expert = std::min(widths.expert, widths.data),
                              .data = widths.data};
            } else {
                p.sharding = stated_sharding(widths);
            }
        }
        p.concurrency = row.maybe("conc", batch);
        if (p.concurrency < 1.0) {
            read.skipped.push_back({i, "no concurrency"});
            continue;
        }
        read.points.push_back(std::move(p));
    }
    if (!problems.empty()) {
        return problems;
    }
    return read;
}

StackedDevice& device_of(StackedDevices& devices, const Catalog& catalog,
                         const ServingPoint& point) {
    const std::string engine = point.engine();
    const CatalogEntry* generic = catalog.find("families", "generic");
    const bool known =
        generic != nullptr && generic->number("stacks." + engine + ".step.budget") != nullptr;
    return devices.get(point.system, point.stack, known ? engine : point.stack);
}

PointModel::PointModel(const ServingPoint& point, const StackedDevice& on,
                       const CatalogEntry& model)
    : together_{on, shape_of(point, model, on.device, point.sharding)} {
    if (point.prefill_engines > 0) {
        decode_.emplace(on, shape_of(point, model, on.device, point.decode_sharding));
    }
}

ServingPoint with_engines(ServingPoint point, const StackedDevice& on, const CatalogEntry& model) {
    if (point.prefill_engines == 0 || point.engines_stated) {
        return point;
    }
    const auto layouts_of = [](const Sharding& stated) {
        std::vector<Sharding> all{stated};
        if (stated.data <= 1.0 && stated.expert > 1.0) {
            all.push_back(stated);
            all.back().data = stated.tensor;
        }
        return all;
    };
    const double context = point.input + point.output / 2.0;
    const auto step = [&](const Sharding& sharding, double each) {
        const ServedModel engine{on, shape_of(point, model, on.device, sharding)};
        const bool fits = engine.kv_tokens(context) >= each * context;
        return fits ? engine.time({.sequences = each, .context = context}).seconds : 1e9;
    };
    double best = 1e9;
    for (const Sharding& sharding : layouts_of(point.decode_sharding)) {
        int engines = 1;
        double seconds = step(sharding, point.concurrency);
        while (seconds > kTokenTime && engines < point.concurrency) {
            ++engines;
            seconds = step(sharding, std::ceil(point.concurrency / engines));
        }
        if (engines * seconds < best) {
            best = engines * seconds;
            point.decode_sharding = sharding;
            point.decode_engines = engines;
        }
    }
    const double rate =
        point.concurrency / (point.output * std::min(best / point.decode_engines, 1.0));
    double fastest = 1e9;
    for (const Sharding& sharding : layouts_of(point.sharding)) {
        const ServedModel engine{on, shape_of(point, model, on.device, sharding)};
        const double prompts = sharding.data;
        const double seconds = engine
                                   .time({.prefill_tokens = prompts * point.input,
                                          .prefill_context = (point.input + 1.0) / 2.0})
                                   .seconds /
                               prompts;
        const bool worth = point.concurrency >= prompts || prompts <= 1.0;
        if (worth && seconds < fastest) {
            fastest = seconds;
            point.sharding = sharding;
        }
    }
    point.prefill_engines = static_cast<int>(std::max(std::ceil(rate * fastest), 1.0));
    return point;
}

StepTime PointModel::time(const StepLoad& load) const {
    return (load.prefill_tokens > 0.0 || !decode_ ? together_ : *decode_).time(load);
}

ServingForecast forecast_point(const ServingPoint& point, const PointModel& model) {
    const StepConstants& c = model.prefill().on().constants.step;
    const KernelDevice& device = model.prefill().on().device;
    SimulationOptions options;
    options.input = lengths(point.input, point.varied);
    options.output = lengths(point.output, point.varied);
    options.arrivals.kind = Arrivals::Kind::kClosed;
    options.arrivals.concurrency = std::floor(point.concurrency + 0.5);
    options.requests = static_cast<std::size_t>(kRounds * options.arrivals.concurrency);
    options.warm_up = 0.0;
    options.staggered = false;
    options.whole = true;
    options.think = c.think;
    ServingPlan& plan = options.plan;
    const double length = options.input.mean + options.output.mean;
    const double data = model.decode().shape().sharding.data;
    plan.prefill = c.chunked > 0.5 ? PrefillMode::kChunked : PrefillMode::kSeparate;
    plan.budget = c.budget * model.prefill().shape().sharding.data;
    plan.most_sequences = c.sequences * data;
    plan.kv_tokens = model.decode().kv_tokens(length);
    plan.admission = c.reserved > 0.5 ? Admission::kReserved : Admission::kOptimistic;
    plan.prefill_engines = point.prefill_engines;
    plan.decode_engines = point.decode_engines;
    if (plan.disaggregated()) {
        // Each device sends its share of a prompt's keys and values over its own network port.
        const ServedShape& shape = model.decode().shape();
        const double link =
            device.scale_out_bandwidth > 0.0 ? device.scale_out_bandwidth : device.link_bandwidth;
        const double bytes =
            sequence_bytes(shape.spec, shape.formats, shape.sharding, point.input) / point.input;
        plan.transfer_per_token = link > 0.0 ? bytes / link : 0.0;
    }
    if (plan.kv_tokens < length) {
        // Such a run was made: the stack found room that this model does not see.
        plan.kv_tokens = 1.1 * length;
    }
    const Simulation run = simulate_serving(model, options);
    if (run.requests == 0) {
        return {.problem = "no request fits the memory"};
    }
    if (!std::isfinite(run.ttft.mean) || !std::isfinite(run.tpot.mean)) {
        return {.problem = "the device states no link between several of it"};
    }
    return {.ttft = run.ttft.mean + c.request + c.per_prompt_token * options.input.mean,
            .tpot = run.tpot.mean,
            .problem = {}};
}

Result<SuiteReport> run_inferencex_suite(const ReferenceTable& table,
                                         const ValidationInputs& inputs) {
    auto read = read_serving_points(table, *inputs.catalog);
    if (!read) {
        return read.error();
    }
    SuiteReport report;
    report.skipped = std::move(read->skipped);
    report.excluded = std::move(read->excluded);
    StackedDevices devices{*inputs.catalog};
    std::vector<const StackedDevice*> on;
    for (const ServingPoint& point : read->points) {
        on.push_back(&device_of(devices, *inputs.catalog, point));
    }
    std::vector<ServingForecast> forecasts(read->points.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < forecasts.size(); i = next++) {
            const ServingPoint& point = read->points[i];
            if (!on[i]->problem.empty()) {
                forecasts[i].problem = on[i]->problem;
                continue;
            }
            const CatalogEntry& entry = *find_model(*inputs.catalog, point.model);
            const ServingPoint settled = with_engines(point, *on[i], entry);
            forecasts[i] = forecast_point(settled, PointModel{settled, *on[i], entry});
        }
    };
    const unsigned threads =
        inputs.threads > 0 ? inputs.threads : std::max(std::thread::hardware_concurrency(), 1U);
    {
        std::vector<std::jthread> workers;
        for (unsigned t = 1; t < threads; ++t) {
            workers.emplace_back(work);
        }
        work();
    }
    for (std::size_t i = 0; i < forecasts.size(); ++i) {
        const ServingPoint& point = read->points[i];
        const ServingForecast& f = forecasts[i];
        if (!f.problem.empty()) {
            report.skipped.push_back({point.row, f.problem});
            continue;
        }
        const StepConstants& c = on[i]->constants.step;
        // Pools hand sequences over, and rows say little of them.
        const double apart = point.prefill_engines > 0 ? kApartWidening : 1.0;
        const double wider = apart * widening(device_class(*inputs.catalog, point.system));
        const auto add = [&](const char* quantity, double expected, double actual, double low,
                             double high) {
            low = std::pow(low, wider);
            high = std::pow(high, wider);
            report.cases.push_back({point.row, quantity, point.group, 1e3 * expected, 1e3 * actual,
                                    1e3 * actual * low, 1e3 * actual * high, point.system});
        };
        add("ttft", point.ttft, f.ttft, c.ttft_low, c.ttft_high);
        add("tpot", point.tpot, f.tpot, c.tpot_low, c.tpot_high);
    }
    summarise(report, table.rows.size());
    return report;
}

}  // namespace wafercast
