#include "session/calibrate.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "kernels/catalog_device.hpp"
#include "math/math.hpp"
#include "session/calibration_fit.hpp"
#include "session/calibration_overlay.hpp"
#include "validation/served_model.hpp"
#include "validation/suites.hpp"

namespace wafercast {
namespace {

constexpr std::array<std::string_view, 3> kBounds{"launch-bound", "memory-bound", "compute-bound"};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Everything that is read before a fit.
struct Input {
    const ValidationSuite* suite = nullptr;
    KernelRows read;
    CalibrationTask task;
    std::vector<std::string> devices, stacks;
    std::vector<std::string> families;  ///< of the devices
    std::string like, family;
    std::string left_out;  ///< a sentence; empty: nothing was
};

Failure at_option(const std::string& option, std::string message) {
    return {.code = "calibrate.option",
            .message = std::move(message),
            .where = {.file = option, .line = 0, .column = 0}};
}

/// A problem of a row's device. @param column  that names it
Failure at_row(const ReferenceTable& table, std::size_t row, const std::string& column,
               std::string message) {
    const auto& places = table.rows[row].places;
    const auto place = places.find(column);
    return {.code = "calibrate.row",
            .message = std::move(message),
            .where = {.file = table.file,
                      .line = table.rows[row].line,
                      .column = place == places.end() ? 1 : place->second}};
}

/// The column that names a row's device.
std::string device_column(const ReferenceTable& table) {
    const auto& columns = table.columns;
    const bool hardware = std::find(columns.begin(), columns.end(), "hardware") != columns.end();
    return hardware ? "hardware" : "system";
}

std::string with_stop(std::string sentence) {
    return sentence.ends_with('.') || sentence.ends_with('?') ? sentence : sentence + ".";
}

const ValidationSuite* suite_of(const CalibrateOptions& options, Failures& problems) {
    const ValidationSuite* suite =
        options.suite.empty() ? suite_of_file(options.data) : find_suite(options.suite);
    if (suite != nullptr && kernel_rows_reader(suite->name) != nullptr) {
        return suite;
    }
    std::vector<std::string> names;
    std::string all;
    for (const ValidationSuite& each : validation_suites()) {
        if (kernel_rows_reader(each.name) != nullptr) {
            names.emplace_back(each.name);
            all += (all.empty() ? "" : ", ") + std::string{each.name};
        }
    }
    const std::string hint = nearest(lower(options.suite), names);
    problems.push_back(at_option(
        options.suite.empty() ? options.data.string() : "--suite",
        options.suite.empty()
            ? "its name tells no suite of kernels; name one with --suite: " + all + "."
            : "no suite of kernels '" + options.suite + "'" +
                  (hint.empty() ? "; there are " + all + "." : "; did you mean '" + hint + "'?")));
    return nullptr;
}

/// Rows of one device need not name it.
void name_device(ReferenceTable& table, const std::string& device) {
    const std::string column = device_column(table);
    if (std::find(table.columns.begin(), table.columns.end(), column) == table.columns.end()) {
        table.columns.emplace_back(column);
    }
    for (auto& row : table.rows) {
        std::string& cell = row.cells[column];
        cell = cell.empty() ? device : cell;
    }
}

std::string listed(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) {
        all += (all.empty() ? "" : ", ") + name;
    }
    return all;
}

template <class T>
std::size_t index_of(std::vector<T>& all, const T& one) {
    const auto found = std::find(all.begin(), all.end(), one);
    if (found != all.end()) {
        return static_cast<std::size_t>(found - all.begin());
    }
    all.push_back(one);
    return all.size() - 1;
}

/// Leaves the rows of one device; those of others are counted.
void take_rows_of(const CatalogEntry& device, const Catalog& catalog, Input& input,
                  Failures& problems) {
    std::vector<std::string> others;
    const auto is_other = [&](const KernelRow& row) {
        const CatalogEntry* entry = find_accelerator(catalog, row.system);
        const bool other =
            entry == nullptr ? lower(row.system) != lower(device.id) : entry->id != device.id;
        if (other) {
            index_of(others, row.system);
        }
        return other;
    };
    const std::size_t left_out = std::erase_if(input.read.rows, is_other);
    if (left_out == 0) {
        return;
    }
    if (input.read.rows.empty()) {
        problems.push_back(at_option("--device", "no row names " + device.id +
                                                     " or an alias of it; the rows are of " +
                                                     listed(others) + "."));
        return;
    }
    input.left_out =
        std::to_string(left_out) + " rows of other devices (" + listed(others) + ") were left out.";
}

/// Every device of the rows that the catalog lacks, once.
void find_unknown_devices(const Catalog& catalog, const ReferenceTable& table, Failures& problems) {
    const std::string column = device_column(table);
    std::vector<std::string> seen;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        const auto cell = table.rows[r].cells.find(column);
        if (cell == table.rows[r].cells.end() ||
            std::find(seen.begin(), seen.end(), cell->second) != seen.end()) {
            continue;
        }
        seen.push_back(cell->second);
        if (find_accelerator(catalog, cell->second) == nullptr) {
            const auto entry = catalog.require("accelerators", cell->second);
            problems.push_back(at_row(table, r, column,
                                      with_stop(entry.error().front().message) +
                                          " Give its data sheet with --catalog FILE, or take the "
                                          "rows of one device with --device ID."));
        }
    }
}

