#include "validation/validation_perf.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "serving/simulate.hpp"
#include "validation/accuracy_report.hpp"

namespace wafercast {
namespace {

constexpr double kServerDevices = 8.0;
constexpr double kSweepClients = 64.0;  ///< the most that public sweeps of one engine offer
constexpr double kPrefillPiece =
    8192.0;                             ///< prompt tokens of one device in a pass of a large group
constexpr double kShortPrompt = 100.0;  ///< a cell with less states no length
constexpr std::size_t kRequests = 1500;
constexpr int kRateSteps = 6;
constexpr double kUnlimited = 1e9;

/// What the rules of a benchmark say.
struct Limits {
    double input = 0.0, output = 0.0, input_spread = 0.0, output_spread = 0.0;
    double longest = 1e6, ttft = kUnlimited, tpot = kUnlimited, beams = 1.0;
    double hit = 0.0;    ///< share of prompt tokens found in a cache
    double group = 0.0;  ///< devices that experts are spread over; 0: not said
    std::string device;
};

using LimitTable = std::map<std::string, Limits>;

std::string limit_key(std::string_view model, std::string_view scenario) {
    return lower(model) + "\n" + lower(scenario);
}

Result<LimitTable> read_limits(const std::filesystem::path& shipped) {
    const auto table = read_reference_table(shipped / "validation" / "serving_limits.csv");
    if (!table) {
        return table.error();
    }
    Failures problems;
    LimitTable limits;
    for (const auto& cells : table->rows) {
        const RowReader row{*table, cells, problems};
        limits[limit_key(row.text("model"), row.text("scenario"))] = {
            .input = row.maybe("input", 0.0),
            .output = row.maybe("output", 0.0),
            .input_spread = row.maybe("input_spread", 0.0),
            .output_spread = row.maybe("output_spread", 0.0),
            .longest = row.maybe("longest", 1e6),
            .ttft = row.maybe("ttft_s", kUnlimited),
            .tpot = row.maybe("tpot_s", kUnlimited),
            .beams = row.maybe("beams", 1.0),
            .hit = row.maybe("hit", 0.0),
            .group = row.maybe("group", 0.0),
            .device = row.text("device")};
    }
    if (!problems.empty()) {
        return problems;
    }
    return limits;
}

/// Beams of a request decode beside each other behind one prompt, whose keys they share.
class BeamModel : public StepCost {
public:
    BeamModel(const ServedModel& model, double beams) : model_{model}, beams_{beams} {}
    [[nodiscard]] StepTime time(const StepLoad& load) const override {
        StepLoad wide = load;
        wide.width *= beams_;
        return model_.time(wide);
    }

private:
    const ServedModel& model_;
    double beams_;
};

/// Requests of a row and the engine that serves them.
struct Load {
    LengthDistribution input, output;
    double ttft = kUnlimited, tpot = kUnlimited, beams = 1.0;
};

LengthDistribution lengths(double mean, double spread, double longest) {
    LengthDistribution d;
    d.kind = spread > 0.0 ? LengthDistribution::Kind::kLognormal : LengthDistribution::Kind::kFixed;
    d.mean = mean;
    d.spread = spread;
    d.longest = longest;
    return d;
}

SimulationOptions options_for(const ServedModel& model, const Load& load) {
    const StepConstants& c = model.on().constants.step;
    SimulationOptions options;
    options.input = load.input;
    options.output = load.output;
    const double data = model.shape().sharding.data;
    ServingPlan& plan = options.plan;
    plan.prefill = c.chunked > 0.5 ? PrefillMode::kChunked : PrefillMode::kSeparate;
    plan.budget = c.budget * data;
    plan.most_sequences = c.sequences * data;
    plan.kv_tokens = model.kv_tokens(load.input.mean + load.beams * load.output.mean);
    return options;
}

/// Output tokens a second of one engine whose queue is never empty.
double offline_rate(const ServedModel& model, const Load& load) {
    SimulationOptions options = options_for(model, load);
    const double length = load.input.mean + load.beams * load.output.mean;
    const double most = std::min(options.plan.kv_tokens / length, options.plan.most_sequences);
    if (most < 1.0) {
        return 0.0;
    }
    options.arrivals.kind = Arrivals::Kind::kClosed;
    options.arrivals.concurrency = std::floor(1.2 * most + 1.0);
    options.requests =
        std::max(kRequests, static_cast<std::size_t>(2.5 * options.arrivals.concurrency));
    return simulate_serving(BeamModel{model, load.beams}, options).tokens_per_second;
}

/// The most output tokens a second at which Poisson arrivals keep both limits at the 99th
/// percentile.
double limited_rate(const ServedModel& model, const Load& load, double offline) {
    SimulationOptions options = options_for(model, load);
    options.arrivals.kind = Arrivals::Kind::kPoisson;
    options.requests = kRequests;
    double good = 0.0;
    double low = 0.0;
    double high = 1.0;
    for (int step = 0; step < kRateSteps; ++step) {
        const double share = step == 0 ? 0.97 : 0.5 * (low + high);
        options.arrivals.rate = share * offline / load.output.mean;
        const Simulation run = simulate_serving(BeamModel{model, load.beams}, options);
        if (run.ttft.p99 <= load.ttft && run.tpot.p99 <= load.tpot) {
            good = share * offline;
            low = share;
        } else {
            high = share;
        }
        if (step == 0 && good > 0.0) {
            break;
        }
    }
    return good;
}

/// Output tokens a second at so many clients.
double closed_rate(const ServedModel& model, const Load& load, double clients) {
    SimulationOptions options = options_for(model, load);
    options.arrivals.kind = Arrivals::Kind::kClosed;
    options.arrivals.concurrency = clients;
    options.requests = static_cast<std::size_t>(6.0 * clients);
    return simulate_serving(model, options).tokens_per_second;
}

std::vector<Sharding> layouts(const TransformerSpec& spec, double devices) {
    std::vector<Sharding> all;
    for (double t = 1.0; t <= std::min(devices, 2.0 * kServerDevices); t *= 2.0) {
        all.push_back({.tensor = t});
        if (spec.is_moe() && t > 1.0) {
            all.push_back({.tensor = t, .expert = t});
            all.push_back({.tensor = t, .expert = t, .data = t});
        }
    }
    return all;
}

class Rows {
public:
    Rows(const ReferenceTable& table, const ValidationInputs& inputs, LimitTable limits)
        : table_{table},
          catalog_{*inputs.catalog},
          limits_{std::move(limits)},
          devices_{catalog_} {}

