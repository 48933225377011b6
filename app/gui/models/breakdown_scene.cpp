#include "gui/models/breakdown_scene.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QStringList>
#include <algorithm>
#include <cmath>

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "gui/models/text.hpp"
#include "units/units.hpp"

namespace wafercast::gui {

namespace {

constexpr double kMargin = 8.0;
constexpr double kGap = 8.0;
constexpr double kIndent = 12.0;
constexpr double kLeastBar = 60.0;

double rowHeightOf(const QFont& font) { return QFontMetricsF{font}.height() + 1.0; }

}  // namespace

template <class Line, class Amount, class Show>
double BreakdownScene::append(const Line& line, const std::string& path, int depth, double start,
                              Amount amount, Show show) {
    const std::string here = path.empty() ? line.label : path + "/" + line.label;
    const bool group = !line.children.empty();
    rows_.push_back(
        {.path = here,
         .label = path.ends_with("dies") ? text(line.label) : lineLabel(line.label),  // ids stay
         .amountText = show(amount(line)),
         .amount = amount(line),
         .start = kind_ == Kind::kWaterfall ? start : 0.0,
         .depth = depth,
         .group = group});
    double from = start;
    for (const Line& child : line.children) {
        if (amount(child) != 0.0) {
            from = append(child, here, depth + 1, from, amount, show);
        }
    }
    return start + amount(line);
}

template <class Line, class Amount, class Show>
void BreakdownScene::gather(const Line& tree, Amount amount, Show show) {
    rows_.clear();
    double from = 0.0;
    for (const Line& child : tree.children) {
        if (amount(child) != 0.0) {
            from = append(child, {}, 0, from, amount, show);
        }
    }
    totalText_ = show(amount(tree));
    if (kind_ == Kind::kWaterfall) {
        rows_.push_back({.path = "total",
                         .label = QCoreApplication::translate("BreakdownScene", "Total"),
                         .amountText = totalText_,
                         .amount = amount(tree),
                         .total = true});
    }
}

void BreakdownScene::setCost(const CostLine& tree, const QString& title, bool perMtok) {
    title_ = title;
    empty_.clear();
    gather(
        tree, [](const CostLine& line) { return line.usd; },
        [](double usd) { return text(format_money(usd)); });
    if (perMtok) {
        totalText_ += QStringLiteral("/Mtok");
    }
}

void BreakdownScene::setEnergy(const EnergyLine& tree, const QString& title) {
    title_ = title;
    empty_.clear();
    gather(
        tree, [](const EnergyLine& line) { return line.joules; },
        [](double joules) { return quantityText(joules, dimension::energy); });
    totalText_ += QStringLiteral("/token");
}

void BreakdownScene::clear(const QString& reason) {
    rows_.clear();
    shown_.clear();
    empty_ = reason;
}

std::vector<std::size_t> BreakdownScene::visibleRows() const {
    std::vector<std::size_t> visible;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const Row& row = rows_[i];
        bool hidden = crowded_ && row.depth > 0;
        for (std::size_t slash = row.path.find('/'); slash != std::string::npos && !hidden;
             slash = row.path.find('/', slash + 1)) {
            hidden = closed_.contains(row.path.substr(0, slash));
        }
        if (!hidden) {
            visible.push_back(i);
        }
    }
    return visible;
}

void BreakdownScene::arrange(QSizeF size, const Theme& theme, const QFont& font) {
    theme_ = theme;
    font_ = font;
    size_ = size;
    const double least = rowHeightOf(font);
    const double room = size.height() - 2.0 * kMargin - least * 1.4;
    crowded_ = false;
    shown_ = visibleRows();
    if (static_cast<double>(shown_.size()) * least > room) {
        crowded_ = true;
        shown_ = visibleRows();
    }
    const double count = std::max(1.0, static_cast<double>(shown_.size()));
    rowHeight_ = std::clamp(room / count, least, least * 1.6);
    placeRows(size);
}

void BreakdownScene::placeRows(QSizeF size) {
    const QFontMetricsF metrics{font_};
    double amountWidth = 0.0;
    double top = 0.0;
    double bottom = 0.0;
    labelWidth_ = 0.0;
    for (const std::size_t i : shown_) {
        const Row& row = rows_[i];
        labelWidth_ = std::max(
            labelWidth_, metrics.horizontalAdvance(row.label) + row.depth * kIndent + kIndent);
        amountWidth = std::max(amountWidth, metrics.horizontalAdvance(row.amountText));
        top = std::max({top, row.start, row.start + row.amount});
        bottom = std::min({bottom, row.start, row.start + row.amount});
    }
    const double left = kMargin + labelWidth_ + kGap;
    const double width = std::max(1.0, size.width() - left - amountWidth - kGap - kMargin);
    const double scale = top > bottom ? width / (top - bottom) : 0.0;
    double y = kMargin + rowHeightOf(font_) * 1.4;
    for (const std::size_t i : shown_) {
        Row& row = rows_[i];
        row.open = row.group && !crowded_ && !closed_.contains(row.path);
        row.frame = QRectF{0.0, y, size.width(), rowHeight_};
        const double from = std::min(row.start, row.start + row.amount);
        row.bar = QRectF{left + (from - bottom) * scale, y + rowHeight_ * 0.14,
                         std::max(1.0, std::abs(row.amount) * scale), rowHeight_ * 0.72};
        y += rowHeight_;
    }
}

