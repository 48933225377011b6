#include "gui/models/settings.hpp"

#include <QSettings>
#include <QVariant>

namespace wafercast::gui {

namespace {

constexpr int kRecentFiles = 8;

QString geometryKey() { return QStringLiteral("window/geometry"); }
/// The number is raised when docks change, so that an old layout is not forced on them.
QString layoutKey() { return QStringLiteral("window/layout-1"); }
QString themeKey() { return QStringLiteral("view/theme"); }
QString allFieldsKey() { return QStringLiteral("design/all-fields"); }
QString exportKey() { return QStringLiteral("export/folder"); }
QString recentKey() { return QStringLiteral("file/recent"); }

}  // namespace

Settings::Settings()
    : store_{std::make_unique<QSettings>(QStringLiteral("wafercast"), QStringLiteral("studio"))} {}

Settings::Settings(const QString& file)
    : store_{std::make_unique<QSettings>(file, QSettings::IniFormat)} {}

Settings::~Settings() = default;

QByteArray Settings::windowGeometry() const { return store_->value(geometryKey()).toByteArray(); }
void Settings::setWindowGeometry(const QByteArray& geometry) {
    store_->setValue(geometryKey(), geometry);
}

QByteArray Settings::dockLayout() const { return store_->value(layoutKey()).toByteArray(); }
void Settings::setDockLayout(const QByteArray& layout) { store_->setValue(layoutKey(), layout); }

ThemeChoice Settings::theme() const {
    const QString name = store_->value(themeKey()).toString();
    if (name == QLatin1String{"light"}) {
        return ThemeChoice::kLight;
    }
    return name == QLatin1String{"dark"} ? ThemeChoice::kDark : ThemeChoice::kSystem;
}
void Settings::setTheme(ThemeChoice theme) {
    const QString name = theme == ThemeChoice::kLight  ? QStringLiteral("light")
                         : theme == ThemeChoice::kDark ? QStringLiteral("dark")
                                                       : QStringLiteral("system");
    store_->setValue(themeKey(), name);
}

bool Settings::showsAllFields() const { return store_->value(allFieldsKey(), false).toBool(); }
void Settings::setShowsAllFields(bool all) { store_->setValue(allFieldsKey(), all); }

QString Settings::exportFolder() const { return store_->value(exportKey()).toString(); }
void Settings::setExportFolder(const QString& folder) { store_->setValue(exportKey(), folder); }

QStringList Settings::recentFiles() const { return store_->value(recentKey()).toStringList(); }
void Settings::addRecentFile(const QString& path) {
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    store_->setValue(recentKey(), files.mid(0, kRecentFiles));
}

}  // namespace wafercast::gui