/// The devices of the rows and their families.
std::vector<std::string> find_devices(const Catalog& catalog, Input& input) {
    std::vector<std::string> families;
    std::map<std::string, std::size_t> known;  // by the name that rows use
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> slots;
    for (const KernelRow& row : input.read.rows) {
        auto found = known.find(row.system);
        if (found == known.end()) {
            const CatalogEntry& entry = *find_accelerator(catalog, row.system);
            const std::size_t at = index_of(input.devices, entry.id);
            index_of(families, std::string{entry.text("family")});
            found = known.emplace(row.system, at).first;
        }
        const std::size_t stack = index_of(input.stacks, row.stack);
        const auto slot = slots.emplace(std::pair{found->second, stack}, slots.size());
        if (slot.second) {
            auto device = catalog_device(catalog, input.devices[found->second]);
            input.task.slots.push_back({device ? *device : KernelDevice{}, stack});
        }
        input.task.slot_of_row.push_back(slot.first->second);
    }
    return families;
}

/// "nvidia-hopper-calibrated", with a number behind it when there is one already.
std::string unused_id(const Catalog& catalog, const std::string& like) {
    const std::string mark = "-calibrated";
    const std::size_t at = like.rfind(mark);
    const std::string base = (at == std::string::npos ? like : like.substr(0, at)) + mark;
    std::string id = base;
    for (int n = 2; catalog.find("families", id) != nullptr; ++n) {
        id = base + "-" + std::to_string(n);
    }
    return id;
}

/// Which family to start from and what to call the new one.
void name_families(const Catalog& catalog, const CalibrateOptions& options, Input& input,
                   Failures& problems) {
    const std::vector<std::string>& families = input.families;
    input.like = options.like;
    if (input.like.empty() && families.size() == 1) {
        input.like = families.front();
    }
    if (input.like.empty() && families.size() > 1) {
        problems.push_back(at_option(
            "--device", "the rows are of devices of several families (" + listed(families) +
                            "), fitted one at a time; choose a device of " + listed(input.devices) +
                            "; or name the family to start from, for all "
                            "of them, with --like."));
    } else if (input.like.empty() && !families.empty()) {
        problems.push_back(at_option("--like", listed(input.devices) + " states no family; name "
                                                                       "the one to start from."));
    } else if (input.like.empty()) {
        return;  // no device is known
    } else if (const auto found = catalog.require("families", input.like); found) {
        input.like = (*found)->id;
    } else {
        problems.push_back(at_option("--like", with_stop(found.error().front().message)));
    }
    input.family = options.family.empty() ? unused_id(catalog, input.like) : options.family;
}

