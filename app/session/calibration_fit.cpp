#include "session/calibration_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "math/math.hpp"
#include "nlopt/least_error.hpp"

namespace wafercast {
namespace {

constexpr double kNoise = 0.05;  ///< of a measured time, and of a model that fits it well

double sigma_of(const MovedConstant& moved) {
    if (moved.latency() || moved.constant.dimension == dimension::information) {
        return 0.3;
    }
    return 0.2;
}

constexpr double kCommonSigma = 1.1;

/// The variables of a fit: first the factor of all latencies, then one of each constant that may
/// move, as logarithms.
struct Variables {
    std::vector<std::size_t> moved;  ///< indices of the constants
    std::vector<double> low, high;
};

Variables variables_of(const CalibrationTask& task, bool launch_only) {
    Variables v;
    constexpr double kFarthest = 3.0;
    v.low.push_back(-kFarthest);
    v.high.push_back(kFarthest);
    for (std::size_t i = 0; i < task.moved.size(); ++i) {
        if (task.moved[i].latency() || !launch_only) {
            v.moved.push_back(i);
            v.low.push_back(-kFarthest * sigma_of(task.moved[i]));
            v.high.push_back(kFarthest * sigma_of(task.moved[i]));
        }
    }
    return v;
}

std::vector<double> values_at(const CalibrationTask& task, const Variables& variables,
                              std::span<const double> at) {
    std::vector<double> values(task.moved.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = task.moved[i].start;
    }
    for (std::size_t k = 0; k < variables.moved.size(); ++k) {
        const MovedConstant& moved = task.moved[variables.moved[k]];
        const double power = at[k + 1] + (moved.latency() ? at[0] : 0.0);
        values[variables.moved[k]] =
            std::clamp(moved.start * math::exp(power), moved.constant.low, moved.constant.high);
    }
    return values;
}

/// Constants and devices that a thread fills in anew for every trial.
class Trial {
public:
    explicit Trial(const CalibrationTask& task) : task_{task}, constants_{task.start} {
        for (const CalibrationSlot& slot : task.slots) {
            devices_.push_back(slot.device);
            devices_.back().constants = &constants_[slot.stack];
        }
    }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;

    void set(const std::vector<double>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            for (const std::size_t stack : task_.moved[i].stacks) {
                task_.moved[i].constant.in(constants_[stack]) = values[i];
            }
        }
    }

    [[nodiscard]] KernelTime time(std::size_t row) const {
        return task_.rows[row].predict(devices_[task_.slot_of_row[row]]);
    }

private:
    const CalibrationTask& task_;
    std::vector<KernelConstants> constants_;
    std::vector<KernelDevice> devices_;
};

}  // namespace

bool MovedConstant::latency() const { return constant.dimension == dimension::time; }

std::vector<CalibratedRow> predict_rows(const CalibrationTask& task,
                                        const std::vector<double>& values) {
    Trial trial{task};
    trial.set(values);
    std::vector<CalibratedRow> rows;
    rows.reserve(task.rows.size());
    for (std::size_t i = 0; i < task.rows.size(); ++i) {
        const KernelTime time = trial.time(i);
        rows.push_back({time.seconds, time.bound()});
    }
    return rows;
}

double log_error(const KernelRow& row, double seconds) {
    if (std::abs(seconds - row.measured) < row.tick / 2.0) {
        return 0.0;
    }
    return math::log(seconds / row.measured);
}

CalibrationFit fit_calibration(const CalibrationTask& task, const std::vector<bool>& used,
                               const CalibrationFitOptions& options) {
    const Variables variables = variables_of(task, options.launch_only);
    Trial trial{task};
    const auto error = [&](std::span<const double> at) {
        trial.set(values_at(task, variables, at));
        double sum = at[0] * at[0] / (2.0 * kCommonSigma * kCommonSigma);
        for (std::size_t k = 0; k < variables.moved.size(); ++k) {
            const double pull = at[k + 1] / sigma_of(task.moved[variables.moved[k]]);
            sum += pull * pull / 2.0;
        }
        for (std::size_t i = 0; i < task.rows.size(); ++i) {
            if (used[i]) {
                const double z = log_error(task.rows[i], trial.time(i).seconds) / kNoise;
                sum += std::sqrt(1.0 + z * z) - 1.0;
            }
        }
        return sum;
    };
    LeastErrorProblem problem{.start = std::vector<double>(variables.low.size(), 0.0),
                              .low = variables.low,
                              .high = variables.high,
                              .error = error};
    if (variables.moved.empty()) {
        problem = {.start = {}, .low = {}, .high = {}, .error = [](auto) { return 0.0; }};
    }
    LeastErrorOptions search;
    search.evaluations = options.evaluations;
    search.go_on = options.go_on;
    const LeastError least = least_error(problem, search);
    CalibrationFit fit;
    fit.values =
        values_at(task, variables, least.at.empty() ? std::vector<double>(1, 0.0) : least.at);
    fit.stopped = least.stopped;
    return fit;
}

std::vector<MovedConstant> sensitive_constants(const CalibrationTask& task,
                                               const std::vector<MovedConstant>& candidates) {
    constexpr double kNudge = 1.05;
    constexpr double kSeen = 1e-6;
    CalibrationTask all = task;
    all.moved = candidates;
    std::vector<double> values;
    for (const MovedConstant& candidate : candidates) {
        values.push_back(candidate.start);
    }
    const auto base = predict_rows(all, values);
    std::vector<MovedConstant> sensitive;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        bool seen = false;
        for (const double factor : {kNudge, 1.0 / kNudge}) {
            if (seen) {
                break;
            }
            auto nudged = values;
            nudged[i] *= factor;
            const auto there = predict_rows(all, nudged);
            for (std::size_t r = 0; r < there.size() && !seen; ++r) {
                seen = std::abs(there[r].seconds - base[r].seconds) > kSeen * base[r].seconds;
            }
        }
        if (seen) {
            sensitive.push_back(candidates[i]);
        }
    }
    return sensitive;
}

std::vector<int> draw_folds(std::size_t rows, int parts, std::uint64_t seed) {
    std::vector<std::size_t> order(rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = rows; i > 1; --i) {
        const auto j = static_cast<std::size_t>(math::uniform(seed, i) * static_cast<double>(i));
        std::swap(order[i - 1], order[std::min(j, i - 1)]);
    }
    std::vector<int> fold(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        fold[order[i]] = static_cast<int>(i % static_cast<std::size_t>(std::max(parts, 1)));
    }
    return fold;
}

}  // namespace wafercast
