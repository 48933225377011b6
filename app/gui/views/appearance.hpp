#pragma once

#include <QObject>
#include <QPalette>

#include "gui/models/settings.hpp"
#include "gui/models/theme.hpp"

class QApplication;

namespace wafercast::gui {

/// Style, font and palette of the application; follows the choice of theme.
class Appearance final : public QObject {
    Q_OBJECT
public:
    /// Loads our font and icons and takes over the application's look.
    explicit Appearance(QApplication& application, QObject* parent = nullptr);

    void choose(ThemeChoice choice);
    [[nodiscard]] ThemeChoice choice() const { return choice_; }
    [[nodiscard]] const Theme& theme() const { return theme_; }

signals:
    void themeChanged(const wafercast::gui::Theme& theme);

private:
    QApplication& application_;
    QPalette system_;  ///< as the desktop gave it
    ThemeChoice choice_ = ThemeChoice::kSystem;
    Theme theme_;
};

}  // namespace wafercast::gui