/// Problems of the options that no row has a say in.
void check_options(const Catalog& catalog, const CalibrateOptions& options, Failures& problems) {
    const std::string& id = options.family;
    const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
    if (!plain) {
        problems.push_back(at_option("--family", "'" + id +
                                                     "' is no id: lower-case letters, "
                                                     "digits, '-', '_' and '.'."));
    } else if (!id.empty() && catalog.find("families", id) != nullptr) {
        problems.push_back(
            at_option("--family", "'" + id + "' is in the catalog; choose a new id."));
    }
    if (options.folds < 0 || options.folds == 1 || options.folds > 100) {
        problems.push_back(at_option("--folds", "0 for none, or 2 to 100."));
    }
}

std::string_view section_of(const MovedConstant& moved) {
    return moved.constant.path.substr(0, moved.constant.path.find('.'));
}

/// What a fit moves: constants that some row answers to, and every other latency of their
/// sections, for latencies have a factor in common.
std::vector<MovedConstant> moved_constants(const CalibrationTask& task,
                                           const std::vector<MovedConstant>& candidates,
                                           bool launch_only) {
    const auto sensitive = sensitive_constants(task, candidates);
    const auto same_path = [](const MovedConstant& a) {
        return [&a](const MovedConstant& b) { return a.path == b.path; };
    };
    std::vector<MovedConstant> moved;
    for (const MovedConstant& candidate : candidates) {
        const bool answered = std::any_of(sensitive.begin(), sensitive.end(), same_path(candidate));
        const bool follows =
            candidate.latency() &&
            std::any_of(sensitive.begin(), sensitive.end(), [&](const MovedConstant& other) {
                return other.latency() && section_of(other) == section_of(candidate);
            });
        if ((answered || follows) && (candidate.latency() || !launch_only)) {
            moved.push_back(candidate);
        }
    }
    return moved;
}

/// What the devices' data sheets lack for their rows, each once with the number of rows.
void find_missing_fields(const Catalog& catalog, const Input& input, Failures& problems) {
    std::map<std::string, std::pair<const CatalogEntry*, std::size_t>> missing;
    for (std::size_t i = 0; i < input.task.rows.size(); ++i) {
        const CalibrationSlot& slot = input.task.slots[input.task.slot_of_row[i]];
        KernelDevice device = slot.device;
        device.constants = &input.task.start[slot.stack];
        const KernelRow& row = input.task.rows[i];
        const CatalogEntry* entry = find_accelerator(catalog, row.system);
        const std::string sentence = missing_for(input.read, row, *entry, device);
        if (!sentence.empty()) {
            auto& found = missing[sentence];
            found.first = entry;
            ++found.second;
        }
    }
    for (const auto& [sentence, found] : missing) {
        problems.push_back({.code = "calibrate.data_sheet",
                            .message = sentence + ", which " + std::to_string(found.second) +
                                       (found.second == 1 ? " row needs." : " rows need."),
                            .where = found.first->where});
    }
}