    SuiteReport run(Failures& problems) {
        SuiteReport report;
        for (std::size_t i = 0; i < table_.rows.size(); ++i) {
            const RowReader row{table_, table_.rows[i], problems};
            reason_.clear();
            excluded_ = false;
            const auto value = predict(row);
            if (!value) {
                (excluded_ ? report.excluded : report.skipped).push_back({i, reason_});
                continue;
            }
            const StepConstants none;
            const StepConstants& c = on_ == nullptr ? none : on_->constants.step;
            const bool time = row.text("unit") == "ms" || row.text("unit") == "s" ||
                              row.text("unit").starts_with("nodes");
            const double wider =
                entry_ == nullptr ? 1.0 : widening(device_class(catalog_, entry_->id));
            const double below = std::pow(c.tpot_low, wider);
            const double above = std::pow(c.tpot_high, wider);
            const double low = time ? below : 1.0 / above;
            const double high = time ? above : 1.0 / below;
            report.cases.push_back({i, "value", group_of(row), row.need("value"), *value,
                                    *value * low, *value * high,
                                    entry_ == nullptr ? std::string{} : entry_->id});
        }
        summarise(report, table_.rows.size());
        return report;
    }

private:
    std::optional<double> none(std::string reason) {
        reason_ = std::move(reason);
        return std::nullopt;
    }

    std::string group_of(const RowReader& row) const {
        const std::string text = row.text("case");
        const std::string scenario = row.text("scenario");
        const std::string device = entry_ == nullptr ? "" : entry_->id + " ";
        const std::string benchmark = text.substr(0, text.find_first_of(" ,("));
        return device + benchmark + (text.starts_with("MLPerf") ? " " + scenario : "");
    }

