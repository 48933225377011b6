#pragma once

#include <QFont>
#include <QPointF>
#include <QSizeF>
#include <QString>
#include <string>

#include "gui/models/theme.hpp"

class QPainter;

namespace wafercast::gui {

/// A figure: arranged for a size and a theme, then painted to a screen, an SVG, a PDF or a PNG by
/// the same code. Items are numbered from 0; -1 is none.
class PlotScene {
public:
    virtual ~PlotScene() = default;

    /// Measures text and places everything. Painting and hit tests follow the last call.
    virtual void arrange(QSizeF size, const Theme& theme, const QFont& font) = 0;
    /// All but what follows the pointer; cached by the canvas.
    virtual void paint(QPainter& painter) const = 0;
    /// What is drawn over the cached layer for the item under the pointer.
    virtual void paintHover(QPainter& painter, int item) const = 0;

    [[nodiscard]] virtual int itemAt(QPointF position) const = 0;
    [[nodiscard]] virtual QString describe(int item) const = 0;
    /// A click. @return whether the figure is to be arranged anew
    virtual bool activate(int item);

    /// The figure's data as CSV with a header line.
    [[nodiscard]] virtual std::string csv() const = 0;
    /// One sentence for those who do not see it.
    [[nodiscard]] virtual QString summary() const = 0;
    /// The least size at which nothing is cut off.
    [[nodiscard]] virtual QSizeF leastSize(const QFont& font) const = 0;

protected:
    PlotScene() = default;
    PlotScene(const PlotScene&) = default;
    PlotScene& operator=(const PlotScene&) = default;
};

/// `font` a few steps smaller or bolder, for the inks of a figure.
[[nodiscard]] QFont scaledFont(const QFont& font, double factor, bool strong = false);

}  // namespace wafercast::gui
