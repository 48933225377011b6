#include "wafer/dies_per_wafer.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "math/math.hpp"
#include "registry/model_set.hpp"

namespace wafercast {

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kCatchDicing = 0.13e-3;  ///< [m] the lane CATCH's own examples use

double at_least_none(double dies) { return std::max(0.0, dies); }

/// Dies of pitch `pitch` in a chord, the last without its lane.
double in_row(double square, double dicing, double pitch) {
    return square <= 0.0 ? 0.0
                         : at_least_none(std::floor((2.0 * std::sqrt(square) + dicing) / pitch));
}

double free_rows(double x, double y, double radius, double dicing, double first_boundary) {
    double dies = 0.0;
    for (double low = first_boundary; low + dicing / 2.0 < radius; low += y) {
        const double outer =
            std::max(std::abs(low + dicing / 2.0), std::abs(low + y - dicing / 2.0));
        dies += in_row(radius * radius - outer * outer, dicing, x);
    }
    return dies;
}

/// Rows beyond the left column's `h` dies, above and below, aligned to its grid.
double aligned_rows_beyond(double x, double y, double radius, double top, double chord) {
    double dies = 0.0;
    for (double edge = top + y; edge <= radius; edge += y) {
        const double shorter = 2.0 * std::sqrt(std::max(0.0, radius * radius - edge * edge));
        const double indent = (chord - shorter) / 2.0;
        const double lost = std::ceil(indent / x) * x - indent;
        dies += 2.0 * at_least_none(std::floor((shorter - lost) / x));
    }
    return dies;
}

}  // namespace

double actuary_dies(double die_width, double die_height, double diameter, double edge) {
    const double s = die_width * die_height;
    const double r = diameter / 2.0 - edge;
    return at_least_none(kPi * r * r / s - kPi * 2.0 * r / std::sqrt(2.0 * s));
}

double de_vries_dies(double die_width, double die_height, double diameter, double edge) {
    const double s = die_width * die_height;
    const double d = diameter - 2.0 * edge;
    return at_least_none(d * kPi * (d / (4.0 * s) - 0.58 / std::sqrt(s)));
}

double ferris_prabhu_dies(double die_width, double die_height, double diameter, double edge) {
    const double s = die_width * die_height;
    const double d = diameter - 2.0 * edge;
    return kPi * d * d / (4.0 * s) * math::exp(-2.0 * std::sqrt(s) / d);
}

double google_dies(double die_width, double die_height, double diameter, double edge) {
    const double s = die_width * die_height;
    return at_least_none(std::round((diameter - 2.0 * edge) * kPi *
                                    (diameter / (4.0 * s) - 1.0 / std::sqrt(2.0 * s))));
}

double ecochip_dies(double die_width, double die_height, double diameter, double /*edge*/) {
    const double s = die_width * die_height;
    return at_least_none(kPi * diameter * diameter / (4.0 * s) -
                         kPi * diameter / std::sqrt(2.0 * s));
}

double rapidchiplet_dies(double die_width, double die_height, double diameter, double edge) {
    return std::floor(ecochip_dies(die_width, die_height, diameter, edge));
}

double catch_free_rows_dies(double die_width, double die_height, double diameter, double edge,
                            double dicing) {
    const double radius = diameter / 2.0 - edge;
    const double rows = std::ceil(radius / die_height) + 1.0;
    return std::max(free_rows(die_width, die_height, radius, dicing, -rows * die_height),
                    free_rows(die_width, die_height, radius, dicing, -(rows + 0.5) * die_height));
}

double catch_grid_dies(double die_width, double die_height, double diameter, double edge,
                       double dicing) {
    const double radius = diameter / 2.0 - edge;
    const double reach = radius - die_width;
    const int tallest = static_cast<int>(
        std::floor(2.0 * std::sqrt(std::max(0.0, radius * radius - reach * reach)) / die_height));
    double best = 0.0;
    for (int h = 1; h <= tallest; ++h) {
        const double top = (h * die_height - dicing) / 2.0;
        const double chord = 2.0 * std::sqrt(std::max(0.0, radius * radius - top * top));
        double dies = (h > 1 ? 2.0 : 1.0) * std::floor((chord + dicing) / die_width);
        for (int row = 1; row + 1 < h; ++row) {
            const double low = -h * die_height / 2.0 + row * die_height;
            const double outer = std::max(std::abs(low), std::abs(low + die_height)) - dicing / 2.0;
            const double half = std::sqrt(std::max(0.0, radius * radius - outer * outer));
            dies += std::floor((half + chord / 2.0) / die_width);
        }
        best =
            std::max(best, dies + aligned_rows_beyond(die_width, die_height, radius, top, chord));
    }
    return best;
}

void register_dies_per_wafer(Registry<DiesPerWafer>& forms) {
    forms.add({"actuary", "feng-2022-chiplet-actuary",
               "pi (d/2 - e)^2 / S - pi (d - 2e) / sqrt(2 S)", actuary_dies});
    forms.add({"de-vries", "devries-2005", "pi d' (d' / (4 S) - 0.58 / sqrt(S)), d' = d - 2e",
               de_vries_dies});
    forms.add({"ferris-prabhu", "ferris-prabhu-1989",
               "pi d'^2 / (4 S) exp(-2 sqrt(S) / d'), d' = d - 2e", ferris_prabhu_dies});
    forms.add({"google", "google-chiplets-cost-model",
               "round((d - 2e) pi (d / (4 S) - 1 / sqrt(2 S)))", google_dies});
    forms.add(
        {"ecochip", "sudarshan-2024-ecochip", "pi (d/2)^2 / S - pi d / sqrt(2 S)", ecochip_dies});
    forms.add({"rapidchiplet", "iff-2023-rapidchiplet", "floor(pi (d/2)^2 / S - pi d / sqrt(2 S))",
               rapidchiplet_dies});
    forms.add({"catch-free-rows", "graening-2023-catch",
               "rows sliding freely, larger of two centrings",
               [](double w, double h, double d, double e) {
                   return catch_free_rows_dies(w, h, d, e, kCatchDicing);
               }});
    forms.add({"catch-grid", "graening-2023-catch",
               "columns aligned, best height of the left column",
               [](double w, double h, double d, double e) {
                   return catch_grid_dies(w, h, d, e, kCatchDicing);
               }});
}

}  // namespace wafercast
