#include "yield/harvest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "math/math.hpp"
#include "registry/model_set.hpp"
#include "yield/quadrature.hpp"

namespace wafercast {

namespace {

constexpr int kSummedSpares = 48;  ///< up to here the tail is summed term by term
constexpr double kCertain = 36.0;  ///< -log of what counts as impossible

/// sum over j <= spares of Binomial(n, q)(j), q = 1 - exp(-x).
double summed_tail(double n, int spares, double x) {
    const double ratio = math::expm1(x);  // q / p
    double sum = 1.0;
    for (int j = spares - 1; j >= 0; --j) {
        sum = 1.0 + (n - j) / (j + 1) * ratio * sum;
    }
    return std::min(1.0, math::exp(-n * x) * sum);
}

/// Regularised incomplete beta I_p(a, b) by Lentz's continued fraction. @cite dlmf
double incomplete_beta(double a, double b, double p, double q) {
    const bool swap = p > (a + 1.0) / (a + b + 2.0);
    if (swap) {
        std::swap(a, b);
        std::swap(p, q);
    }
    const double front = math::exp(a * math::log(p) + b * math::log(q) + math::log_gamma(a + b) -
                                   math::log_gamma(a) - math::log_gamma(b)) /
                         a;
    constexpr double kTiny = 1e-300;
    double c = 1.0;
    double d = 1.0 / std::max(kTiny, 1.0 - (a + b) * p / (a + 1.0));
    double fraction = d;
    for (int i = 1; i < 20000; ++i) {
        const double m = i;
        const double even = m * (b - m) * p / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 + even * d;
        c = 1.0 + even / c;
        d = 1.0 / (std::abs(d) < kTiny ? kTiny : d);
        c = std::abs(c) < kTiny ? kTiny : c;
        fraction *= d * c;
        const double odd = -(a + m) * (a + b + m) * p / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 + odd * d;
        c = 1.0 + odd / c;
        d = 1.0 / (std::abs(d) < kTiny ? kTiny : d);
        c = std::abs(c) < kTiny ? kTiny : c;
        const double change = d * c;
        fraction *= change;
        if (std::abs(change - 1.0) < 1e-14) {
            break;
        }
    }
    const double value = front * fraction;
    return swap ? 1.0 - value : value;
}

/// Faults per unit up to which at most `n - k` of n units fail but for a chance below 4e-11.
double certain_faults(double n, double k) {
    constexpr double kSure = 24.0;
    const double share = (n - k + 1.0) / n;
    double low = 0.0;
    double high = share;
    for (int i = 0; i < 10; ++i) {
        const double q = (low + high) / 2.0;
        (n * (share * math::log(share / q) - (share - q)) > kSure ? low : high) = q;
    }
    return low < 1.0 ? -math::log1p(-low) : 0.0;
}

/// One group with what does not depend on the density factor worked out once.
struct PreparedGroup {
    double faults = 0.0;  ///< per unit
    double physical = 0.0;
    double required = 0.0;
    double safe = 0.0;  ///< density factor up to which the group is certain to do
    int spares = -1;    ///< where the tail is summed; else -1
    std::array<double, kSummedSpares> steps;  ///< (n - j) / (j + 1)

    void prepare(const RepairableGroup& group) {
        faults = group.faults_per_unit;
        physical = std::floor(group.physical + 0.5);
        required = std::floor(group.required + 0.5);
        safe = faults > 0.0 ? 0.0 : std::numeric_limits<double>::infinity();
        if (required < physical && faults > 0.0) {
            safe = certain_faults(physical, required) / faults;
        }
        const double spare = physical - required;
        if (spare >= 0.0 && spare <= kSummedSpares && required > 0.0) {
            spares = static_cast<int>(spare);
            for (int j = 0; j < spares; ++j) {
                steps[static_cast<std::size_t>(j)] = (physical - j) / (j + 1);
            }
        }
    }

    [[nodiscard]] double enough(double g) const {
        const double x = faults * g;
        if (spares < 0 || physical * x > 600.0) {
            return enough_units(physical, required, x);
        }
        const double ratio = math::expm1(x);
        double sum = 1.0;
        for (int j = spares - 1; j >= 0; --j) {
            sum = 1.0 + steps[static_cast<std::size_t>(j)] * ratio * sum;
        }
        return std::min(1.0, math::exp(-physical * x) * sum);
    }

    /// Multiplies `value[i]` by `enough(g[i])`, the same to the last bit; g ascending. Sums of
    /// several densities run side by side, for each alone is one long chain of dependent
    /// operations.
    void multiply(const double* g, double* value, std::size_t count) const {
        constexpr std::size_t kLanes = 8;
        std::size_t i = 0;
        for (; i + kLanes <= count; i += kLanes) {
            if (spares < 0 || physical * (faults * g[i + kLanes - 1]) > 600.0) {
                break;
            }
            std::array<double, kLanes> ratio, power, sum;
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const double x = faults * g[i + lane];
                ratio[lane] = math::expm1(x);
                power[lane] = -physical * x;
                sum[lane] = 1.0;
            }
            math::exp(power.data(), power.data(), kLanes);
            for (int j = spares - 1; j >= 0; --j) {
                const double step = steps[static_cast<std::size_t>(j)];
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    sum[lane] = 1.0 + step * ratio[lane] * sum[lane];
                }
            }
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                value[i + lane] *= std::min(1.0, power[lane] * sum[lane]);
            }
        }
        for (; i < count; ++i) {
            value[i] *= enough(g[i]);
        }
    }
};