    /// The device, the model and the formats of a row; false with a reason when one is missing.
    bool set_up(const RowReader& row, const std::string& device) {
        on_ = nullptr;
        entry_ = find_accelerator(catalog_, device);
        if (entry_ == nullptr) {
            excluded_ = true;
            reason_ = "no published specification of '" + device + "' in the catalog";
            return false;
        }
        model_ = find_model(catalog_, row.text("model"));
        if (model_ == nullptr) {
            reason_ = "no model '" + row.text("model") + "'";
            return false;
        }
        const std::string text = lower(row.text("case") + " " + row.text("system"));
        const bool mlperf = text.starts_with("mlperf");
        const bool nvidia = entry_->text("vendor") == "nvidia";
        const std::string stack = text.find("sglang") != std::string::npos ? "sglang"
                                  : text.find("vllm") != std::string::npos ? "vllm"
                                  : nvidia && text.find("inferencemax") != std::string::npos
                                      ? "trtllm"
                                  : mlperf ? (nvidia ? "trtllm" : "vllm")
                                           : "";
        const bool compiled = stack == "trtllm" && mlperf;
        const std::string engine = compiled ? "trtllm-engine" : stack.empty() ? "plain" : stack;
        on_ = &devices_.get(entry_->id, stack, engine);
        if (!on_->problem.empty()) {
            reason_ = on_->problem;
            return false;
        }
        spec_ = read_shape(*model_);
        format_ = format_of(row.text("precision"));
        formats_ = checkpoint_formats(*model_, spec_, format_, format_, on_->device);
        if (stack == "trtllm" && !format_.empty() && !spec_.is_latent()) {
            formats_.kv = NumberFormat::kFp8;
        }
        return true;
    }

    /// The format that a cell names; of several the one the model was released in, else the first.
    [[nodiscard]] std::string format_of(const std::string& cell) const {
        const std::string text = lower(cell);
        const std::string native = lower(model_->text("native_precision"));
        std::string first;
        for (const char* known :
             {"nvfp4", "mxfp4", "fp4", "mx4", "fp8", "int4", "int8", "bf16", "fp16"}) {
            if (text.find(known) == std::string::npos) {
                continue;
            }
            if (native.find(known) != std::string::npos) {
                return plain(known);
            }
            first = first.empty() ? known : first;
        }
        return plain(first.empty() ? native.substr(0, native.find_first_of("/ ")) : first);
    }
    static std::string plain(const std::string& format) {
        return format == "bf16" || format == "fp16" || format == "fp32" ? ""
               : format == "mx4"                                        ? "mxfp4"
                                                                        : format;
    }

    [[nodiscard]] ServedModel served(const Sharding& sharding) const {
        Sharding s = sharding;
        s.expert = spec_.is_moe() ? s.expert : 1.0;
        return ServedModel{*on_, {.spec = spec_, .formats = formats_, .sharding = s}};
    }

    [[nodiscard]] Load load_of(const RowReader& row) const {
        const auto known = limits_.find(limit_key(model_->id, row.text("scenario")));
        Limits limits = known == limits_.end() ? Limits{} : known->second;
        const double input = number_in(row.text("isl_tokens"), 0.0);
        const double output = number_in(row.text("osl_tokens"), 0.0);
        limits.input = input > 0.0 ? input : limits.input > 0.0 ? limits.input : 1024.0;
        limits.output = output > 0.0 ? output : limits.output > 0.0 ? limits.output : 1024.0;
        return {.input = lengths(limits.input, limits.input_spread, limits.longest),
                .output = lengths(limits.output, limits.output_spread, limits.longest),
                .ttft = limits.ttft,
                .tpot = limits.tpot,
                .beams = limits.beams};
    }

    std::optional<double> predict(const RowReader& row) {
        const std::string text = lower(row.text("case"));
        const std::string metric = lower(row.text("metric"));
        const std::string unit = lower(row.text("unit"));
        const std::string scenario = lower(row.text("scenario"));
        if (metric.find("nodes") != std::string::npos) {
            return fleet(row);
        }
        if (!set_up(row, row.text("system"))) {
            return std::nullopt;
        }
        const bool large = unit.find("/node") != std::string::npos;
        if (large && scenario == "prefill") {
            return large_prefill(row);
        }
        if (large && scenario == "decode") {
            return large_decode(row);
        }
        if (unit == "ms" || unit == "s") {
            return step_time(row, unit == "ms" ? 1e3 : 1.0);
        }
        if (unit.starts_with("tok/s/mw")) {
            return per_megawatt(row);
        }
        if (unit.starts_with("tok/s")) {
            if (metric.find("user") != std::string::npos ||
                metric.find("single") != std::string::npos) {
                const auto seconds = step_time(row, 1.0);
                return seconds ? std::optional{1.0 / *seconds} : std::nullopt;
            }
            return throughput(row, text.starts_with("mlperf"));
        }
        return none("no model of '" + row.text("metric") + "' in " + row.text("unit"));
    }

