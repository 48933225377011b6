#pragma once

class QDockWidget;
class QMainWindow;

namespace wafercast::gui {

/// The docks of the window, by what they show.
struct Docks {
    QDockWidget* design = nullptr;
    QDockWidget* energy = nullptr;
    QDockWidget* wafer = nullptr;
    QDockWidget* roofline = nullptr;
    QDockWidget* operators = nullptr;
    QDockWidget* sources = nullptr;
    QDockWidget* limits = nullptr;
};

/// The layout we ship: the design at the left over the whole height, figures above, tables below.
void arrangeDocks(QMainWindow& window, const Docks& docks);

/// Sizes of that layout; Qt takes them only once the window is shown.
void sizeDocks(QMainWindow& window, const Docks& docks);

}  // namespace wafercast::gui
