#pragma once

#include <QImage>
#include <QWidget>
#include <memory>

#include "gui/models/plot_scene.hpp"

namespace wafercast::gui {

class Settings;

/// Shows a figure: its data layer is painted once into an image of device pixels, what follows the
/// pointer over it. The context menu exports the figure and its data.
class PlotCanvas final : public QWidget {
    Q_OBJECT
public:
    PlotCanvas(std::unique_ptr<PlotScene> scene, const QString& name, Settings& settings,
               QWidget* parent = nullptr);
    ~PlotCanvas() override;

    void setTheme(const Theme& theme);
    /// The scene has other data.
    void refresh();

    [[nodiscard]] PlotScene& scene() { return *scene_; }
    [[nodiscard]] const PlotScene& scene() const { return *scene_; }
    [[nodiscard]] int hovered() const { return hovered_; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void hoverChanged(int item);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void drawLayer();
    void hover(int item, const QPoint& at);
    void askExport(bool dark, const QString& ending);

    std::unique_ptr<PlotScene> scene_;
    Settings& settings_;
    Theme theme_;
    QImage layer_;
    QSize least_;  ///< as the layout knows it
    bool stale_ = true;
    int hovered_ = -1;
};

}  // namespace wafercast::gui
