#pragma once

#include <QFont>
#include <QSize>
#include <QString>

#include "core/result.hpp"
#include "gui/models/plot_scene.hpp"

namespace wafercast::gui {

/// Writes a figure by the ending of `path`: .svg, .pdf, .png (twice the size) or its data, .csv.
/// Arranges the scene for `size` and `theme`; the caller arranges it back.
Result<Done> exportScene(PlotScene& scene, const QString& path, QSize size, const Theme& theme,
                         const QFont& font);

}  // namespace wafercast::gui
