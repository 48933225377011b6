#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <memory>

class QSettings;

namespace wafercast::gui {

enum class ThemeChoice { kSystem, kLight, kDark };

/// What Studio remembers between runs. Keys are spelled in settings.cpp and nowhere else.
class Settings {
public:
    Settings();                              ///< the user's own
    explicit Settings(const QString& file);  ///< of that file: tests, benchmarks, screenshots
    ~Settings();
    Settings(const Settings&) = delete;
    Settings& operator=(const Settings&) = delete;

    [[nodiscard]] QByteArray windowGeometry() const;
    void setWindowGeometry(const QByteArray& geometry);

    [[nodiscard]] QByteArray dockLayout() const;
    void setDockLayout(const QByteArray& layout);

    [[nodiscard]] ThemeChoice theme() const;
    void setTheme(ThemeChoice theme);

    [[nodiscard]] bool showsAllFields() const;
    void setShowsAllFields(bool all);

    [[nodiscard]] QString exportFolder() const;
    void setExportFolder(const QString& folder);

    /// Newest first, at most eight.
    [[nodiscard]] QStringList recentFiles() const;
    void addRecentFile(const QString& path);

private:
    std::unique_ptr<QSettings> store_;
};

}  // namespace wafercast::gui
