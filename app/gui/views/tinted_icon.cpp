#include "gui/views/tinted_icon.hpp"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

namespace wafercast::gui {

namespace {

class TintedIconEngine final : public QIconEngine {
public:
    explicit TintedIconEngine(QByteArray svg) : svg_{std::move(svg)} {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode,
               QIcon::State /*state*/) override {
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const QColor ink = QGuiApplication::palette().color(group, QPalette::ButtonText);
        QByteArray svg = svg_;
        svg.replace("#000", ink.name().toLatin1());
        QSvgRenderer renderer{svg};
        renderer.render(painter, QRectF{rect});
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap drawn{size};
        drawn.fill(Qt::transparent);
        QPainter painter{&drawn};
        paint(&painter, QRect{{0, 0}, size}, mode, state);
        return drawn;
    }

    [[nodiscard]] QIconEngine* clone() const override { return new TintedIconEngine{svg_}; }

private:
    QByteArray svg_;
};

}  // namespace

QIcon tintedIcon(const QString& name) {
    QFile file{QStringLiteral(":/studio/icons/%1.svg").arg(name)};
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    return QIcon{new TintedIconEngine{file.readAll()}};
}

}  // namespace wafercast::gui