    /// Time of an output token at one client on the stated devices.
    std::optional<double> step_time(const RowReader& row, double unit) {
        const Load load = load_of(row);
        const ServedModel model = served({.tensor = std::max(row.maybe("n_accel", 1.0), 1.0)});
        const double context = load.input.mean + load.output.mean / 2.0;
        return unit * model.time({.sequences = 1.0, .context = context}).seconds;
    }

    std::optional<double> throughput(const RowReader& row, bool searched) {
        const Load load = load_of(row);
        const double devices = std::max(row.maybe("n_accel", 1.0), 1.0);
        const bool stated = row.text("system").find("TP=") != std::string::npos;
        if (stated && !searched) {
            return closed_rate(served({.tensor = devices}), load, kSweepClients);
        }
        double best = 0.0;
        std::vector<std::pair<double, Sharding>> found;
        for (const Sharding& sharding : layouts(spec_, devices)) {
            const double rate = offline_rate(served(sharding), load) * devices / sharding.tensor;
            best = std::max(best, rate);
            found.emplace_back(rate, sharding);
        }
        const bool limited = load.ttft < kUnlimited || load.tpot < kUnlimited;
        if (!limited || best <= 0.0) {
            return best > 0.0 ? std::optional{best} : none("the model does not fit the memory");
        }
        std::sort(found.begin(), found.end(),
                  [](const auto& a, const auto& b) { return a.first > b.first; });
        double most = 0.0;
        for (const auto& [rate, sharding] : found) {
            if (rate <= most) {
                break;  // no faster even without limits
            }
            const double share = devices / sharding.tensor;
            most = std::max(most, share * limited_rate(served(sharding), load, rate / share));
        }
        return most > 0.0 ? std::optional{most} : none("no rate keeps the limits");
    }

    std::optional<double> per_megawatt(const RowReader& row) {
        const SourcedNumber* power = entry_->number("all_in_power");
        if (power == nullptr) {
            return none("no all-in power of this device in the catalog");
        }
        const Load load = load_of(row);
        double best = 0.0;
        for (double tensor = 1.0; tensor <= kServerDevices; tensor *= 2.0) {
            const ServedModel model = served({.tensor = tensor});
            if (model.kv_tokens(load.input.mean + load.output.mean) <
                load.input.mean + load.output.mean) {
                continue;
            }
            best = std::max(best, closed_rate(model, load, kSweepClients) / tensor);
        }
        return best / (power->points.back().value / 1e6);
    }

    /// Devices of a group that experts are spread over: "EP32".
    [[nodiscard]] static double group_width(const RowReader& row, const std::string& scenario) {
        for (const char* column : {"system", "note"}) {
            const std::string text = lower(row.text(column));
            const auto at = text.find("ep");
            if (at != std::string::npos && at + 2 < text.size() &&
                std::isdigit(static_cast<unsigned char>(text[at + 2])) != 0) {
                return number_in(std::string_view{text}.substr(at + 2), kServerDevices);
            }
        }
        return scenario == "prefill" ? 4.0 * kServerDevices : 9.0 * kServerDevices;
    }

    [[nodiscard]] Limits limits_of(const std::string& scenario) const {
        const auto known = limits_.find(limit_key(model_->id, scenario));
        return known == limits_.end() ? Limits{} : known->second;
    }

    /// "(56.3 % on-disk KV hits)" is 0.563.
    static double cache_hits(const std::string& cell) {
        return cell.find('%') != std::string::npos && cell.find("hit") != std::string::npos
                   ? number_in(cell, 0.0) / 100.0
                   : 0.0;
    }

    /// Prompt tokens a second of a node in a large group, those found in a cache counted.
    [[nodiscard]] double prefill_rate(double group, double prompt, double hit) const {
        const ServedModel model = served({.tensor = group, .expert = group, .data = group});
        const StepLoad load{.prefill_tokens = kPrefillPiece * group,
                            .prefill_context = prompt * (hit + (1.0 - hit) / 2.0)};
        const double seconds = model.overlapped(load) + on_->constants.step.host;
        return kServerDevices * kPrefillPiece / seconds / (1.0 - hit);
    }

