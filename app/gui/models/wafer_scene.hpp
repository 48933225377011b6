#pragma once

#include <QPointF>
#include <array>
#include <memory>
#include <vector>

#include "evaluate/stages.hpp"
#include "gui/models/plot_scene.hpp"
#include "session/wafer_maps.hpp"

namespace wafercast::gui {

/// The wafer of one die: the list the chain counts, drawn die by die.
class WaferScene final : public PlotScene {
public:
    /// `cost` gives the yields of the caption.
    void setWafer(std::shared_ptr<const std::vector<DieWafer>> wafers, std::size_t die,
                  const DieCost& cost);
    void clear(const QString& reason);

    void arrange(QSizeF size, const Theme& theme, const QFont& font) override;
    void paint(QPainter& painter) const override;
    void paintHover(QPainter& painter, int item) const override;
    [[nodiscard]] int itemAt(QPointF position) const override;
    [[nodiscard]] QString describe(int item) const override;
    [[nodiscard]] std::string csv() const override;
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QSizeF leastSize(const QFont& font) const override;

    /// Dies painted last time, by DieStatus.
    [[nodiscard]] const std::array<int, 3>& drawn() const { return drawn_; }

private:
    [[nodiscard]] const WaferMap& map() const { return (*wafers_)[die_].map; }
    [[nodiscard]] QRectF rectOf(const MapDie& die) const;
    [[nodiscard]] QPointF at(double x, double y) const;
    void paintWafer(QPainter& painter) const;
    void paintDies(QPainter& painter) const;
    void paintShots(QPainter& painter) const;
    void paintCaption(QPainter& painter) const;

    std::shared_ptr<const std::vector<DieWafer>> wafers_;
    std::size_t die_ = 0;
    DieCost cost_;
    QString empty_;
    Theme theme_;
    QFont font_;
    QSizeF size_;
    QPointF centre_;
    double scale_ = 1.0;  ///< pixels per metre
    mutable std::array<int, 3> drawn_{};
};

}  // namespace wafercast::gui
