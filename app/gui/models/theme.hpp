#pragma once

#include <QColor>
#include <QPalette>
#include <array>

namespace wafercast::gui {

/// Colours of one appearance: the palette for widgets and the inks for plots. Series colours are
/// Okabe and Ito's, which stay apart for every common colour vision; meaning never rests on colour
/// alone.
struct Theme {
    bool dark = false;
    QPalette palette;
    QColor canvas;  ///< behind plots
    QColor ink;     ///< text
    QColor faint;   ///< secondary text, axes
    QColor grid;
    QColor accent;
    QColor part;   ///< cost and energy bars
    QColor group;  ///< a bar that is the sum of others
    QColor total;
    QColor good;     ///< whole dies, feasible
    QColor partial;  ///< dies over the edge
    QColor lost;
    QColor warning;  ///< infeasible
    std::array<QColor, 6> series;
};

[[nodiscard]] Theme lightTheme();
[[nodiscard]] Theme darkTheme();

/// Which of the two a palette looks like: dark when its text is lighter than its window.
[[nodiscard]] bool isDark(const QPalette& palette);

}  // namespace wafercast::gui
