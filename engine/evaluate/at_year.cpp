#include "evaluate/at_year.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "math/math.hpp"

namespace wafercast {
namespace {

/// Geometric between positive numbers, straight where one of them is not.
double between(double from, double to, double share) {
    if (from == to) {
        return from;
    }
    if (from > 0.0 && to > 0.0) {
        return from * math::exp(share * math::log(to / from));
    }
    return from + share * (to - from);
}

}  // namespace

Sourced<double> at_year(const SourcedNumber& number, double year) {
    WAFERCAST_ASSERT(!number.points.empty());
    const auto& points = number.points;
    const auto& years = number.years;
    if (years.size() != points.size() || year <= years.front()) {
        return points.front();
    }
    if (year >= years.back()) {
        return points.back();
    }
    const auto after = static_cast<std::size_t>(std::upper_bound(years.begin(), years.end(), year) -
                                                years.begin());
    const auto before = after - 1;
    if (year == years[before]) {
        return points[before];
    }
    const double share = (year - years[before]) / (years[after] - years[before]);
    const auto& from = points[before];
    const auto& to = points[after];
    // Words come from the nearer date; the confidence is the weaker one.
    Sourced<double> figure = share < 0.5 ? from : to;
    figure.value = between(from.value, to.value, share);
    figure.low = std::min(between(from.low, to.low, share), figure.value);
    figure.high = std::max(between(from.high, to.high, share), figure.value);
    figure.confidence = std::max(from.confidence, to.confidence);
    figure.range_by_rule = from.range_by_rule || to.range_by_rule;
    return figure;
}

}  // namespace wafercast
