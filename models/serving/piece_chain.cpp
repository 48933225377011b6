#include "serving/piece_chain.hpp"

#include <algorithm>
#include <cmath>

#include "math/math.hpp"

namespace wafercast {
namespace {

constexpr int kMostStates = 384;
constexpr int kPromptsDeep = 24;  ///< that may wait
constexpr int kRounds = 400;
constexpr double kSettled = 1e-6;
constexpr std::size_t kFollowed = 64;  ///< steps behind a prompt

/// Units that arrive when `mean` prompts do on average: compound Poisson. @cite panjer-1981
std::vector<double> compound(double mean, const std::vector<double>& prompt, std::size_t most) {
    std::vector<double> units(1, math::exp(-mean));
    double left = 1.0 - units[0];
    for (std::size_t m = 1; m <= most && left > 1e-9; ++m) {
        double sum = 0.0;
        for (std::size_t j = 1; j <= std::min(m, prompt.size()); ++j) {
            sum += static_cast<double>(j) * prompt[j - 1] * units[m - j];
        }
        units.push_back(sum * mean / static_cast<double>(m));
        left -= units.back();
    }
    return units;
}

}  // namespace

PieceChain::PieceChain(Sizes sizes, const std::function<double(double tokens)>& seconds,
                       double rate)
    : sizes_{std::move(sizes)}, rate_{rate} {
    const int deep =
        std::max(kPromptsDeep * static_cast<int>(std::ceil(sizes_.prompt_units)), 4 * sizes_.most);
    const auto states = static_cast<std::size_t>(std::min(deep, kMostStates));
    for (int units = 0; units <= sizes_.most; ++units) {
        seconds_.push_back(seconds(units * sizes_.unit));
        arrivals_.push_back(compound(rate * seconds_.back(), sizes_.prompt, states));
    }
    states_.assign(states + 1, 0.0);
    states_[0] = 1.0;
    for (int i = 0; i < kRounds; ++i) {
        std::vector<double> after = next(states_);
        double change = 0.0;
        for (std::size_t s = 0; s < after.size(); ++s) {
            change += std::abs(after[s] - states_[s]);
        }
        states_.swap(after);
        if (change < kSettled) {
            break;
        }
    }
    mean_ = mean_of(states_);
}

double PieceChain::piece(std::size_t state) const {
    return std::min(static_cast<double>(state), static_cast<double>(sizes_.most));
}

std::vector<double> PieceChain::next(const std::vector<double>& now) const {
    std::vector<double> after(now.size(), 0.0);
    const auto most = static_cast<std::size_t>(sizes_.most);
    const std::size_t last = now.size() - 1;
    for (std::size_t state = 0; state <= last; ++state) {
        if (now[state] < 1e-12) {
            continue;
        }
        const std::size_t taken = std::min(state, most);
        const std::vector<double>& arrive = arrivals_[taken];
        double left = 1.0;
        for (std::size_t units = 0; units < arrive.size() && state - taken + units < last;
             ++units) {
            after[state - taken + units] += now[state] * arrive[units];
            left -= arrive[units];
        }
        after[last] += now[state] * std::max(left, 0.0);
    }
    return after;
}

double PieceChain::mean_of(const std::vector<double>& states) const {
    double mean = 0.0;
    for (std::size_t state = 0; state < states.size(); ++state) {
        mean += states[state] * seconds_[static_cast<std::size_t>(piece(state))];
    }
    return mean;
}

/// A prompt of so many units with so many before it, `elapsed` after it came.
PieceChain::Stay PieceChain::stay_of(double ahead, double own, double elapsed) const {
    const double most = sizes_.most;
    const double work = ahead + own;
    const double whole = std::max(std::ceil(work / most) - 1.0, 0.0);
    const double before = elapsed + whole * seconds_.back();
    // Those behind fill what the last piece leaves.
    const double left = work - whole * most;
    const double waiting = rate_ * before;
    const double any = -math::expm1(-waiting);
    const double room = most - left;
    const double filled =
        any > 0.0 ? any * std::min(room, sizes_.prompt_units * waiting / any) : 0.0;
    const double units = std::min(left + filled, most);
    const auto below = static_cast<std::size_t>(units);
    const std::size_t above = std::min(below + 1, seconds_.size() - 1);
    const double last = seconds_[below] +
                        (units - static_cast<double>(below)) * (seconds_[above] - seconds_[below]);
    return {.seconds = before + last,
            .behind = waiting - filled / sizes_.prompt_units + rate_ * last};
}

PieceChain::Stay PieceChain::prompt_stay() const {
    Stay stay;
    for (std::size_t state = 0; state < states_.size(); ++state) {
        const double step = seconds_[static_cast<std::size_t>(piece(state))];
        const double share = states_[state] * step / mean_;  // of arrivals
        if (share < 1e-9) {
            continue;
        }
        const double left = static_cast<double>(state) - piece(state);
        // Who comes meets longer steps than the mean one.
        const double varied = 1.0 + sizes_.variation / std::max(piece(state), 1.0);
        const double residual = 0.5 * step * (state > 0 ? varied : 1.0);
        // Before it in this step.
        const std::vector<double> came =
            compound(rate_ * residual, sizes_.prompt, states_.size() - 1);
        for (std::size_t units = 0; units < came.size(); ++units) {
            for (std::size_t i = 0; i < sizes_.prompt.size(); ++i) {
                const double chance = share * came[units] * sizes_.prompt[i];
                if (chance > 1e-9) {
                    const Stay one = stay_of(left + static_cast<double>(units),
                                             static_cast<double>(i + 1), residual);
                    stay.seconds += chance * one.seconds;
                    stay.behind += chance * one.behind;
                }
            }
        }
    }
    return stay;
}

/// States where so many prompts wait on average.
std::vector<double> PieceChain::waiting(double prompts) const {
    std::vector<double> states = compound(prompts, sizes_.prompt, states_.size() - 1);
    states.resize(states_.size(), 0.0);
    double sum = 0.0;
    for (const double share : states) {
        sum += share;
    }
    states.back() += std::max(1.0 - sum, 0.0);
    return states;
}

double PieceChain::cleared(double prompts) const {
    std::vector<double> now = waiting(prompts);
    double sum = 0.0;
    for (int i = 0; i < kRounds; ++i) {
        now[0] = 0.0;
        const double step = mean_of(now);
        sum += step;
        if (step < kSettled * sum) {
            break;
        }
        now = next(now);
    }
    return sum;
}

std::vector<double> PieceChain::extra_behind(double prompts) const {
    std::vector<double> now = waiting(prompts);
    std::vector<double> extra;
    double all = 0.0;
    for (std::size_t i = 0; i < kFollowed; ++i) {
        const double more = mean_of(now) - mean_;
        all += more;
        extra.push_back(all);
        if (std::abs(more) < 1e-4 * mean_) {
            break;
        }
        now = next(now);
    }
    return extra;
}

}  // namespace wafercast