/// The constants of the starting family by stack, and those that a fit may move. Stacks that no row
/// ran follow those that some did: behind them in `task.start`.
void read_constants(const Catalog& catalog, bool launch_only, Input& input, Failures& problems) {
    std::vector<std::string> stacks = input.stacks;
    for (const std::string& stack : kernel_stacks(catalog, input.like)) {
        index_of(stacks, stack);
    }
    std::vector<MovedConstant> candidates;
    for (std::size_t s = 0; s < stacks.size(); ++s) {
        const auto constants = read_kernel_constants(catalog, input.like, stacks[s]);
        if (!constants) {
            problems.insert(problems.end(), constants.error().begin(), constants.error().end());
            return;
        }
        input.task.start.push_back(*constants);
        for (const NamedConstant& constant : kernel_constants()) {
            const double value = constant.in(input.task.start.back());
            if (!constant.fitted || !(value > 0.0)) {
                continue;
            }
            const std::string path =
                kernel_constant_path(catalog, input.like, stacks[s], constant.path);
            const auto same = std::find_if(candidates.begin(), candidates.end(),
                                           [&](const MovedConstant& m) { return m.path == path; });
            if (same != candidates.end()) {
                same->stacks.push_back(s);
            } else {
                candidates.push_back({constant, path, {s}, value});
            }
        }
    }
    find_missing_fields(catalog, input, problems);
    if (problems.empty()) {
        input.task.moved = moved_constants(input.task, candidates, launch_only);
    }
}

/// The rows that are fitted, their devices and families.
void take_known_rows(const Catalog& catalog, const CatalogEntry* device,
                     const CalibrateOptions& options, Input& input, Failures& problems) {
    if (input.read.rows.empty()) {
        problems.push_back(at_option(options.data.string(), "no row can be predicted."));
        return;
    }
    if (device != nullptr) {
        take_rows_of(*device, catalog, input, problems);
    }
    // Rows of devices that the catalog lacks are problems already.
    std::erase_if(input.read.rows, [&catalog](const KernelRow& row) {
        return find_accelerator(catalog, row.system) == nullptr;
    });
    input.families = find_devices(catalog, input);
    name_families(catalog, options, input, problems);
}

Result<Input> read_input(const Catalog& catalog, const CalibrateOptions& options) {
    Failures problems;
    Input input;
    input.suite = suite_of(options, problems);
    check_options(catalog, options, problems);
    Failures ragged;
    auto table = read_reference_table(options.data, &ragged);
    if (!table) {
        problems.insert(problems.end(), table.error().begin(), table.error().end());
    }
    const CatalogEntry* device = nullptr;
    if (!options.device.empty()) {
        if (const auto found = catalog.require("accelerators", options.device); !found) {
            problems.push_back(at_option("--device", with_stop(found.error().front().message) +
                                                         " Give its data sheet with --catalog "
                                                         "FILE."));
        } else {
            device = *found;
        }
    }
    if (!table || input.suite == nullptr) {
        return problems;
    }
    if (device != nullptr) {
        name_device(*table, device->id);
    } else if (options.device.empty()) {
        find_unknown_devices(catalog, *table, problems);
    }
    auto read = kernel_rows_reader(input.suite->name)(*table);
    const Failures of_file = with_ragged(std::move(ragged), read ? Failures{} : read.error());
    problems.insert(problems.end(), of_file.begin(), of_file.end());
    if (read) {
        input.read = std::move(*read);
        take_known_rows(catalog, device, options, input, problems);
    } else if (!options.like.empty()) {
        name_families(catalog, options, input, problems);
    }
    if (problems.empty()) {
        input.task.rows = input.read.rows;
        input.task.spread = input.read.spread;
        read_constants(catalog, options.launch_only, input, problems);
    }
    if (!problems.empty()) {
        return problems;
    }
    return input;
}

/// The fit of all rows and one without each fold, on as many threads as there are.
class Fits {
public:
    Fits(const CalibrationTask& task, const CalibrateOptions& options, int folds)
        : task_{task},
          options_{options},
          fold_of_{draw_folds(task.rows.size(), folds, options.seed)},
          fits_(static_cast<std::size_t>(folds) + 1) {
        constexpr int kPerVariable = 200;
        constexpr int kMost = 12000;
        evaluations_ = std::min(kMost, kPerVariable * (static_cast<int>(task.moved.size()) + 1));
    }

