#include "gui/views/plot_export.hpp"

#include <QBuffer>
#include <QByteArray>
#include <QFileInfo>
#include <QImage>
#include <QMarginsF>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>

#include "reader/atomic_file.hpp"

namespace wafercast::gui {

namespace {

constexpr double kPointsPerPixel = 0.75;
constexpr int kPngScale = 2;

void draw(PlotScene& scene, QPaintDevice& device, QSize size, const Theme& theme, const QFont& font,
          double scale) {
    scene.arrange(size, theme, font);
    QPainter painter{&device};
    painter.scale(scale, scale);
    painter.fillRect(QRectF{{0.0, 0.0}, QSizeF{size}}, theme.canvas);
    scene.paint(painter);
}

void drawSvg(PlotScene& scene, QBuffer& out, QSize size, const Theme& theme, const QFont& font) {
    QSvgGenerator generator;
    generator.setOutputDevice(&out);
    generator.setSize(size);
    generator.setViewBox(QRect{{0, 0}, size});
    generator.setTitle(scene.summary());
    generator.setResolution(96);
    draw(scene, generator, size, theme, font, 1.0);
}

void drawPdf(PlotScene& scene, QBuffer& out, QSize size, const Theme& theme, const QFont& font) {
    QPdfWriter writer{&out};
    writer.setResolution(96);
    writer.setTitle(scene.summary());
    writer.setPageSize(QPageSize{QSizeF{size} * kPointsPerPixel, QPageSize::Point});
    writer.setPageMargins(QMarginsF{});
    draw(scene, writer, size, theme, font, 1.0);
}

void drawPng(PlotScene& scene, QBuffer& out, QSize size, const Theme& theme, const QFont& font) {
    QImage image{size * kPngScale, QImage::Format_ARGB32_Premultiplied};
    image.setDevicePixelRatio(kPngScale);
    draw(scene, image, size, theme, font, 1.0);
    image.save(&out, "PNG");
}

}  // namespace

Result<Done> exportScene(PlotScene& scene, const QString& path, QSize size, const Theme& theme,
                         const QFont& font) {
    QByteArray bytes;
    QBuffer buffer{&bytes};
    buffer.open(QIODevice::WriteOnly);
    const QString ending = QFileInfo{path}.suffix().toLower();
    if (ending == QLatin1String{"svg"}) {
        drawSvg(scene, buffer, size, theme, font);
    } else if (ending == QLatin1String{"pdf"}) {
        drawPdf(scene, buffer, size, theme, font);
    } else if (ending == QLatin1String{"png"}) {
        drawPng(scene, buffer, size, theme, font);
    } else if (ending == QLatin1String{"csv"}) {
        bytes = QByteArray::fromStdString(scene.csv());
    } else {
        return Failure{"studio.unknown_format", "cannot tell what to write from '." +
                                                    ending.toStdString() +
                                                    "'; name the file .svg, .pdf, .png or .csv"};
    }
    buffer.close();
    return write_file_atomically(std::filesystem::path{path.toStdU16String()},
                                 {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

}  // namespace wafercast::gui
