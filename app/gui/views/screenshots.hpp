#pragma once

#include <QString>
#include <QStringList>

namespace wafercast::gui {

class Appearance;
class MainWindow;

/// Saves every view of the shown window, light and dark, as PNG files in `folder`; names end in -2x
/// at twice the scale.
/// @return what could not be written; empty when all is well
QStringList takeScreenshots(MainWindow& window, Appearance& appearance, const QString& folder);

}  // namespace wafercast::gui