    /// Runs them. @return false when stopped
    bool run() {
        const unsigned machine = std::max(1U, std::thread::hardware_concurrency());
        const unsigned wanted =
            options_.threads > 0 ? static_cast<unsigned>(options_.threads) : machine;
        const std::size_t threads = std::min<std::size_t>(wanted, fits_.size());
        std::atomic<std::size_t> next{0};
        std::atomic<std::size_t> left{threads};
        {
            std::vector<std::jthread> pool;
            for (std::size_t t = 0; t < threads; ++t) {
                pool.emplace_back([&] {
                    for (std::size_t k = next++; k < fits_.size(); k = next++) {
                        fit(k);
                    }
                    --left;
                });
            }
            watch(left);
        }
        return !stopped_;
    }

    [[nodiscard]] const std::vector<double>& all() const { return fits_.front().values; }
    [[nodiscard]] const std::vector<double>& without(int fold) const {
        return fits_[static_cast<std::size_t>(fold) + 1].values;
    }
    [[nodiscard]] const std::vector<int>& fold_of() const { return fold_of_; }
    [[nodiscard]] int folds() const { return static_cast<int>(fits_.size()) - 1; }

private:
    void fit(std::size_t k) {
        std::vector<bool> used(task_.rows.size());
        for (std::size_t i = 0; i < used.size(); ++i) {
            used[i] = k == 0 || fold_of_[i] != static_cast<int>(k) - 1;
        }
        CalibrationFitOptions fit_options;
        fit_options.evaluations = evaluations_;
        fit_options.launch_only = options_.launch_only;
        fit_options.go_on = [this](int, double) {
            ++done_;
            return !stopped_;
        };
        fits_[k] = fit_calibration(task_, used, fit_options);
        // What a search that ended early did not need counts as done.
        finished_ += static_cast<std::uint64_t>(evaluations_);
    }

    void watch(const std::atomic<std::size_t>& left) {
        using Clock = std::chrono::steady_clock;
        const auto begun = Clock::now();
        const auto total = static_cast<std::uint64_t>(evaluations_) * fits_.size();
        while (left > 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            if (options_.stop && options_.stop()) {
                stopped_ = true;
            }
            if (options_.progress && !stopped_) {
                const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
                CalibrationProgress now;
                now.total = total;
                now.done = std::min(std::max(done_.load(), finished_.load()), total);
                now.per_second = static_cast<double>(done_.load()) / std::max(seconds, 1e-9);
                now.seconds_left =
                    static_cast<double>(now.total - now.done) / std::max(now.per_second, 1e-9);
                options_.progress(now);
            }
        }
    }

    const CalibrationTask& task_;
    const CalibrateOptions& options_;
    std::vector<int> fold_of_;
    std::vector<CalibrationFit> fits_;
    int evaluations_ = 0;
    std::atomic<std::uint64_t> done_{0}, finished_{0};
    std::atomic<bool> stopped_{false};
};

/// A value with four digits, as a person would write it.
double rounded(double value) {
    if (!(value > 0.0)) {
        return value;
    }
    const double scale = std::pow(10.0, 3.0 - std::floor(std::log10(value)));
    return std::round(value * scale) / scale;
}

/// Sums of errors of a group.
struct Sums {
    CalibrationError error;
    void add(double before, double after, double held_out) {
        ++error.rows;
        error.before += std::abs(before);
        error.bias_before += before;
        error.after += std::abs(after);
        error.bias_after += after;
        error.held_out += std::abs(held_out);
        error.bias_held_out += held_out;
    }
    [[nodiscard]] CalibrationError mean(const std::string& name) const {
        CalibrationError e = error;
        e.name = name;
        const auto n = static_cast<double>(std::max<std::size_t>(e.rows, 1));
        for (double* sum :
             {&e.before, &e.after, &e.held_out, &e.bias_before, &e.bias_after, &e.bias_held_out}) {
            *sum /= n;
        }
        return e;
    }
};

