#include "cli/wafer_map_svg.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace wafercast::cli {

namespace {

constexpr double kMargin = 8.0;  ///< around the wafer [mm], which is the picture's unit
constexpr double kLegendHeight = 30.0;

/// printf into a string; lines here are short.
[[gnu::format(printf, 1, 2)]] std::string line(const char* format, ...) {
    std::array<char, 512> text{};
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size(), format, arguments);
    va_end(arguments);
    return text.data();
}

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

constexpr std::array<const char*, 3> kStatusNames{"whole", "partial", "lost"};

/// SVG's y points down, the wafer's up: the group below flips it.
std::string rectangle(const char* kind, double x, double y, double width, double height) {
    return line("    <rect class=\"%s\" x=\"%.4f\" y=\"%.4f\" width=\"%.4f\" height=\"%.4f\"/>\n",
                kind, x * 1e3, y * 1e3, width * 1e3, height * 1e3);
}

std::string style() {
    return "  <style>\n"
           "    text { font-family: Inter, 'DejaVu Sans', sans-serif; fill: #1c2430; }\n"
           "    .wafer { fill: #eef1f5; stroke: #5b6675; stroke-width: 0.6; }\n"
           "    .edge { fill: none; stroke: #5b6675; stroke-width: 0.3; stroke-dasharray: 2 1.5; "
           "}\n"
           "    .notch { fill: #5b6675; }\n"
           "    .whole { fill: #3b82c4; }\n"
           "    .partial { fill: #e0b252; }\n"
           "    .lost { fill: #c9ced6; }\n"
           "    .shot { fill: none; stroke: #1c2430; stroke-width: 0.35; }\n"
           "  </style>\n";
}

std::string legend(const WaferCounts& counts, double radius, double top) {
    const std::array<int, 3> numbers{counts.whole, counts.partial, counts.lost};
    const std::array<const char*, 3> meanings{"whole: sold after test", "partial: crosses the edge",
                                              "lost: beyond the edge"};
    std::string out = "  <g id=\"legend\" font-size=\"5\">\n";
    for (std::size_t i = 0; i < kStatusNames.size(); ++i) {
        const double y = top + 7.0 * static_cast<double>(i);
        // The key is a circle so that rectangles are dies and nothing else.
        out += line("    <circle class=\"%s\" cx=\"%.2f\" cy=\"%.2f\" r=\"2\"/>\n", kStatusNames[i],
                    -radius + 2.0, y - 1.8);
        out += line("    <text x=\"%.2f\" y=\"%.2f\">%d %s</text>\n", -radius + 7.0, y, numbers[i],
                    meanings[i]);
    }
    out += line("    <text x=\"%.2f\" y=\"%.2f\">%d exposures, %d of them full</text>\n", 4.0, top,
                counts.full_shots + counts.partial_shots, counts.full_shots);
    out += line("    <text x=\"%.2f\" y=\"%.2f\">%d x %d dies an exposure</text>\n", 4.0, top + 7.0,
                counts.columns, counts.rows);
    out += line("    <text x=\"%.2f\" y=\"%.2f\">dashed: usable edge; triangle: notch</text>\n",
                4.0, top + 14.0);
    return out + "  </g>\n";
}

}  // namespace

std::string wafer_map_svg(const WaferPlacement& placement, const std::string& title) {
    const WaferGeometry& g = placement.geometry;
    const WaferMap map = place_dies(g);
    const double radius = g.diameter / 2.0 * 1e3;
    const double half = radius + kMargin;
    std::string out = line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%.2f %.2f %.2f %.2f\" "
        "width=\"%.0f\" height=\"%.0f\">\n",
        -half, -half - 12.0, 2.0 * half, 2.0 * half + 12.0 + kLegendHeight, 3.0 * half,
        3.0 * half + 1.5 * (12.0 + kLegendHeight));
    out += style();
    out += line("  <text x=\"%.2f\" y=\"%.2f\" font-size=\"6\">", -radius, -half - 2.0) +
           escaped(title) + "</text>\n";
    out += "  <g transform=\"scale(1,-1)\">\n";
    out += line("    <circle class=\"wafer\" r=\"%.2f\"/>\n", radius);
    for (const MapDie& die : map.dies) {
        out += rectangle(kStatusNames[static_cast<std::size_t>(die.status)], die.x, die.y,
                         g.die_width, g.die_height);
    }
    for (const MapShot& shot : map.shots) {
        out += rectangle("shot", shot.x, shot.y, map.shot_width, map.shot_height);
    }
    out += line("    <circle class=\"edge\" r=\"%.2f\"/>\n", radius - g.edge * 1e3);
    out += line("    <path id=\"notch\" class=\"notch\" d=\"M -2 %.3f L 2 %.3f L 0 %.3f Z\"/>\n",
                -radius - 1.5, -radius - 1.5, -radius + g.notch * 1e3);
    out += "  </g>\n";
    return out + legend(map.counts, radius, half + 6.0) + "</svg>\n";
}

}  // namespace wafercast::cli
