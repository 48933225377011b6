#include "gui/views/screenshots.hpp"

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QPixmap>
#include <QTreeView>

#include "gui/models/design_tree_model.hpp"
#include "gui/views/catalog_picker.hpp"
#include "gui/views/design_panel.hpp"
#include "gui/views/field_editor.hpp"
#include "gui/views/main_window.hpp"
#include "gui/views/wait_for.hpp"

namespace wafercast::gui {

namespace {

constexpr int kQuality = 10;  ///< small files: of a PNG only the compression

class Camera {
public:
    Camera(MainWindow& window, QString folder, QString theme)
        : window_{window}, folder_{std::move(folder)}, theme_{std::move(theme)} {}

    void take(const QString& view) {
        settle();
        keep(window_.grab(), view);
    }

    void keep(const QPixmap& picture, const QString& view) {
        const QString scale = picture.devicePixelRatio() > 1.5 ? QStringLiteral("-2x") : QString{};
        const QString path =
            QDir{folder_}.filePath(QStringLiteral("%1-%2%3.png").arg(view, theme_, scale));
        if (!picture.save(path, "PNG", kQuality)) {
            failed << path;
        }
    }

    void settle() {
        waitFor([this] { return !window_.service().isBusy(); });
        for (int i = 0; i < 3; ++i) {
            QApplication::processEvents();
        }
    }

    QStringList failed;

private:
    MainWindow& window_;
    QString folder_;
    QString theme_;
};

/// A length typed where an area is wanted.
void photographRefusal(MainWindow& window, Camera& camera) {
    DesignPanel& panel = window.designPanel();
    const QString before = panel.tree().currentIndex().data(DesignTreeModel::PathRole).toString();
    const QString field = QStringLiteral("device.power_limit");
    if (!fieldOf(window.document().design(), field.toStdString())->number->is_set()) {
        return;  // unset fields are not shown
    }
    panel.select(field);
    panel.tree().edit(panel.tree().currentIndex());
    if (auto* editor = panel.tree().findChild<FieldEditor*>(); editor != nullptr) {
        editor->setText(QStringLiteral("5 cm2"));
        camera.take(QStringLiteral("studio-refusal"));
        // Closing the editor without committing it.
        panel.tree().setCurrentIndex({});
        delete editor;
    }
    panel.select(before);
    panel.tree().scrollToTop();
}

void photographPicker(MainWindow& window, Camera& camera) {
    CatalogPicker picker{window.document().catalog(), "process_nodes", &window};
    picker.setCurrent(QStringLiteral("n4"));
    picker.show();
    camera.settle();
    camera.keep(picker.grab(), QStringLiteral("catalog-picker"));
}

}  // namespace

QStringList takeScreenshots(MainWindow& window, Appearance& appearance, const QString& folder) {
    QStringList failed;
    QDir{}.mkpath(folder);
    for (const ThemeChoice choice : {ThemeChoice::kLight, ThemeChoice::kDark}) {
        appearance.choose(choice);
        Camera camera{
            window, folder,
            choice == ThemeChoice::kDark ? QStringLiteral("dark") : QStringLiteral("light")};
        window.docks().operators->raise();
        camera.take(QStringLiteral("studio"));
        window.docks().sources->raise();
        camera.take(QStringLiteral("studio-sources"));
        window.docks().limits->raise();
        camera.take(QStringLiteral("studio-limits"));
        window.docks().operators->raise();
        photographRefusal(window, camera);
        photographPicker(window, camera);
        failed += camera.failed;
    }
    return failed;
}

}  // namespace wafercast::gui
