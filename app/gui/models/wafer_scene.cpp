#include "gui/models/wafer_scene.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "gui/models/text.hpp"
#include "units/units.hpp"

namespace wafercast::gui {

namespace {

constexpr double kMargin = 8.0;
constexpr double kNotchAngle = 2.4;  ///< half the opening of the drawn notch [degrees]

QString tr(const char* words) { return QCoreApplication::translate("WaferScene", words); }

constexpr std::array<const char*, 3> kStatusNames{"whole", "partial", "lost"};

QString statusName(DieStatus status) {
    switch (status) {
        case DieStatus::kWhole:
            return tr("whole");
        case DieStatus::kPartial:
            return tr("partial");
        case DieStatus::kLost:
            break;
    }
    return tr("lost");
}

QString count(int number) { return text(format_count(number)); }

double lineHeight(const QFont& font) { return QFontMetricsF{font}.height() + 1.0; }

}  // namespace

void WaferScene::setWafer(std::shared_ptr<const std::vector<DieWafer>> wafers, std::size_t die,
                          const DieCost& cost) {
    wafers_ = std::move(wafers);
    die_ = die;
    cost_ = cost;
}

void WaferScene::clear(const QString& reason) {
    wafers_.reset();
    empty_ = reason;
}

void WaferScene::arrange(QSizeF size, const Theme& theme, const QFont& font) {
    theme_ = theme;
    font_ = font;
    size_ = size;
    if (wafers_ == nullptr) {
        return;
    }
    const double caption = 3.0 * lineHeight(font) + kMargin;
    const double room =
        std::max(10.0, std::min(size.width(), size.height() - caption) - 2.0 * kMargin);
    // Lost dies of an exposed shot may lie beyond the wafer; they are drawn too.
    double reach = map().geometry.diameter / 2.0;
    for (const MapDie& die : map().dies) {
        reach = std::max({reach, -die.x, -die.y, die.x + map().geometry.die_width,
                          die.y + map().geometry.die_height});
    }
    scale_ = room / (2.0 * reach);
    centre_ = QPointF{size.width() / 2.0,
                      kMargin + room / 2.0 +
                          std::max(0.0, (size.height() - caption - 2.0 * kMargin - room) / 2.0)};
}

QPointF WaferScene::at(double x, double y) const {
    return centre_ + QPointF{x * scale_, -y * scale_};
}

QRectF WaferScene::rectOf(const MapDie& die) const {
    const WaferGeometry& g = map().geometry;
    return {at(die.x, die.y + g.die_height), QSizeF{g.die_width * scale_, g.die_height * scale_}};
}

void WaferScene::paint(QPainter& painter) const {
    drawn_ = {};
    painter.setFont(font_);
    if (wafers_ == nullptr) {
        painter.setPen(theme_.faint);
        painter.drawText(QRectF{{0.0, 0.0}, size_}.adjusted(kMargin, kMargin, -kMargin, -kMargin),
                         Qt::AlignCenter | Qt::TextWordWrap, empty_);
        return;
    }
    paintWafer(painter);
    paintDies(painter);
    paintShots(painter);
    paintCaption(painter);
}

void WaferScene::paintWafer(QPainter& painter) const {
    const double radius = map().geometry.diameter / 2.0 * scale_;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath disc;
    const QRectF box{centre_ - QPointF{radius, radius}, QSizeF{2.0 * radius, 2.0 * radius}};
    disc.arcMoveTo(box, 270.0 + kNotchAngle);
    disc.arcTo(box, 270.0 + kNotchAngle, 360.0 - 2.0 * kNotchAngle);
    disc.lineTo(centre_ + QPointF{0.0, radius * 0.95});
    disc.closeSubpath();
    painter.setPen(QPen{theme_.faint, 1.2});
    painter.setBrush(theme_.dark ? theme_.canvas.lighter(125) : theme_.canvas.darker(104));
    painter.drawPath(disc);
    const double usable = radius - map().geometry.edge * scale_;
    painter.setPen(QPen{theme_.faint, 0.8, Qt::DashLine});
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(centre_, usable, usable);
    painter.restore();
}

void WaferScene::paintDies(QPainter& painter) const {
    const std::array<QColor, 3> colours{theme_.good, theme_.partial, theme_.lost};
    for (const MapDie& die : map().dies) {
        const auto status = static_cast<std::size_t>(die.status);
        const QRectF rect = rectOf(die);
        const double inset = std::min(0.6, rect.width() * 0.08);
        painter.fillRect(rect.adjusted(inset, inset, -inset, -inset), colours[status]);
        ++drawn_[status];
    }
}

void WaferScene::paintShots(QPainter& painter) const {
    const WaferMap& wafer = map();
    if (wafer.shots.size() < 2 || wafer.counts.columns * wafer.counts.rows < 2) {
        return;  // a shot is a die: its outline would say nothing new
    }
    QColor line = theme_.ink;
    line.setAlpha(110);
    painter.setPen(QPen{line, 0.8});
    painter.setBrush(Qt::NoBrush);
    for (const MapShot& shot : wafer.shots) {
        painter.drawRect(QRectF{at(shot.x, shot.y + wafer.shot_height),
                                QSizeF{wafer.shot_width * scale_, wafer.shot_height * scale_}});
    }
}

void WaferScene::paintCaption(QPainter& painter) const {
    const double line = lineHeight(font_);
    const DieWafer& wafer = (*wafers_)[die_];
    const WaferCounts& counts = wafer.map.counts;
    double y = size_.height() - kMargin / 2.0 - 3.0 * line;
    const QFontMetricsF metrics{font_};
    const std::array<int, 3> numbers{counts.whole, counts.partial, counts.lost};
    const std::array<QColor, 3> colours{theme_.good, theme_.partial, theme_.lost};
    double width = 0.0;
    std::array<QString, 3> words;
    for (std::size_t i = 0; i < 3; ++i) {
        words[i] = count(numbers[i]) + QLatin1Char{' '} + statusName(static_cast<DieStatus>(i));
        width += metrics.horizontalAdvance(words[i]) + 26.0;
    }
    double x = std::max(2.0, (size_.width() - width + 12.0) / 2.0);
    for (std::size_t i = 0; i < 3; ++i) {
        painter.fillRect(QRectF{x, y + line / 2.0 - 4.5, 9.0, 9.0}, colours[i]);
        painter.setPen(theme_.ink);
        painter.drawText(QPointF{x + 14.0, y + metrics.ascent()}, words[i]);
        x += metrics.horizontalAdvance(words[i]) + 26.0;
    }
    painter.setPen(theme_.faint);
    const QString size = QStringLiteral("%1 × %2").arg(
        quantityText(wafer.map.geometry.die_width, dimension::length),
        quantityText(wafer.map.geometry.die_height, dimension::length));
    y += line;
    painter.drawText(
        QRectF{0.0, y, size_.width(), line}, Qt::AlignCenter,
        QStringLiteral("%1 · %2 · %3").arg(text(wafer.die), text(wafer.process), size));
    y += line;
    painter.drawText(
        QRectF{0.0, y, size_.width(), line}, Qt::AlignCenter,
        tr("yield %1 · sellable %2")
            .arg(text(format_share(cost_.yield)), text(format_share(cost_.sellable_yield))));
}

void WaferScene::paintHover(QPainter& painter, int item) const {
    painter.setPen(QPen{theme_.ink, 1.6});
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rectOf(map().dies[static_cast<std::size_t>(item)]));
}

