#include "validation/kernel_suite.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "validation/served_model.hpp"

namespace wafercast {
namespace {

struct NamedReader {
    std::string_view suite;
    ReadKernelRows read;
};

constexpr std::array kReaders{
    NamedReader{"measured_attention_decode", read_decode_attention_rows},
    NamedReader{"measured_attention_prefill", read_prefill_attention_rows},
    NamedReader{"measured_collectives", read_collective_rows},
    NamedReader{"measured_gemm", read_gemm_rows},
    NamedReader{"measured_gemm_trtllm", read_trtllm_gemm_rows},
    NamedReader{"measured_llmcompass_ops", read_llmcompass_rows},
    NamedReader{"measured_mla_decode", read_decode_latent_attention_rows},
    NamedReader{"measured_mla_prefill", read_prefill_latent_attention_rows},
    NamedReader{"measured_moe", read_experts_rows},
};

/// In the order of KernelBound.
constexpr const char* kRegimes[] = {"launch", "memory", "compute"};

/// The step of a device's event timer that some runs show, and the times that it matters for [s].
constexpr double kTimerStep = 2.048e-6, kShort = 30e-6;
/// Share of short times on the grid that shows it, nearness to the grid in steps, times needed. A
/// free timer has a share of 0.1 there.
constexpr double kShareOnGrid = 0.6, kNear = 0.05;
constexpr std::size_t kTimesNeeded = 20;

/// The resolution that a device's own short times show: kTimerStep when they sit on its multiples,
/// else 0.
double timer_step(const std::vector<double>& seconds) {
    std::size_t on_grid = 0, times = 0;
    for (const double t : seconds) {
        if (t < kShort) {
            const double steps = t / kTimerStep;
            on_grid += std::abs(steps - std::round(steps)) < kNear ? 1 : 0;
            ++times;
        }
    }
    return times >= kTimesNeeded &&
                   static_cast<double>(on_grid) > kShareOnGrid * static_cast<double>(times)
               ? kTimerStep
               : 0.0;
}

struct Band {
    double low = 1.0, high = 1.0;
};

Band band_of(const KernelSpread& spread, KernelBound bound) {
    switch (bound) {
        case KernelBound::kLaunch:
            return {spread.launch_low, spread.launch_high};
        case KernelBound::kMemory:
            return {spread.memory_low, spread.memory_high};
        case KernelBound::kCompute:
            break;
    }
    return {spread.compute_low, spread.compute_high};
}

/// A rate that a device states or does not.
struct Rate {
    std::string name;
    double KernelDevice::*plain = nullptr;    ///< one of these is set
    std::size_t format = kNumberFormatCount;  ///< of a peak
};

/// Rates that the device does not state.
std::vector<Rate> unstated_rates(const KernelDevice& device) {
    std::vector<Rate> rates;
    for (const Rate& rate : {Rate{"memory_bandwidth", &KernelDevice::memory_bandwidth},
                             Rate{"link_bandwidth", &KernelDevice::link_bandwidth},
                             Rate{"boost_clock", &KernelDevice::clock}}) {
        if (device.*rate.plain <= 0.0) {
            rates.push_back(rate);
        }
    }
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        if (device.peak[f] <= 0.0) {
            rates.push_back({"peak." + std::string{kNumberFormatNames[f]}, nullptr, f});
        }
    }
    return rates;
}

/// A device that states the rate, whatever it is.
void state(KernelDevice& device, const Rate& rate) {
    constexpr double kSome = 1e12;
    if (rate.plain != nullptr) {
        device.*rate.plain = kSome;
        return;
    }
    device.peak[rate.format] = kSome;
    if (rate.format == index(NumberFormat::kFp32)) {
        device.vector_rate = kSome;
    }
}

bool states_a_peak(const KernelDevice& device) {
    return std::any_of(device.peak.begin(), device.peak.end(), [](double p) { return p > 0.0; });
}

bool has_time(const KernelRow& row, const KernelDevice& device) {
    const double seconds = row.predict(device).seconds;
    return std::isfinite(seconds) && seconds > 0.0;
}

/// The rates without which the row has no time; where several would do each, all of those.
std::vector<std::string> blamed_rates(const KernelRow& row, const KernelDevice& device) {
    const std::vector<Rate> rates = unstated_rates(device);
    std::vector<std::string> needed, enough;
    for (const Rate& rate : rates) {
        KernelDevice but_this = device;
        KernelDevice with_this = device;
        for (const Rate& other : rates) {
            if (other.name != rate.name) {
                state(but_this, other);
            }
        }
        state(with_this, rate);
        if (!has_time(row, but_this)) {
            needed.push_back(rate.name);
        }
        if (has_time(row, with_this)) {
            enough.push_back(rate.name);
        }
    }
    return needed.empty() ? enough : needed;
}

}  // namespace

