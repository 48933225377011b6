#include "gui/models/plot_scene.hpp"

namespace wafercast::gui {

bool PlotScene::activate(int /*item*/) { return false; }

QFont scaledFont(const QFont& font, double factor, bool strong) {
    QFont scaled = font;
    scaled.setPointSizeF(font.pointSizeF() * factor);
    if (strong) {
        scaled.setWeight(QFont::DemiBold);
    }
    return scaled;
}

}  // namespace wafercast::gui
