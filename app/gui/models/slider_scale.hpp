#pragma once

#include <QString>

#include "core/design_fields.hpp"
#include "evaluate/evaluation.hpp"

namespace wafercast::gui {

/// Positions of a slider for the values of one field.
class SliderScale {
public:
    static constexpr int kSteps = 400;

    /// Over the sourced range where the field has one, else a quarter to four times its value;
    /// within what the field accepts. Logarithmic when the ends differ by more than a factor 3.
    /// @param evaluation may be null; gives the value of a catalog reference
    SliderScale(const ConstFieldRef& field, const Evaluation* evaluation);
    SliderScale() = default;

    [[nodiscard]] bool isUsable() const { return high_ > low_; }
    [[nodiscard]] bool isLogarithmic() const { return logarithmic_; }
    void setLogarithmic(bool on) { logarithmic_ = on && low_ > 0.0; }
    [[nodiscard]] bool allowsLogarithmic() const { return low_ > 0.0; }
    [[nodiscard]] bool contains(double value) const { return value >= low_ && value <= high_; }

    [[nodiscard]] int position(double value) const;
    /// The text to set for a position: four digits in the field's unit, or a whole number.
    [[nodiscard]] QString valueText(int position) const;
    [[nodiscard]] QString lowText() const;
    [[nodiscard]] QString highText() const;
    [[nodiscard]] double value() const { return value_; }

private:
    [[nodiscard]] double valueAt(int position) const;
    [[nodiscard]] QString shown(double value) const;

    double value_ = 0.0;
    double low_ = 0.0;
    double high_ = 0.0;
    double unit_ = 1.0;
    QString unitName_;
    bool whole_ = false;
    bool logarithmic_ = false;
};

}  // namespace wafercast::gui