std::string missing_for(const KernelRows& read, const KernelRow& row, const CatalogEntry& entry,
                        const KernelDevice& device) {
    std::vector<std::string> missing;
    for (const std::string_view field : read.needs) {
        const bool stated =
            field == "peak" ? states_a_peak(device) : entry.number(field) != nullptr;
        if (!stated) {
            missing.emplace_back(field);
        }
    }
    if (missing.empty()) {
        if (has_time(row, device)) {
            return {};
        }
        missing = blamed_rates(row, device);
    }
    std::string all;
    for (const std::string& field : missing) {
        all += (all.empty() ? "" : ", ") + field;
    }
    return entry.id + (all.empty() ? " states too little to predict it" : " states no " + all);
}

void note_timers(KernelRows& read) {
    std::map<std::string, std::vector<double>> times;
    for (const KernelRow& row : read.rows) {
        times[row.system].push_back(row.measured);
    }
    std::map<std::string, double> steps;
    for (const auto& [system, seconds] : times) {
        steps[system] = timer_step(seconds);
    }
    for (KernelRow& row : read.rows) {
        row.tick = row.measured < kShort ? steps[row.system] : 0.0;
    }
}

ReadKernelRows kernel_rows_reader(std::string_view suite) {
    for (const NamedReader& reader : kReaders) {
        if (reader.suite == suite) {
            return reader.read;
        }
    }
    return nullptr;
}

std::string stack_of(const std::string& backend) {
    return lower(backend.substr(0, backend.find('/')));
}

std::optional<NumberFormat> measured_format(std::string_view text) {
    const std::string name = lower(text);
    if (name == "bfloat16" || name == "bf16" || name == "auto") {
        return NumberFormat::kBf16;
    }
    if (name == "float16" || name == "half" || name == "fp16") {
        return NumberFormat::kFp16;
    }
    if (name == "nvfp4" || name == "mxfp4") {
        return NumberFormat::kFp4;
    }
    if (name.starts_with("fp8") || name.starts_with("float8") || name == "mxfp8" ||
        name == "e4m3" || name == "e5m2") {
        return NumberFormat::kFp8;
    }
    return number_format(name);
}

std::optional<MeasuredFormats> measured_formats(std::string_view text) {
    const std::string name = lower(text);
    const bool four_bits = name.starts_with("w4a");
    const bool weights_only = name.ends_with("_wo");
    MeasuredFormats formats;
    if (name == "sq" || name.starts_with("w8a8")) {
        formats.weights = formats.inputs =
            name.find("fp8") == std::string::npos ? NumberFormat::kInt8 : NumberFormat::kFp8;
        return formats;
    }
    const auto format =
        four_bits ? std::optional{name.find("fp4") == std::string::npos ? NumberFormat::kInt4
                                                                        : NumberFormat::kFp4}
                  : measured_format(name.substr(0, name.rfind("_wo")));
    if (!format) {
        return std::nullopt;
    }
    formats.weights = *format;
    formats.inputs = weights_only ? NumberFormat::kBf16 : *format;
    if (four_bits) {
        formats.inputs = name.starts_with("w4a16")  ? NumberFormat::kBf16
                         : name.starts_with("w4a4") ? NumberFormat::kFp4
                                                    : NumberFormat::kFp8;
    }
    if (*format == NumberFormat::kFp4) {  // 8-bit scales: of 32 elements in MXFP4, 16 in NVFP4
        formats.weight_bits = name.find("mxfp4") == std::string::npos ? 4.5 : 4.25;
    } else if (*format == NumberFormat::kInt4) {  // groups of 128 share a 16-bit scale
        formats.weight_bits = 4.125;
    }
    return formats;
}

Result<SuiteReport> run_kernel_suite(std::string_view suite, const ReferenceTable& table,
                                     const ValidationInputs& inputs) {
    auto read = kernel_rows_reader(suite)(table);
    if (!read) {
        return read.error();
    }
    SuiteReport report;
    report.skipped = std::move(read->skipped);
    report.excluded = std::move(read->excluded);
    StackedDevices devices{*inputs.catalog};
    for (const KernelRow& row : read->rows) {
        const StackedDevice& on = devices.get(row.system, row.stack);
        if (!on.problem.empty()) {
            report.skipped.push_back({row.row, on.problem});
            continue;
        }
        const std::string missing =
            missing_for(*read, row, *find_accelerator(*inputs.catalog, row.system), on.device);
        if (!missing.empty()) {
            report.skipped.push_back({row.row, missing});
            continue;
        }
        const KernelTime time = row.predict(on.device);
        const Band band =
            read->spread == nullptr ? Band{} : band_of(read->spread(on.constants), time.bound());
        double actual = time.seconds;
        if (std::abs(actual - row.measured) < row.tick / 2.0) {
            actual = row.measured;
        }
        report.cases.push_back({row.row, read->quantity, row.group, row.measured / read->unit,
                                actual / read->unit, time.seconds * band.low / read->unit,
                                time.seconds * band.high / read->unit, row.system,
                                kRegimes[static_cast<int>(time.bound())]});
    }
    summarise(report, table.rows.size());
    return report;
}

}  // namespace wafercast
