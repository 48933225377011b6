#include "gui/views/dock_layout.hpp"

#include <QDockWidget>
#include <QMainWindow>

namespace wafercast::gui {

void arrangeDocks(QMainWindow& window, const Docks& docks) {
    window.setDockNestingEnabled(true);
    window.setCorner(Qt::TopLeftCorner, Qt::LeftDockWidgetArea);
    window.setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    window.setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
    for (auto* dock : {docks.design, docks.energy, docks.wafer, docks.roofline, docks.operators,
                       docks.sources, docks.limits}) {
        dock->setFloating(false);
        dock->show();
    }
    window.addDockWidget(Qt::LeftDockWidgetArea, docks.design);
    window.addDockWidget(Qt::RightDockWidgetArea, docks.energy);
    window.splitDockWidget(docks.energy, docks.wafer, Qt::Horizontal);
    window.addDockWidget(Qt::BottomDockWidgetArea, docks.roofline);
    window.splitDockWidget(docks.roofline, docks.operators, Qt::Horizontal);
    window.tabifyDockWidget(docks.operators, docks.sources);
    window.tabifyDockWidget(docks.operators, docks.limits);
    docks.operators->raise();
}

void sizeDocks(QMainWindow& window, const Docks& docks) {
    const int width = window.width();
    const int height = window.height();
    window.resizeDocks({docks.design, docks.energy, docks.wafer},
                       {width * 29 / 100, width * 19 / 100, width * 23 / 100}, Qt::Horizontal);
    window.resizeDocks({docks.roofline, docks.operators}, {width * 255 / 1000, width * 455 / 1000},
                       Qt::Horizontal);
    window.resizeDocks({docks.roofline}, {height * 36 / 100}, Qt::Vertical);
}

}  // namespace wafercast::gui
