#include "gui/views/plot_canvas.hpp"

#include <QContextMenuEvent>
#include <QDir>
#include <QFileDialog>
#include <QKeyEvent>
#include <QMenu>
#include <QMessageBox>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <cmath>

#include "gui/models/settings.hpp"
#include "gui/models/text.hpp"
#include "gui/views/plot_export.hpp"
#include "gui/views/tinted_icon.hpp"

namespace wafercast::gui {

namespace {

constexpr QSize kExportSize{960, 640};

}  // namespace

PlotCanvas::PlotCanvas(std::unique_ptr<PlotScene> scene, const QString& name, Settings& settings,
                       QWidget* parent)
    : QWidget{parent}, scene_{std::move(scene)}, settings_{settings}, theme_{lightTheme()} {
    setAccessibleName(name);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
}

PlotCanvas::~PlotCanvas() = default;

QSize PlotCanvas::sizeHint() const { return minimumSizeHint() * 1.4; }

QSize PlotCanvas::minimumSizeHint() const { return scene_->leastSize(font()).toSize(); }

void PlotCanvas::setTheme(const Theme& theme) {
    theme_ = theme;
    stale_ = true;
    update();
}

void PlotCanvas::refresh() {
    hovered_ = -1;
    stale_ = true;
    setAccessibleDescription(scene_->summary());
    // Laying the window out again is dear; a drag seldom asks for more room.
    if (const QSize least = minimumSizeHint(); least != least_) {
        least_ = least;
        updateGeometry();
    }
    update();
}

void PlotCanvas::drawLayer() {
    const double ratio = devicePixelRatioF();
    const QSize pixels{static_cast<int>(std::ceil(width() * ratio)),
                       static_cast<int>(std::ceil(height() * ratio))};
    if (layer_.size() != pixels) {
        layer_ = QImage{pixels, QImage::Format_RGB32};
    }
    layer_.setDevicePixelRatio(ratio);
    layer_.fill(theme_.canvas);
    scene_->arrange(size(), theme_, font());
    QPainter painter{&layer_};
    scene_->paint(painter);
    stale_ = false;
}

void PlotCanvas::paintEvent(QPaintEvent* /*event*/) {
    if (stale_ || layer_.devicePixelRatio() != devicePixelRatioF()) {
        drawLayer();
    }
    QPainter painter{this};
    painter.drawImage(QPointF{0.0, 0.0}, layer_);
    if (hovered_ >= 0) {
        scene_->paintHover(painter, hovered_);
    }
    if (hasFocus()) {
        painter.setPen(QPen{theme_.accent, 1.0});
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void PlotCanvas::resizeEvent(QResizeEvent* /*event*/) { stale_ = true; }

void PlotCanvas::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) {
        stale_ = true;
        update();
    }
    QWidget::changeEvent(event);
}

void PlotCanvas::hover(int item, const QPoint& at) {
    if (item != hovered_) {
        hovered_ = item;
        emit hoverChanged(item);
        update();
    }
    if (item >= 0) {
        QToolTip::showText(mapToGlobal(at), scene_->describe(item), this);
    } else {
        QToolTip::hideText();
    }
}

void PlotCanvas::mouseMoveEvent(QMouseEvent* event) {
    hover(scene_->itemAt(event->position()), event->position().toPoint());
}

void PlotCanvas::mouseReleaseEvent(QMouseEvent* event) {
    const int item = scene_->itemAt(event->position());
    if (event->button() == Qt::LeftButton && item >= 0 && scene_->activate(item)) {
        refresh();
    }
}

void PlotCanvas::leaveEvent(QEvent* /*event*/) {
    if (hovered_ >= 0) {
        hovered_ = -1;
        emit hoverChanged(-1);
        update();
    }
}

void PlotCanvas::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Space && hovered_ >= 0 && scene_->activate(hovered_)) {
        refresh();
    } else if (event->key() == Qt::Key_Escape) {
        leaveEvent(nullptr);
    } else {
        QWidget::keyPressEvent(event);
    }
}

void PlotCanvas::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu{this};
    menu.setAccessibleName(tr("Export"));
    for (const bool dark : {false, true}) {
        auto* figure = menu.addMenu(tintedIcon(QStringLiteral("export")),
                                    dark ? tr("Export dark figure") : tr("Export light figure"));
        for (const char* ending : {"svg", "pdf", "png"}) {
            const QString name = QString::fromLatin1(ending);
            figure->addAction(tr("%1…").arg(name.toUpper()), this,
                              [this, dark, name] { askExport(dark, name); });
        }
    }
    menu.addAction(tr("Export data as CSV…"), this,
                   [this] { askExport(false, QStringLiteral("csv")); });
    menu.exec(event->globalPos());
}

void PlotCanvas::askExport(bool dark, const QString& ending) {
    const QString start = QDir{settings_.exportFolder()}.filePath(
        accessibleName().toLower().replace(QLatin1Char{' '}, QLatin1Char{'-'}) + QLatin1Char{'.'} +
        ending);
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Export %1").arg(accessibleName()), start,
                                     tr("%1 files (*.%2)").arg(ending.toUpper(), ending));
    if (path.isEmpty()) {
        return;
    }
    settings_.setExportFolder(QFileInfo{path}.absolutePath());
    const auto done =
        exportScene(*scene_, path, kExportSize, dark ? darkTheme() : lightTheme(), font());
    stale_ = true;
    update();
    if (!done) {
        QMessageBox::warning(this, tr("Not exported"), failureText(done.error()));
    }
}

}  // namespace wafercast::gui
