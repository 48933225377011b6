#pragma once

#include <QRectF>
#include <set>
#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "gui/models/plot_scene.hpp"

namespace wafercast::gui {

/// A tree of amounts as rows of bars. As a waterfall each bar starts where the one before ended and
/// the last is the total; as a breakdown all start at zero. A line with children opens and closes
/// with a click.
class BreakdownScene final : public PlotScene {
public:
    enum class Kind { kWaterfall, kBars };
    explicit BreakdownScene(Kind kind) : kind_{kind} {}

    /// `title` stands above the bars, with the total.
    void setCost(const CostLine& tree, const QString& title, bool perMtok);
    void setEnergy(const EnergyLine& tree, const QString& title);
    void clear(const QString& reason);

    void arrange(QSizeF size, const Theme& theme, const QFont& font) override;
    void paint(QPainter& painter) const override;
    void paintHover(QPainter& painter, int item) const override;
    [[nodiscard]] int itemAt(QPointF position) const override;
    [[nodiscard]] QString describe(int item) const override;
    bool activate(int item) override;
    [[nodiscard]] std::string csv() const override;
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QSizeF leastSize(const QFont& font) const override;

private:
    struct Row {
        std::string path;  ///< "accelerators/dies/gpu"
        QString label;
        QString amountText;
        double amount = 0.0;
        double start = 0.0;
        int depth = 0;
        bool group = false;
        bool total = false;
        QRectF frame = {};  ///< the whole row
        QRectF bar = {};
        bool open = false;
    };

    template <class Line, class Amount, class Show>
    void gather(const Line& tree, Amount amount, Show show);
    template <class Line, class Amount, class Show>
    double append(const Line& line, const std::string& path, int depth, double start, Amount amount,
                  Show show);
    void placeRows(QSizeF size);
    [[nodiscard]] std::vector<std::size_t> visibleRows() const;
    void paintRow(QPainter& painter, const Row& row) const;

    Kind kind_;
    std::vector<Row> rows_;           ///< all, in reading order
    std::vector<std::size_t> shown_;  ///< those that are open, set by arrange
    std::set<std::string> closed_;    ///< paths a person closed
    bool crowded_ = false;            ///< no room for children
    QString title_;
    QString totalText_;
    QString empty_;
    Theme theme_;
    QFont font_;
    QSizeF size_;
    double labelWidth_ = 0.0;
    double rowHeight_ = 0.0;
};

}  // namespace wafercast::gui
