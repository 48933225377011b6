#include "gui/models/roofline_scene.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "gui/models/text.hpp"
#include "units/units.hpp"

namespace wafercast::gui {

namespace {

namespace dim = dimension;

constexpr double kMargin = 8.0;
constexpr double kReach = 9.0;       ///< how near the pointer has to be to a mark
constexpr double kSlopeSpan = 40.0;  ///< from the ridge to the left and the lower edge
constexpr double kLeastRadius = 2.8;
constexpr double kMostRadius = 9.0;

QString tr(const char* words) { return QCoreApplication::translate("RooflineScene", words); }

QString rate(double value) { return quantityText(value, dim::operation_rate); }

/// "10k" for ten thousand.
QString decade(double value) {
    static constexpr std::array kNames{"0.001", "0.01", "0.1",  "1",  "10", "100",
                                       "1k",    "10k",  "100k", "1M", "10M"};
    const long at = std::lround(std::log10(value)) + 3;
    return at >= 0 && at < static_cast<long>(kNames.size())
               ? QString::fromLatin1(kNames[static_cast<std::size_t>(at)])
               : text(format_number(value));
}

QString intensity(double value) { return quantityText(value, dim::operation / dim::information); }

}  // namespace

void RooflineScene::setRoofline(std::shared_ptr<const Roofline> roofline,
                                std::shared_ptr<const Evaluation> evaluation) {
    roofline_ = std::move(roofline);
    evaluation_ = std::move(evaluation);
}

void RooflineScene::clear(const QString& reason) {
    roofline_.reset();
    evaluation_.reset();
    marks_.clear();
    empty_ = reason;
}

void RooflineScene::arrange(QSizeF size, const Theme& theme, const QFont& font) {
    theme_ = theme;
    font_ = font;
    size_ = size;
    marks_.clear();
    if (roofline_ != nullptr) {
        placeAxes();
        placeMarks();
    }
}

void RooflineScene::placeAxes() {
    double left = 1.0;
    double right = 1000.0;
    double top = 0.0;
    double bottom = std::numeric_limits<double>::infinity();
    for (const RooflinePoint& point : roofline_->points) {
        left = std::min(left, point.intensity);
        right = std::max(right, point.intensity * 1.5);
        bottom = std::min(bottom, point.rate);
        top = std::max(top, point.rate);
    }
    for (const MemoryRoof& roof : roofline_->memory) {
        // Each slope is long enough for its label.
        const double peak = roofline_->compute.empty() ? 1.0 : roofline_->compute.front().rate;
        left = std::min(left, peak / roof.bandwidth / kSlopeSpan);
    }
    for (const ComputeRoof& roof : roofline_->compute) {
        top = std::max(top, roof.rate);
        bottom = std::min({bottom, roof.rate / 3.0, roofline_->compute.front().rate / kSlopeSpan});
    }
    const QFontMetricsF metrics{font_};
    const double label = metrics.horizontalAdvance(rate(1e14));
    plot_ = QRectF{kMargin + label + 6.0, kMargin + metrics.height() * 1.3,
                   std::max(20.0, size_.width() - label - 3.0 * kMargin),
                   std::max(20.0, size_.height() - 2.0 * kMargin - metrics.height() * 3.6)};
    top = top > 0.0 ? top : 1.0;
    bottom = std::clamp(bottom, top * 1e-6, top * 1e-1);
    x_ = LogAxis{left, right, plot_.left(), plot_.right()};
    y_ = LogAxis{bottom, top * 1.2, plot_.bottom(), plot_.top()};
}

void RooflineScene::placeMarks() {
    double longest = 0.0;
    for (const RooflinePoint& point : roofline_->points) {
        longest = std::max(longest, evaluation_->operators[point.line].seconds);
    }
    for (const RooflinePoint& point : roofline_->points) {
        const OperatorLine& of = evaluation_->operators[point.line];
        const double share = longest > 0.0 ? of.seconds / longest : 0.0;
        const double y = std::min(plot_.bottom(), y_.pixel(point.rate));
        marks_.push_back({.centre = {x_.pixel(point.intensity), y},
                          .radius = std::max(kLeastRadius, kMostRadius * std::sqrt(share)),
                          .decode = of.phase == "decode",
                          .line = point.line});
    }
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const Mark& a, const Mark& b) { return a.radius > b.radius; });
}