/// Predictions of every row by constants that its own fold was not fitted on; empty without folds.
std::vector<CalibratedRow> held_out_rows(const CalibrationTask& task, const Fits& fits) {
    std::vector<CalibratedRow> rows;
    if (fits.folds() < 2) {
        return rows;
    }
    rows.resize(task.rows.size());
    for (int fold = 0; fold < fits.folds(); ++fold) {
        const auto predicted = predict_rows(task, fits.without(fold));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i] = fits.fold_of()[i] == fold ? predicted[i] : rows[i];
        }
    }
    return rows;
}

void measure_errors(const CalibrationTask& task, const std::vector<CalibratedRow>& before,
                    const std::vector<CalibratedRow>& after,
                    const std::vector<CalibratedRow>& held_out, KernelCalibration& found) {
    Sums all;
    std::map<std::string, Sums> groups;
    std::array<Sums, kBounds.size()> bounds;
    for (std::size_t i = 0; i < task.rows.size(); ++i) {
        const KernelRow& row = task.rows[i];
        const auto error = [&row](double seconds) {
            return std::abs(seconds - row.measured) < row.tick / 2.0 ? 0.0
                                                                     : seconds / row.measured - 1.0;
        };
        const double b = error(before[i].seconds);
        const double a = error(after[i].seconds);
        const double h = held_out.empty() ? kNone : error(held_out[i].seconds);
        all.add(b, a, h);
        groups[row.group].add(b, a, h);
        bounds[static_cast<std::size_t>(after[i].bound)].add(b, a, h);
    }
    found.all = all.mean("all");
    for (const auto& [name, sums] : groups) {
        found.by_group.push_back(sums.mean(name));
    }
    for (std::size_t b = 0; b < bounds.size(); ++b) {
        if (bounds[b].error.rows > 0) {
            found.by_bound.push_back(bounds[b].mean(std::string{kBounds[b]}));
        }
    }
}

double quantile(std::vector<double>& values, double share) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}

/// exp of the median |ln(predicted/measured)|.
double median_factor(const CalibrationTask& task, const std::vector<double>& values) {
    const auto predicted = predict_rows(task, values);
    std::vector<double> off;
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        off.push_back(std::abs(log_error(task.rows[i], predicted[i].seconds)));
    }
    return math::exp(quantile(off, 0.5));
}

/// P10 and P90 of measured over predicted of held-out rows, by what bounds them; of all rows where
/// a bound has too few.
KernelSpread learn_spread(const CalibrationTask& task, const std::vector<CalibratedRow>& held_out) {
    constexpr std::size_t kEnough = 20;
    std::array<std::vector<double>, kBounds.size()> ratios;
    std::vector<double> all;
    for (std::size_t i = 0; i < task.rows.size(); ++i) {
        const double ratio = math::exp(-log_error(task.rows[i], held_out[i].seconds));
        all.push_back(ratio);
        ratios[static_cast<std::size_t>(held_out[i].bound)].push_back(ratio);
    }
    KernelSpread spread;
    const std::array<std::pair<double*, double*>, kBounds.size()> ends{
        {{&spread.launch_low, &spread.launch_high},
         {&spread.memory_low, &spread.memory_high},
         {&spread.compute_low, &spread.compute_high}}};
    for (std::size_t b = 0; b < ratios.size(); ++b) {
        std::vector<double> of = ratios[b].size() < kEnough ? all : ratios[b];
        *ends[b].first = rounded(std::min(1.0, quantile(of, 0.1)));
        *ends[b].second = rounded(std::max(1.0, quantile(of, 0.9)));
    }
    return spread;
}

bool at_bound(const MovedConstant& moved, double value) {
    constexpr double kNear = 1e-3;
    const NamedConstant& c = moved.constant;
    return value != moved.start &&
           (value <= c.low * (1.0 + kNear) || value >= c.high * (1.0 - kNear));
}

