#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "gui/models/evaluation_service.hpp"
#include "gui/models/theme.hpp"
#include "gui/models/wafer_scene.hpp"

class QComboBox;

namespace wafercast::gui {

class PlotCanvas;
class Settings;

/// The wafer map, with a choice of die where a design has several.
class WaferPanel final : public QWidget {
    Q_OBJECT
public:
    explicit WaferPanel(Settings& settings, QWidget* parent = nullptr);

    void show(const Answer& answer);
    void setTheme(const Theme& theme);
    [[nodiscard]] PlotCanvas& canvas() { return *canvas_; }
    [[nodiscard]] const WaferScene& scene() const { return *scene_; }

private:
    void showDie(int die);

    QComboBox* dies_;
    WaferScene* scene_;  ///< the canvas owns it
    PlotCanvas* canvas_;
    Answer answer_;
};

}  // namespace wafercast::gui