void RooflineScene::paint(QPainter& painter) const {
    painter.setFont(font_);
    if (roofline_ == nullptr) {
        painter.setPen(theme_.faint);
        painter.drawText(QRectF{{0.0, 0.0}, size_}.adjusted(kMargin, kMargin, -kMargin, -kMargin),
                         Qt::AlignCenter | Qt::TextWordWrap, empty_);
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    paintAxes(painter);
    paintRoofs(painter);
    for (const Mark& mark : marks_) {
        paintMark(painter, mark);
    }
    paintLegend(painter);
}

void RooflineScene::paintAxes(QPainter& painter) const {
    const QFontMetricsF metrics{font_};
    const double line = metrics.height();
    for (const LogAxis::Tick& tick : y_.ticks(line * 1.3)) {
        painter.setPen(QPen{theme_.grid, 1.0});
        painter.drawLine(QPointF{plot_.left(), tick.pixel}, QPointF{plot_.right(), tick.pixel});
        painter.setPen(theme_.faint);
        painter.drawText(QRectF{0.0, tick.pixel - line, plot_.left() - 6.0, 2.0 * line},
                         Qt::AlignRight | Qt::AlignVCenter, rate(tick.value));
    }
    const double wide = metrics.horizontalAdvance(QStringLiteral("100k")) + 14.0;
    for (const LogAxis::Tick& tick : x_.ticks(wide)) {
        painter.setPen(QPen{theme_.grid, 1.0});
        painter.drawLine(QPointF{tick.pixel, plot_.top()}, QPointF{tick.pixel, plot_.bottom()});
        const QString words = decade(tick.value);
        painter.setPen(theme_.faint);
        // The last label stays inside the figure.
        const double half = metrics.horizontalAdvance(words) / 2.0;
        const double x = std::min(tick.pixel, size_.width() - half - 2.0);
        painter.drawText(QPointF{x - half, plot_.bottom() + line}, words);
    }
    painter.drawText(QRectF{plot_.left(), plot_.bottom() + line * 1.25, plot_.width(), line * 1.2},
                     Qt::AlignCenter, tr("work per byte of memory [FLOP/B]"));
}

void RooflineScene::paintRoofs(QPainter& painter) const {
    if (roofline_->memory.empty() || roofline_->compute.empty()) {
        return;
    }
    const QFontMetricsF metrics{font_};
    const double peak = roofline_->compute.front().rate;
    painter.save();
    painter.setClipRect(plot_);
    double widest = 0.0;
    for (const MemoryRoof& roof : roofline_->memory) {
        widest = std::max(widest, roof.bandwidth);
        const QPointF from{plot_.left(), y_.pixel(roof.bandwidth * x_.low())};
        const QPointF to{x_.pixel(peak / roof.bandwidth), y_.pixel(peak)};
        painter.setPen(QPen{theme_.accent, 1.8});
        painter.drawLine(from, to);
        // The label runs along the slope, a little above it.
        const QString words =
            text(roof.label) + QLatin1Char{' '} + quantityText(roof.bandwidth, dim::bandwidth);
        const double slope = std::atan2(to.y() - from.y(), to.x() - from.x());
        const double length = std::hypot(to.x() - from.x(), to.y() - from.y());
        painter.save();
        painter.translate(to);
        painter.rotate(slope * 180.0 / M_PI);
        painter.setPen(theme_.accent);
        painter.drawText(QPointF{-(length + metrics.horizontalAdvance(words)) / 2.0, -5.0}, words);
        painter.restore();
    }
    painter.restore();
    double last = -std::numeric_limits<double>::infinity();
    for (const ComputeRoof& roof : roofline_->compute) {
        const double y = y_.pixel(roof.rate);
        const double ridge = std::clamp(x_.pixel(roof.rate / widest), plot_.left(), plot_.right());
        if (y > plot_.bottom()) {
            continue;
        }
        painter.setPen(QPen{theme_.accent, 1.8});
        painter.drawLine(QPointF{ridge, y}, QPointF{plot_.right(), y});
        // Above its line, or below it where the label above is too near.
        const double line = metrics.height();
        const double label = y - line - 1.0 < last ? y + 1.0 : y - line - 1.0;
        if (label < last) {
            continue;
        }
        last = label + line;
        const QString words = text(roof.label) + QLatin1Char{' '} + rate(roof.rate);
        const double wide = metrics.horizontalAdvance(words);
        const QRectF place{plot_.right() - wide, label, wide, line};
        QColor backdrop = theme_.canvas;
        backdrop.setAlpha(200);
        painter.fillRect(place.adjusted(-2.0, 1.0, 0.0, -1.0), backdrop);
        painter.setPen(theme_.ink);
        painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, words);
    }
}

