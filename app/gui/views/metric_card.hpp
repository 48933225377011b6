#pragma once

#include <QAbstractButton>
#include <optional>

#include "evaluate/evaluation.hpp"
#include "gui/models/theme.hpp"

namespace wafercast::gui {

/// One number of the headline: what it is, its value, a note, and its band as a bar. A button that
/// opens the explanation.
class MetricCard final : public QAbstractButton {
    Q_OBJECT
public:
    explicit MetricCard(const QString& title, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    void setValue(const QString& value, const QString& note);
    /// `value` is marked on the bar. A band that is still being estimated is shown faint.
    void setBand(const std::optional<Band>& band, double value, const QString& words);
    void setBandFaint(bool faint);
    void setTheme(const Theme& theme);
    void setAlarm(bool alarm);  ///< in the colour of a warning
    void setEmphasis(bool emphasis);

    [[nodiscard]] QString value() const { return value_; }
    [[nodiscard]] QString note() const { return note_; }
    [[nodiscard]] int repaints() const { return repaints_; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

signals:
    void painted();

protected:
    void paintEvent(QPaintEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    [[nodiscard]] QFont titleFont() const;
    [[nodiscard]] QFont valueFont() const;
    void paintBand(QPainter& painter, const QRectF& area) const;
    void changed();

    QString value_;
    QString note_;
    QString bandWords_;
    std::optional<Band> band_;
    double mark_ = 0.0;
    bool faint_ = false;
    bool alarm_ = false;
    bool emphasis_ = false;
    int widest_ = 0;  ///< grows with the text and never shrinks, so that the strip does not jump
    int repaints_ = 0;
    Theme theme_;
};

}  // namespace wafercast::gui
