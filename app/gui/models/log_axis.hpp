#pragma once

#include <QString>
#include <functional>
#include <vector>

namespace wafercast::gui {

/// A logarithmic axis over whole decades between two pixels.
class LogAxis {
public:
    struct Tick {
        double value = 1.0;
        double pixel = 0.0;
    };

    /// Covers `low` to `high`, both above zero, from pixel `from` to pixel `to`.
    LogAxis(double low, double high, double from, double to);
    LogAxis() = default;

    [[nodiscard]] double pixel(double value) const;
    [[nodiscard]] double low() const { return low_; }
    [[nodiscard]] double high() const { return high_; }
    /// Decades, thinned until labels are at least `spacing` pixels apart.
    [[nodiscard]] std::vector<Tick> ticks(double spacing) const;

private:
    double low_ = 1.0;
    double high_ = 10.0;
    double from_ = 0.0;
    double to_ = 1.0;
};

}  // namespace wafercast::gui
