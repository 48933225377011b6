#include "gui/models/log_axis.hpp"

#include <algorithm>
#include <cmath>

namespace wafercast::gui {

LogAxis::LogAxis(double low, double high, double from, double to) : from_{from}, to_{to} {
    low_ = std::pow(10.0, std::floor(std::log10(low)));
    high_ = std::pow(10.0, std::ceil(std::log10(high)));
    if (high_ <= low_) {
        high_ = low_ * 10.0;
    }
}

double LogAxis::pixel(double value) const {
    return from_ + (to_ - from_) * std::log(value / low_) / std::log(high_ / low_);
}

std::vector<LogAxis::Tick> LogAxis::ticks(double spacing) const {
    const int decades = static_cast<int>(std::lround(std::log10(high_ / low_)));
    const double apart = std::abs(to_ - from_) / std::max(1, decades);
    const int step = std::max(1, static_cast<int>(std::ceil(spacing / std::max(1.0, apart))));
    std::vector<Tick> ticks;
    for (int d = 0; d <= decades; d += step) {
        const double value = low_ * std::pow(10.0, d);
        ticks.push_back({value, pixel(value)});
    }
    return ticks;
}

}  // namespace wafercast::gui
