#include "gui/views/appearance.hpp"

#include <QApplication>
#include <QFont>
#include <QFontDatabase>
#include <QIcon>
#include <QStyleFactory>

/// Outside any namespace, as the resource compiler declares it there.
static void loadStudioResources() { Q_INIT_RESOURCE(studio); }

namespace wafercast::gui {

namespace {

constexpr double kFontSize = 9.5;

QFont studioFont() {
    static const int regular =
        QFontDatabase::addApplicationFont(QStringLiteral(":/studio/fonts/Inter-Regular.otf"));
    static const int strong =
        QFontDatabase::addApplicationFont(QStringLiteral(":/studio/fonts/Inter-SemiBold.otf"));
    QFont font;
    const QStringList families = QFontDatabase::applicationFontFamilies(regular);
    if (strong >= 0 && !families.isEmpty()) {
        font = QFont{families.front()};
    }
    font.setPointSizeF(kFontSize);
    // Widths are the same at every zoom, so what fits at 1x fits at 2x.
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

}  // namespace

Appearance::Appearance(QApplication& application, QObject* parent)
    : QObject{parent}, application_{application}, system_{QGuiApplication::palette()} {
    loadStudioResources();
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setFont(studioFont());
    QApplication::setWindowIcon(QIcon{QStringLiteral(":/studio/icons/wafercast-studio.svg")});
    choose(ThemeChoice::kSystem);
}

void Appearance::choose(ThemeChoice choice) {
    choice_ = choice;
    const bool dark =
        choice == ThemeChoice::kDark || (choice == ThemeChoice::kSystem && isDark(system_));
    theme_ = dark ? darkTheme() : lightTheme();
    QApplication::setPalette(theme_.palette);
    application_.setStyleSheet({});
    emit themeChanged(theme_);
}

}  // namespace wafercast::gui