    /// Tokens a second of a node in a large group: as many sequences as memory and the service's
    /// speed allow; 0: the model does not fit.
    [[nodiscard]] double decode_rate(double group, double context, double limit) const {
        const ServedModel model = served({.tensor = group, .expert = group, .data = group});
        const StepConstants& c = on_->constants.step;
        const double most = std::min(model.kv_tokens(context) / context / group, c.sequences);
        const auto step = [&](double each) {
            return model.overlapped({.sequences = each * group, .context = context}) + c.host +
                   c.per_sequence * each;
        };
        double each = std::floor(most);
        while (each > 1.0 && step(each) > limit) {
            each = std::floor(0.98 * each);
        }
        return each < 1.0 ? 0.0 : kServerDevices * each / step(each);
    }

    std::optional<double> large_prefill(const RowReader& row) const {
        const std::string cell = row.text("isl_tokens");
        const double hit = cache_hits(cell);
        const double stated = number_in(cell, 0.0);
        const double prompt =
            hit > 0.0 || stated < kShortPrompt ? limits_of("prefill").input : stated;
        return prefill_rate(group_width(row, "prefill"), prompt, hit);
    }

    std::optional<double> large_decode(const RowReader& row) {
        const double stated = number_in(row.text("isl_tokens"), 0.0);
        const double context = stated < kShortPrompt ? limits_of("decode").input : stated;
        const bool service = row.text("case").find("production") != std::string::npos;
        const double limit = service ? limits_of("decode").tpot : kUnlimited;
        const double rate = decode_rate(group_width(row, "decode"), context, limit);
        return rate > 0.0 ? std::optional{rate} : none("the model does not fit the memory");
    }

    /// Nodes that a day's tokens need: what the service's prefill and decode groups can do.
    std::optional<double> fleet(const RowReader& row) {
        model_ = find_model(catalog_, row.text("model"));
        if (model_ == nullptr) {
            return none("no model '" + row.text("model") + "'");
        }
        const Limits prefill = limits_of("prefill");
        const Limits decode = limits_of("decode");
        if (prefill.device.empty() || decode.device.empty()) {
            return none("no fleet is known that serves '" + row.text("model") + "'");
        }
        if (!set_up(row, prefill.device)) {
            return std::nullopt;
        }
        const double prompts = prefill_rate(prefill.group, prefill.input, prefill.hit);
        const double answers = decode_rate(decode.group, decode.input, decode.tpot);
        if (answers <= 0.0) {
            return none("the model does not fit the memory");
        }
        constexpr double kDay = 86400.0;
        return number_in(row.text("isl_tokens"), 0.0) / kDay / prompts +
               number_in(row.text("osl_tokens"), 0.0) / kDay / answers;
    }

    const ReferenceTable& table_;
    const Catalog& catalog_;
    LimitTable limits_;
    StackedDevices devices_;
    std::string reason_;
    bool excluded_ = false;
    const CatalogEntry* entry_ = nullptr;
    const CatalogEntry* model_ = nullptr;
    const StackedDevice* on_ = nullptr;
    TransformerSpec spec_;
    std::string format_;
    TensorFormats formats_;
};

}  // namespace

double number_in(std::string_view cell, double fallback) {
    const auto first = cell.find_first_of("0123456789");
    if (first == std::string_view::npos) {
        return fallback;
    }
    std::string digits{cell.substr(first)};
    std::erase(digits, ',');
    double value = fallback;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Result<SuiteReport> run_validation_perf(const ReferenceTable& table,
                                        const ValidationInputs& inputs) {
    Failures problems =
        missing_columns(table, {"case", "system", "n_accel", "model", "precision", "scenario",
                                "isl_tokens", "osl_tokens", "metric", "value", "unit"});
    if (!problems.empty()) {
        return problems;
    }
    auto limits = read_limits(inputs.shipped);
    if (!limits) {
        return limits.error();
    }
    SuiteReport report = Rows{table, inputs, std::move(*limits)}.run(problems);
    if (!problems.empty()) {
        return problems;
    }
    return report;
}

}  // namespace wafercast
