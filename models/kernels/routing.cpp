#include "kernels/routing.hpp"

#include <algorithm>
#include <cmath>

#include "math/math.hpp"

namespace wafercast {
namespace {

/// A sum of more terms than this is as good as its integral.
constexpr double kMostTerms = 8.0;
/// exp(-Euler's constant): the largest of n draws is exceeded, in the mean of its logarithm, by
/// this share over n.
constexpr double kExpectedLargest = 0.5614594835668851;

/// Expected largest of `n` standard normal draws (Blom).
double largest_normal(double n) {
    return n > 1.0 ? math::normal_quantile((n - 0.375) / (n + 0.25)) : 0.0;
}

struct Size {
    double tokens, experts, top_k, ranks;
    [[nodiscard]] double here() const { return experts / ranks; }
    [[nodiscard]] double pairs() const { return tokens * top_k; }
    /// The most rows that one rank can have.
    [[nodiscard]] double most_rows() const { return tokens * std::min(top_k, here()); }
};

RankLoads even_loads(const Size& s) {
    // Token t takes the experts t + i stride, i < k, wrapped; tokens fewer than the stride are
    // spread over it.
    const double stride = std::ceil(s.experts / s.top_k);
    RankLoads loads;
    loads.kind = RankLoads::Kind::kEven;
    loads.experts = s.here();
    loads.rows = s.pairs() / s.ranks;
    if (s.tokens < stride) {
        loads.rows = 0.0;
        for (double first = 0.0; first < stride * s.top_k; first += stride) {
            const double width = std::clamp(s.here() - first, 0.0, stride);
            const double wrapped = std::clamp(first + stride - s.experts, 0.0, s.here());
            loads.rows += std::min(s.tokens, std::ceil(width * s.tokens / stride)) +
                          std::floor(wrapped * s.tokens / stride);
        }
    }
    loads.active = std::min(s.here(), loads.rows);
    loads.mean = loads.rows / loads.experts;
    return loads;
}

RankLoads random_loads(const Size& s, double load) {
    const double share = s.here() / s.experts;
    const double spread = s.experts > 1.0 ? s.top_k * share * (1.0 - share) *
                                                (s.experts - s.top_k) / (s.experts - 1.0)
                                          : 0.0;
    const double mean_rows = s.pairs() / s.ranks;
    RankLoads loads;
    loads.kind = RankLoads::Kind::kRandom;
    loads.experts = s.here();
    loads.rows = load > 0.0
                     ? mean_rows * load
                     : std::max(mean_rows + largest_normal(s.ranks) * std::sqrt(s.tokens * spread),
                                std::min(1.0, s.pairs()));
    loads.rows = std::min(loads.rows, s.most_rows());
    loads.mean = loads.rows / loads.experts;
    const double chance = s.tokens > 0.0 ? std::min(1.0, loads.mean / s.tokens) : 0.0;
    const double idle = chance < 1.0 ? math::exp(s.tokens * math::log1p(-chance)) : 0.0;
    loads.active = std::min(loads.experts * (1.0 - idle), loads.rows);
    loads.deviation = std::sqrt(loads.mean * (1.0 - chance));
    return loads;
}

/// x^(1 - power) up to the constants that cancel, so that power = 1 is a logarithm.
double potential(double x, double power) {
    const double e = 1.0 - power;
    return std::abs(e) < 1e-9 ? math::log(x) : math::pow(x, e) / e;
}

/// Share of x^-power between low and high that lies above `x`, for the draws of `l`.
double above(const RankLoads& l, double load) {
    const double x = std::clamp(load / l.scale, l.low, l.high);
    const double top = potential(l.high, l.power);
    return (top - potential(x, l.power)) / (top - potential(l.low, l.power));
}

/// Integral of `above` from `from` to `to`.
double integral_above(const RankLoads& l, double from, double to) {
    const double floor = l.low * l.scale;
    const double ceiling = l.high * l.scale;
    double sum = 0.0;
    if (from < floor) {
        sum += std::min(to, floor) - from;
        from = floor;
    }
    to = std::min(to, ceiling);
    if (to <= from) {
        return sum;
    }
    const double top = potential(l.high, l.power);
    const double span = top - potential(l.low, l.power);
    const auto moment = [&](double x) {
        const double e = 2.0 - l.power;
        if (std::abs(1.0 - l.power) < 1e-9) {
            return x * (math::log(x) - 1.0);
        }
        return std::abs(e) < 1e-9 ? math::log(x) / (1.0 - l.power)
                                  : math::pow(x, e) / (e * (1.0 - l.power));
    };
    return sum +
           (top * (to - from) - l.scale * (moment(to / l.scale) - moment(from / l.scale))) / span;
}

/// k-th moment of x.
double moment_of(double low, double high, double power, double k) {
    const double e = k + 1.0 - power;
    const double mass = potential(high, power) - potential(low, power);
    const double sum =
        std::abs(e) < 1e-9 ? math::log(high / low) : (math::pow(high, e) - math::pow(low, e)) / e;
    return sum / mass;
}

/// The load that a share `above` of the experts exceeds.
double load_above(const RankLoads& l, double share) {
    const double top = potential(l.high, l.power);
    const double at = top - share * (top - potential(l.low, l.power));
    const double e = 1.0 - l.power;
    return l.scale * (std::abs(e) < 1e-9 ? math::exp(at) : math::pow(at * e, 1.0 / e));
}

/// Rows of the busiest of `ranks` sums of `l.experts` loads with this variance.
double largest_sum(const RankLoads& l, double variance, double ranks) {
    const double total = l.experts * l.mean;
    if (ranks <= 1.0 || variance <= 0.0) {
        return total;
    }
    if (l.experts <= 1.0) {
        return std::max(total, load_above(l, kExpectedLargest / ranks));
    }
    const double shape = total * total / (l.experts * variance);
    const double step = 1.0 / (9.0 * shape);
    const double root = 1.0 - step + largest_normal(ranks) * std::sqrt(step);
    const double free = total * std::max(1.0, root * root * root);
    // No load exceeds the highest of the draw, which a gamma variable knows nothing of.
    return std::max(total, free / std::hypot(1.0, free / (l.experts * l.high * l.scale)));
}

RankLoads power_law_loads(const Size& s, const Routing& routing, double load) {
    const bool many = s.pairs() > s.experts;
    RankLoads l;
    l.kind = RankLoads::Kind::kPowerLaw;
    l.experts = s.here();
    l.power = routing.power;
    l.low = many ? 1.0 : 0.01;
    l.high = many ? std::max(0.8 * s.tokens, 1.001) : 2.0;
    const double first = moment_of(l.low, l.high, l.power, 1.0);
    const double second = moment_of(l.low, l.high, l.power, 2.0);
    l.mean = s.pairs() / s.experts;
    l.scale = l.mean / first;
    l.most = s.tokens;
    const double variance = l.scale * l.scale * std::max(0.0, second - first * first);
    const double mean_rows = s.pairs() / s.ranks;
    l.rows = load > 0.0 ? mean_rows * load : largest_sum(l, variance, s.ranks);
    l.rows = std::clamp(l.rows, std::min(1.0, s.pairs()), s.most_rows());
    l.surplus = std::max(0.0, l.rows - mean_rows);
    // Rounding keeps the loads above a half; the rows it loses, and those cut, go to experts that
    // have none.
    const double chosen = above(l, 0.5);
    const double kept = chosen + integral_above(l, 1.0, std::min(l.most, l.high * l.scale));
    const double given = std::max(0.0, l.mean - kept);
    const double active = std::min(
        {1.0, routing.in_order && !many ? std::max(chosen, given) : chosen + given, l.mean});
    l.active = many ? std::min(l.experts * active + std::min(l.surplus, 1.0), l.experts)
                    : l.rows * active / l.mean;
    l.active = std::min({l.active, l.experts, l.rows});
    return l;
}

RankLoads loads_of(const Size& s, const Routing& routing, double load) {
    if (routing.in_order && 2.0 * s.pairs() <= s.experts && s.ranks > 1.0) {
        RankLoads l;
        l.experts = s.here();
        l.rows = l.active = std::min(s.pairs(), s.here());
        l.mean = l.rows / l.experts;
        return l;
    }
    if (routing.balanced) {
        return even_loads(s);
    }
    return routing.power > 0.0 ? power_law_loads(s, routing, load) : random_loads(s, load);
}

/// Blocks of random loads: the sum over j of P(load > j block), whose tail is a normal one.
double random_blocks(const RankLoads& l, double block) {
    const double chosen = l.active / l.experts;
    if (l.deviation > block) {
        return l.experts * (l.mean / block + 0.5 * chosen);
    }
    const double from = std::max(1.0, std::floor((l.mean - 4.0 * l.deviation) / block));
    double sum = chosen + from - 1.0;
    for (double j = from; j < from + kMostTerms + 2.0; ++j) {
        const double z = (j * block + 0.5 - l.mean) / std::max(l.deviation, 1e-9);
        if (z > 4.0) {
            break;
        }
        sum += math::normal_cdf(-z);
    }
    return l.experts * sum;
}

double expected_blocks(const RankLoads& l, double block) {
    if (l.kind == RankLoads::Kind::kEven) {
        const double each = l.rows / l.active;
        const double less = std::floor(each);
        const double share = each - less;
        return l.active *
               ((1.0 - share) * std::ceil(less / block) + share * std::ceil((less + 1.0) / block));
    }
    if (l.kind == RankLoads::Kind::kRandom) {
        return random_blocks(l, block);
    }
    const double tail = integral_above(l, 0.5 * block, std::min(l.most, l.high * l.scale)) / block;
    // The surplus is the hottest expert's, whose last block is half full.
    const double hottest = std::max(0.0, (l.mean + l.surplus) / block - 0.5);
    return l.active + std::max(0.0, l.experts - 1.0) * std::max(0.0, tail) + hottest;
}

}  // namespace

double RankLoads::blocks(double block) const {
    if (rows <= 0.0 || active <= 0.0) {
        return 0.0;
    }
    const double full = rows / block;
    return std::clamp(expected_blocks(*this, block), std::max(full, active), full + active);
}

RankLoads busiest_rank_loads(double tokens, double experts, double top_k, double ranks,
                             const Routing& routing) {
    return rank_loads(tokens, experts, top_k, ranks, routing, 0.0);
}

RankLoads rank_loads(double tokens, double experts, double top_k, double ranks,
                     const Routing& routing, double load) {
    const double all = std::max(1.0, experts);
    return loads_of({.tokens = std::max(0.0, tokens),
                     .experts = all,
                     .top_k = std::clamp(top_k, 1.0, all),
                     .ranks = std::clamp(ranks, 1.0, all)},
                    routing, load);
}

}  // namespace wafercast