void RooflineScene::paintMark(QPainter& painter, const Mark& mark) const {
    QColor fill = mark.decode ? theme_.series[1] : theme_.series[2];
    painter.setPen(QPen{theme_.canvas, 1.0});
    fill.setAlpha(215);
    painter.setBrush(fill);
    if (mark.decode) {
        painter.drawEllipse(mark.centre, mark.radius, mark.radius);
    } else {
        const double r = mark.radius * 0.9;
        painter.drawRect(QRectF{mark.centre - QPointF{r, r}, QSizeF{2.0 * r, 2.0 * r}});
    }
}

void RooflineScene::paintLegend(QPainter& painter) const {
    const QFontMetricsF metrics{font_};
    const double y = kMargin + metrics.height() * 0.5;
    double x = plot_.left();
    for (const bool decode : {true, false}) {
        Mark mark{.centre = {x + 5.0, y}, .radius = 5.0, .decode = decode};
        paintMark(painter, mark);
        const QString words = decode ? tr("decode") : tr("prefill");
        painter.setPen(theme_.ink);
        painter.drawText(QPointF{x + 15.0, y + metrics.ascent() / 2.0 - 1.0}, words);
        x += metrics.horizontalAdvance(words) + 34.0;
    }
}

void RooflineScene::paintHover(QPainter& painter, int item) const {
    const Mark& mark = marks_[static_cast<std::size_t>(item)];
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen{theme_.ink, 1.8});
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(mark.centre, mark.radius + 3.0, mark.radius + 3.0);
}

int RooflineScene::itemAt(QPointF position) const {
    int nearest = -1;
    double best = kReach;
    for (std::size_t i = 0; i < marks_.size(); ++i) {
        const QPointF apart = marks_[i].centre - position;
        const double distance = std::hypot(apart.x(), apart.y()) - marks_[i].radius;
        if (distance <= best) {
            best = distance;
            nearest = static_cast<int>(i);
        }
    }
    return nearest;
}

QString RooflineScene::describe(int item) const {
    const Mark& mark = marks_[static_cast<std::size_t>(item)];
    const OperatorLine& of = line(mark);
    const auto point = std::find_if(roofline_->points.begin(), roofline_->points.end(),
                                    [&](const RooflinePoint& p) { return p.line == mark.line; });
    return QStringLiteral("%1, %2\n%3\n%4, %5\n%6")
        .arg(text(of.name), text(of.phase), quantityText(of.seconds, dim::time),
             intensity(point->intensity), rate(point->rate), tr("bound by %1").arg(text(of.bound)));
}

std::string RooflineScene::csv() const {
    std::string lines = csv_row({"operator", "phase", "seconds", "flops", "bytes", "flop_per_byte",
                                 "flop_per_second", "bound"});
    if (roofline_ == nullptr) {
        return lines;
    }
    for (const RooflinePoint& point : roofline_->points) {
        const OperatorLine& of = evaluation_->operators[point.line];
        lines += csv_row({of.name, of.phase, json_number(of.seconds), json_number(of.flops),
                          json_number(of.bytes), json_number(point.intensity),
                          json_number(point.rate), of.bound});
    }
    return lines;
}

QString RooflineScene::summary() const {
    if (roofline_ == nullptr || roofline_->compute.empty()) {
        return empty_;
    }
    return tr("Roofline: peak %1 at %2, %3 operators")
        .arg(rate(roofline_->compute.front().rate), text(roofline_->compute.front().label),
             text(format_count(static_cast<double>(roofline_->points.size()))));
}

QSizeF RooflineScene::leastSize(const QFont& font) const {
    const QFontMetricsF metrics{font};
    return {metrics.horizontalAdvance(tr("work per byte of memory [FLOP/B]")) +
                metrics.horizontalAdvance(rate(1e14)) + 6.0 * kMargin,
            metrics.height() * 11.0};
}

}  // namespace wafercast::gui
