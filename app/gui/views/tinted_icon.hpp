#pragma once

#include <QIcon>
#include <QString>

namespace wafercast::gui {

/// One of our line icons ("save"), drawn in the palette's own colour whenever it is painted, so
/// that it follows the theme and stays sharp at any scale.
[[nodiscard]] QIcon tintedIcon(const QString& name);

}  // namespace wafercast::gui