/// Probability that every group keeps its required units, as a function of the density factor g.
class Survival {
public:
    explicit Survival(const FaultProfile& profile)
        : fatal_{profile.fatal_faults}, count_{profile.group_count} {
        for (int i = 0; i < count_; ++i) {
            const auto n = static_cast<std::size_t>(i);
            groups_[n].prepare(profile.groups[n]);
            all_safe_ = std::min(all_safe_, groups_[n].safe);
        }
    }

    double operator()(double g) const {
        double value = 1.0;
        if (g <= all_safe_) {
            return value;
        }
        for (int i = 0; i < count_; ++i) {
            const PreparedGroup& group = groups_[static_cast<std::size_t>(i)];
            if (g > group.safe) {
                value *= group.enough(g);
            }
        }
        return value;
    }

    /// Of many factors, ascending.
    void operator()(const double* g, double* value, std::size_t count) const {
        std::fill_n(value, count, 1.0);
        for (int i = 0; i < count_; ++i) {
            const PreparedGroup& group = groups_[static_cast<std::size_t>(i)];
            const auto safe =
                static_cast<std::size_t>(std::upper_bound(g, g + count, group.safe) - g);
            group.multiply(g + safe, value + safe, count - safe);
        }
    }

    /// With the fatal faults.
    [[nodiscard]] double whole(double g) const { return math::exp(-fatal_ * g) * (*this)(g); }

private:
    double fatal_;
    int count_;
    std::array<PreparedGroup, kMaxRepairableGroups> groups_;
    double all_safe_ = std::numeric_limits<double>::infinity();
};

/// The mean over a gamma density of shape `a`.
double gamma_sellable(const FaultProfile& profile, double a) {
    return profile.systematic_yield * gamma_mean(Survival{profile}, profile.fatal_faults, a);
}

}  // namespace

double enough_units(double n, double k, double x) {
    n = std::floor(n + 0.5);
    k = std::floor(k + 0.5);
    if (k <= 0.0 || x <= 0.0) {
        return 1.0;
    }
    if (k > n) {
        return 0.0;
    }
    if (k == n) {
        return math::exp(-n * x);
    }
    const double spares = n - k;
    const double q = -math::expm1(-x);
    const double share = (spares + 1.0) / n;  // failing this many is one too many
    // Chernoff: P(F >= s) <= exp(-n KL) for s above the mean; KL >= (share log(share / q)) - (share
    // - q).
    if (q < share && n * (share * math::log(share / q) - (share - q)) > kCertain) {
        return 1.0;
    }
    const double kept = spares / n;
    if (q > kept &&
        n * ((q - kept) - (kept > 0.0 ? kept * math::log(q / kept) : 0.0)) > 20.0 * kCertain) {
        return 0.0;
    }
    if (spares <= kSummedSpares && n * x < 600.0) {
        return summed_tail(n, static_cast<int>(spares), x);
    }
    return incomplete_beta(k, spares + 1.0, 1.0 - q, q);
}

double poisson_sellable_yield(const FaultProfile& profile) {
    return profile.systematic_yield * Survival{profile}.whole(1.0);
}

double murphy_sellable_yield(const FaultProfile& profile) {
    const Survival survival{profile};
    const auto triangular = [&](double g) { return (g < 1.0 ? g : 2.0 - g) * survival.whole(g); };
    return profile.systematic_yield *
           (integrate(triangular, 0.0, 1.0) + integrate(triangular, 1.0, 2.0));
}

double rectangular_sellable_yield(const FaultProfile& profile) {
    const Survival survival{profile};
    return profile.systematic_yield * 0.5 *
           integrate([&](double g) { return survival.whole(g); }, 0.0, 2.0);
}

double seeds_sellable_yield(const FaultProfile& profile) { return gamma_sellable(profile, 1.0); }

double bose_einstein_sellable_yield(const FaultProfile& profile) {
    return gamma_sellable(profile, profile.layers);
}

double negative_binomial_sellable_yield(const FaultProfile& profile) {
    if (std::isinf(profile.clustering)) {
        return poisson_sellable_yield(profile);
    }
    return gamma_sellable(profile, profile.clustering);
}

double sellable_yield(const YieldModel& model, const FaultProfile& profile) {
    if (profile.group_count == 0) {
        return model.evaluate(profile);
    }
    if (model.sellable != nullptr) {
        return model.sellable(profile);
    }
    FaultProfile part = profile;
    part.group_count = 0;
    double yield = model.evaluate(part);
    part.systematic_yield = 1.0;
    for (int i = 0; i < profile.group_count; ++i) {
        const RepairableGroup& group = profile.groups[static_cast<unsigned>(i)];
        part.fatal_faults = group.faults_per_unit;
        yield *= enough_units(group.physical, group.required, -math::log(model.evaluate(part)));
    }
    return yield;
}

}  // namespace wafercast
