#include "gui/views/metric_card.hpp"

#include <QEnterEvent>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/models/plot_scene.hpp"

namespace wafercast::gui {

namespace {

constexpr int kSide = 7;
constexpr int kTop = 4;
constexpr double kBandHeight = 10.0;

}  // namespace

MetricCard::MetricCard(const QString& title, QWidget* parent)
    : QAbstractButton{parent}, theme_{lightTheme()} {
    setTitle(title);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setFocusPolicy(Qt::TabFocus);
}

void MetricCard::setTitle(const QString& title) {
    setText(title);
    changed();
}

void MetricCard::setValue(const QString& value, const QString& note) {
    if (value == value_ && note == note_) {
        return;
    }
    value_ = value;
    note_ = note;
    changed();
}

void MetricCard::setBand(const std::optional<Band>& band, double value, const QString& words) {
    band_ = band;
    mark_ = value;
    bandWords_ = words;
    faint_ = false;
    changed();
}

void MetricCard::setBandFaint(bool faint) {
    faint_ = faint;
    update();
}

void MetricCard::setTheme(const Theme& theme) {
    theme_ = theme;
    update();
}

void MetricCard::setAlarm(bool alarm) {
    alarm_ = alarm;
    update();
}

void MetricCard::setEmphasis(bool emphasis) {
    emphasis_ = emphasis;
    changed();
}

void MetricCard::changed() {
    const QString notes = bandWords_.isEmpty() ? note_ : bandWords_;
    setAccessibleName(QStringLiteral("%1: %2").arg(text(), value_));
    setAccessibleDescription(notes);
    const double width = std::max({QFontMetricsF{titleFont()}.horizontalAdvance(text()),
                                   QFontMetricsF{valueFont()}.horizontalAdvance(value_),
                                   QFontMetricsF{titleFont()}.horizontalAdvance(notes)});
    const int needed = static_cast<int>(std::ceil(width)) + 2 * kSide;
    if (needed > widest_) {
        widest_ = needed;
        updateGeometry();
    }
    update();
}

QFont MetricCard::titleFont() const { return scaledFont(font(), 0.9); }

QFont MetricCard::valueFont() const { return scaledFont(font(), emphasis_ ? 1.55 : 1.4, true); }

QSize MetricCard::sizeHint() const {
    const double height = 2.0 * QFontMetricsF{titleFont()}.height() +
                          QFontMetricsF{scaledFont(font(), 1.55, true)}.height() + 2.0 * kTop +
                          kBandHeight;
    return {std::max(widest_, 74), static_cast<int>(std::ceil(height))};
}

void MetricCard::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter{this};
    painter.setRenderHint(QPainter::Antialiasing);
    if (underMouse() || hasFocus()) {
        QColor veil = theme_.accent;
        veil.setAlpha(hasFocus() ? 50 : 28);
        painter.setPen(Qt::NoPen);
        painter.setBrush(veil);
        painter.drawRoundedRect(QRectF{rect()}.adjusted(1, 1, -1, -1), 5, 5);
    }
    const QFontMetricsF titles{titleFont()};
    const QFontMetricsF values{scaledFont(font(), 1.55, true)};
    painter.setFont(titleFont());
    painter.setPen(theme_.faint);
    painter.drawText(QPointF{kSide, kTop + titles.ascent()}, text());
    painter.setFont(valueFont());
    painter.setPen(alarm_ ? theme_.warning : theme_.ink);
    painter.drawText(QPointF{kSide, kTop + titles.height() + values.ascent()}, value_);
    painter.setFont(titleFont());
    painter.setPen(theme_.faint);
    const double bottom = kTop + titles.height() + values.height();
    if (band_) {
        paintBand(painter, QRectF{kSide, bottom, width() - 2.0 * kSide, kBandHeight});
    }
    painter.drawText(
        QPointF{kSide, bottom + (band_ ? kBandHeight : kBandHeight / 2.0) + titles.ascent()},
        bandWords_.isEmpty() ? note_ : bandWords_);
    ++repaints_;
    emit painted();
}

void MetricCard::paintBand(QPainter& painter, const QRectF& area) const {
    const double full = std::max(band_->p90, mark_) * 1.08;
    const auto x = [&](double value) { return area.left() + area.width() * value / full; };
    const double y = area.center().y();
    painter.save();
    painter.setOpacity(faint_ ? 0.35 : 1.0);
    painter.setPen(QPen{theme_.grid, 2.0, Qt::SolidLine, Qt::RoundCap});
    painter.drawLine(QPointF{area.left() + 1, y}, QPointF{area.right() - 1, y});
    painter.setPen(QPen{theme_.part, 4.0, Qt::SolidLine, Qt::RoundCap});
    painter.drawLine(QPointF{x(band_->p10), y}, QPointF{x(band_->p90), y});
    painter.setPen(QPen{theme_.ink, 2.0});
    painter.drawLine(QPointF{x(mark_), y - 3.5}, QPointF{x(mark_), y + 3.5});
    painter.restore();
}

void MetricCard::enterEvent(QEnterEvent* event) {
    update();
    QAbstractButton::enterEvent(event);
}

void MetricCard::leaveEvent(QEvent* event) {
    update();
    QAbstractButton::leaveEvent(event);
}

}  // namespace wafercast::gui