/// The constants with a range from how much they differ between folds (jackknife).
std::vector<CalibratedConstant> describe(const CalibrationTask& task, const Fits& fits,
                                         const std::vector<double>& values) {
    constexpr double kTenth = 1.2816;  // standard deviations from the median to P10 or P90
    constexpr double kUnknown = 0.2;   // without folds
    constexpr double kLeast = 0.005;
    std::vector<CalibratedConstant> all;
    for (std::size_t i = 0; i < values.size(); ++i) {
        double sigma = kUnknown;
        if (fits.folds() >= 2) {
            double sum = 0.0;
            for (int fold = 0; fold < fits.folds(); ++fold) {
                const double off = math::log(fits.without(fold)[i] / fits.all()[i]);
                sum += off * off;
            }
            sigma = std::max(kLeast, std::sqrt(sum * (fits.folds() - 1) / fits.folds()));
        }
        const MovedConstant& moved = task.moved[i];
        const double factor = math::exp(kTenth * sigma);
        all.push_back({moved.path, std::string{moved.constant.what}, moved.constant.dimension,
                       moved.start, values[i], rounded(values[i] / factor),
                       rounded(values[i] * factor), at_bound(moved, values[i])});
    }
    return all;
}

}  // namespace

Result<KernelCalibration> calibrate(const Session& session, const CalibrateOptions& options) {
    const Catalog& catalog = *session.catalog();
    const auto input = read_input(catalog, options);
    if (!input) {
        return input.error();
    }
    const CalibrationTask& task = input->task;
    KernelCalibration found;
    found.suite = input->suite->name;
    found.file = options.data.string();
    found.quantity = input->read.quantity;
    found.family = input->family;
    found.like = input->like;
    found.devices = input->devices;
    found.stacks = input->stacks;
    found.rows = task.rows.size();
    found.skipped = input->read.skipped;
    found.excluded = input->read.excluded;

    const bool enough =
        options.folds >= 2 && task.rows.size() >= 2 * static_cast<std::size_t>(options.folds);
    Fits fits{task, options, enough ? options.folds : 0};
    if (!fits.run()) {
        found.stopped = true;
        return found;
    }
    std::vector<double> start;
    std::vector<double> values = fits.all();
    for (std::size_t i = 0; i < values.size(); ++i) {
        start.push_back(task.moved[i].start);
        values[i] =
            std::clamp(rounded(values[i]), task.moved[i].constant.low, task.moved[i].constant.high);
    }
    const auto held_out = held_out_rows(task, fits);
    measure_errors(task, predict_rows(task, start), predict_rows(task, values), held_out, found);
    found.median_factor = median_factor(task, values);
    found.constants = describe(task, fits, values);
    found.cross_validated = enough;
    if (input->families.size() > 1) {
        found.notes.emplace_back(
            "The rows are of devices of several families, which share few constants; fit one "
            "family at a time.");
    }
    if (!input->left_out.empty()) {
        found.notes.push_back(input->left_out);
    }
    const auto differs = [](const CalibratedConstant& c) { return c.after != c.before; };
    const auto moved = static_cast<std::size_t>(
        std::count_if(found.constants.begin(), found.constants.end(), differs));
    if (moved > task.rows.size()) {
        found.notes.push_back(std::to_string(moved) + " constants were moved by " +
                              std::to_string(task.rows.size()) +
                              " rows, which cannot tell them apart; --launch-only moves fewer.");
    }
    for (const CalibratedConstant& c : found.constants) {
        if (c.at_bound) {
            found.notes.push_back(c.path + " is at its bound; is the data sheet's peak right?");
        }
    }
    if (!enough) {
        found.notes.emplace_back(
            "Too few rows to hold some out: the error after is on the rows that were fitted.");
    }
    found.spread_learnt = enough && task.spread != nullptr;
    if (found.spread_learnt) {
        found.spread = learn_spread(task, held_out);
    }
    auto overlay = write_calibration(catalog, task, input->stacks, found);
    if (!overlay) {
        return overlay.error();
    }
    found.overlay = std::move(*overlay);
    return found;
}

}  // namespace wafercast
