#include "gui/models/slider_scale.hpp"

#include <algorithm>
#include <cmath>

#include "gui/models/design_tree_model.hpp"
#include "gui/models/text.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast::gui {

namespace {

constexpr double kSpan = 4.0;
constexpr double kLogarithmicFrom = 3.0;

}  // namespace

SliderScale::SliderScale(const ConstFieldRef& field, const Evaluation* evaluation) {
    if (field.number == nullptr) {
        return;
    }
    const ScalarOrigin* origin = evaluation == nullptr ? nullptr : originOf(*evaluation, field);
    if (!field.number->value && origin == nullptr) {
        return;
    }
    value_ = field.number->value.value_or(origin == nullptr ? 0.0 : origin->value);
    const bool sourced = origin != nullptr && origin->uncertain();
    low_ = sourced ? origin->low : value_ / kSpan;
    high_ = sourced ? origin->high : value_ * kSpan;
    const FieldInfo& info = *field.info;
    low_ = std::max(low_, info.minimum);
    high_ = info.maximum > 0.0 ? std::min(high_, info.maximum) : high_;
    whole_ = info.whole;
    if (whole_) {
        low_ = std::max(info.minimum, std::floor(low_));
        high_ = std::ceil(high_);
    }
    unitName_ = text(info.unit);
    if (const auto unit = parse_unit(info.unit); unit && !info.unit.empty()) {
        unit_ = unit->value;
    }
    setLogarithmic(low_ > 0.0 && high_ / low_ > kLogarithmicFrom);
}

double SliderScale::valueAt(int position) const {
    const double share = static_cast<double>(position) / kSteps;
    return logarithmic_ ? low_ * std::pow(high_ / low_, share) : low_ + share * (high_ - low_);
}

int SliderScale::position(double value) const {
    if (!isUsable()) {
        return 0;
    }
    const double inside = std::clamp(value, low_, high_);
    const double share = logarithmic_ ? std::log(inside / low_) / std::log(high_ / low_)
                                      : (inside - low_) / (high_ - low_);
    return static_cast<int>(std::lround(share * kSteps));
}

QString SliderScale::shown(double value) const {
    if (whole_) {
        return QString::number(std::round(value), 'f', 0);
    }
    const QString number = QString::number(value / unit_, 'g', 4);
    return unitName_.isEmpty() ? number : number + QLatin1Char{' '} + unitName_;
}

QString SliderScale::valueText(int position) const { return shown(valueAt(position)); }

QString SliderScale::lowText() const { return pretty(shown(low_)); }

QString SliderScale::highText() const { return pretty(shown(high_)); }

}  // namespace wafercast::gui
