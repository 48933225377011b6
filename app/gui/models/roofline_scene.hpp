#pragma once

#include <QRectF>
#include <memory>
#include <vector>

#include "evaluate/roofline.hpp"
#include "gui/models/log_axis.hpp"
#include "gui/models/plot_scene.hpp"

namespace wafercast::gui {

/// Operators of prefill and decode under the peaks of the device, both axes logarithmic. The larger
/// a mark, the more of the time it takes.
class RooflineScene final : public PlotScene {
public:
    void setRoofline(std::shared_ptr<const Roofline> roofline,
                     std::shared_ptr<const Evaluation> evaluation);
    void clear(const QString& reason);

    void arrange(QSizeF size, const Theme& theme, const QFont& font) override;
    void paint(QPainter& painter) const override;
    void paintHover(QPainter& painter, int item) const override;
    [[nodiscard]] int itemAt(QPointF position) const override;
    [[nodiscard]] QString describe(int item) const override;
    [[nodiscard]] std::string csv() const override;
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QSizeF leastSize(const QFont& font) const override;

private:
    struct Mark {
        QPointF centre;
        double radius = 4.0;
        bool decode = false;
        std::size_t line = 0;
    };

    [[nodiscard]] const OperatorLine& line(const Mark& mark) const {
        return evaluation_->operators[mark.line];
    }
    void placeAxes();
    void placeMarks();
    void paintAxes(QPainter& painter) const;
    void paintRoofs(QPainter& painter) const;
    void paintMark(QPainter& painter, const Mark& mark) const;
    void paintLegend(QPainter& painter) const;

    std::shared_ptr<const Roofline> roofline_;
    std::shared_ptr<const Evaluation> evaluation_;
    std::vector<Mark> marks_;
    QString empty_;
    Theme theme_;
    QFont font_;
    QSizeF size_;
    QRectF plot_;
    LogAxis x_;
    LogAxis y_;
};

}  // namespace wafercast::gui