int WaferScene::itemAt(QPointF position) const {
    if (wafers_ == nullptr) {
        return -1;
    }
    const WaferGeometry& g = map().geometry;
    const double x = (position.x() - centre_.x()) / scale_;
    const double y = -(position.y() - centre_.y()) / scale_;
    const auto& dies = map().dies;
    const auto found = std::find_if(dies.begin(), dies.end(), [&](const MapDie& die) {
        return x >= die.x && x <= die.x + g.die_width && y >= die.y && y <= die.y + g.die_height;
    });
    return found == dies.end() ? -1 : static_cast<int>(found - dies.begin());
}

QString WaferScene::describe(int item) const {
    const MapDie& die = map().dies[static_cast<std::size_t>(item)];
    QString words = tr("Die at %1, %2: %3")
                        .arg(quantityText(die.x, dimension::length, 4),
                             quantityText(die.y, dimension::length, 4), statusName(die.status));
    if (die.shot >= 0 && static_cast<std::size_t>(die.shot) < map().shots.size()) {
        const MapShot& shot = map().shots[static_cast<std::size_t>(die.shot)];
        words +=
            QLatin1Char{'\n'} +
            (shot.full ? tr("Shot %1, full") : tr("Shot %1, partial")).arg(count(die.shot + 1));
    }
    return words;
}

std::string WaferScene::csv() const {
    std::string lines = csv_row({"x_m", "y_m", "shot", "status"});
    if (wafers_ != nullptr) {
        for (const MapDie& die : map().dies) {
            lines += csv_row({json_number(die.x), json_number(die.y), std::to_string(die.shot),
                              kStatusNames[static_cast<std::size_t>(die.status)]});
        }
    }
    return lines;
}

QString WaferScene::summary() const {
    if (wafers_ == nullptr) {
        return empty_;
    }
    const WaferCounts& counts = map().counts;
    return tr("Wafer of %1: %2 whole dies, %3 partial, %4 lost")
        .arg(text((*wafers_)[die_].die), count(counts.whole), count(counts.partial),
             count(counts.lost));
}

QSizeF WaferScene::leastSize(const QFont& font) const {
    const QFontMetricsF metrics{font};
    return {std::max(180.0, metrics.horizontalAdvance(
                                QStringLiteral("0,000 whole  0,000 partial  0 lost")) +
                                60.0),
            180.0 + 3.0 * lineHeight(font)};
}

}  // namespace wafercast::gui