void BreakdownScene::paint(QPainter& painter) const {
    painter.setFont(font_);
    if (shown_.empty()) {
        painter.setPen(theme_.faint);
        painter.drawText(QRectF{{0.0, 0.0}, size_}.adjusted(kMargin, kMargin, -kMargin, -kMargin),
                         Qt::AlignCenter | Qt::TextWordWrap, empty_);
        return;
    }
    const double line = rowHeightOf(font_);
    painter.setPen(theme_.faint);
    painter.drawText(QRectF{kMargin, kMargin, size_.width() - 2 * kMargin, line},
                     Qt::AlignLeft | Qt::AlignVCenter, title_);
    painter.setPen(theme_.ink);
    painter.setFont(scaledFont(font_, 1.0, true));
    painter.drawText(QRectF{kMargin, kMargin, size_.width() - 2 * kMargin, line},
                     Qt::AlignRight | Qt::AlignVCenter, totalText_);
    painter.setFont(font_);
    for (const std::size_t i : shown_) {
        paintRow(painter, rows_[i]);
    }
    if (kind_ != Kind::kWaterfall) {
        return;
    }
    painter.setPen(QPen{theme_.faint, 1.0, Qt::DotLine});
    for (std::size_t k = 0; k + 1 < shown_.size(); ++k) {
        const Row& row = rows_[shown_[k]];
        const Row& next = rows_[shown_[k + 1]];
        const double x = row.open ? row.bar.left() : row.bar.right();
        painter.drawLine(QPointF{x, row.bar.bottom()}, QPointF{x, next.bar.top()});
    }
}

void BreakdownScene::paintRow(QPainter& painter, const Row& row) const {
    const QColor fill = row.total ? theme_.total : row.open ? theme_.group : theme_.part;
    painter.fillRect(row.bar, fill);
    painter.setPen(row.depth > 0 ? theme_.faint : theme_.ink);
    const double left = kMargin + row.depth * kIndent;
    if (row.group) {
        const double y = row.frame.center().y();
        QPolygonF arrow;
        if (row.open) {
            arrow << QPointF{left, y - 2.0} << QPointF{left + 7.0, y - 2.0}
                  << QPointF{left + 3.5, y + 3.0};
        } else {
            arrow << QPointF{left + 1.0, y - 3.5} << QPointF{left + 6.0, y}
                  << QPointF{left + 1.0, y + 3.5};
        }
        painter.save();
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme_.faint);
        painter.drawPolygon(arrow);
        painter.restore();
    }
    const QRectF label{left + kIndent, row.frame.top(), labelWidth_, row.frame.height()};
    painter.drawText(label, Qt::AlignLeft | Qt::AlignVCenter, row.label);
    painter.setPen(theme_.ink);
    painter.drawText(row.frame.adjusted(0.0, 0.0, -kMargin, 0.0), Qt::AlignRight | Qt::AlignVCenter,
                     row.amountText);
}

void BreakdownScene::paintHover(QPainter& painter, int item) const {
    QColor veil = theme_.accent;
    veil.setAlpha(40);
    painter.fillRect(rows_[static_cast<std::size_t>(item)].frame, veil);
}

int BreakdownScene::itemAt(QPointF position) const {
    for (const std::size_t i : shown_) {
        if (rows_[i].frame.contains(position)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

QString BreakdownScene::describe(int item) const {
    const Row& row = rows_[static_cast<std::size_t>(item)];
    return QStringLiteral("%1: %2").arg(
        lineLabel(row.path).replace(QLatin1Char{'/'}, QStringLiteral(" › ")), row.amountText);
}

bool BreakdownScene::activate(int item) {
    const Row& row = rows_[static_cast<std::size_t>(item)];
    if (!row.group || crowded_) {
        return false;
    }
    if (!closed_.erase(row.path)) {
        closed_.insert(row.path);
    }
    return true;
}

std::string BreakdownScene::csv() const {
    const bool energy = kind_ == Kind::kBars;
    std::string lines = csv_row({"path", energy ? "joules" : "usd"});
    for (const Row& row : rows_) {
        lines += csv_row({row.path, json_number(row.amount)});
    }
    return lines;
}

QString BreakdownScene::summary() const {
    QStringList words;
    for (const Row& row : rows_) {
        if (row.depth == 0) {
            words << QStringLiteral("%1 %2").arg(row.label, row.amountText);
        }
    }
    return title_ + QStringLiteral(": ") + words.join(QStringLiteral(", "));
}

QSizeF BreakdownScene::leastSize(const QFont& font) const {
    const QFontMetricsF metrics{font};
    double label = metrics.horizontalAdvance(title_) - kLeastBar;
    double amount = metrics.horizontalAdvance(totalText_);
    double rows = 2.0;
    for (const Row& row : rows_) {
        label = std::max(label, metrics.horizontalAdvance(row.label) + kIndent * (1.0 + row.depth));
        amount = std::max(amount, metrics.horizontalAdvance(row.amountText));
        rows += row.depth == 0 ? 1.0 : 0.0;
    }
    return {label + amount + kLeastBar + 2.0 * kMargin + 2.0 * kGap,
            rows * rowHeightOf(font) + 2.0 * kMargin};
}

}  // namespace wafercast::gui
