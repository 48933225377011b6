// The menus and the toolbar of the window.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QToolBar>

#include "gui/models/text.hpp"
#include "gui/views/design_panel.hpp"
#include "gui/views/main_window.hpp"
#include "gui/views/tinted_icon.hpp"
#include "session/shipped_files.hpp"

namespace wafercast::gui {

namespace {

constexpr int kIconSize = 18;

QString designFolder() {
    const auto folder = data_folder();
    return folder ? QString::fromStdString((*folder / "designs").string()) : QString{};
}

}  // namespace

void MainWindow::makeActions() {
    auto* bar = addToolBar(tr("Headline"));
    bar->setObjectName(QStringLiteral("headline"));
    bar->setMovable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->toggleViewAction()->setEnabled(false);
    bar->setIconSize({kIconSize, kIconSize});
    makeFileMenu();
    makeEditMenu();
    makeViewMenu();
    makeHelpMenu();
    for (QAction* action : findChildren<QAction*>()) {
        if (action->property("toolbar").toBool()) {
            bar->addAction(action);
        }
    }
    bar->addSeparator();
    bar->addWidget(headline_);
}

void MainWindow::makeFileMenu() {
    auto* menu = menuBar()->addMenu(tr("&File"));
    auto* open = menu->addAction(tintedIcon(QStringLiteral("open")), tr("&Open…"), this, [this] {
        const QString start = document_.path().isEmpty()
                                  ? designFolder()
                                  : QFileInfo{document_.path()}.absolutePath();
        const QString path =
            QFileDialog::getOpenFileName(this, tr("Open a design"), start, tr("Designs (*.toml)"));
        if (!path.isEmpty()) {
            openFile(path);
        }
    });
    open->setShortcut(QKeySequence::Open);
    open->setProperty("toolbar", true);
    auto* recent = menu->addMenu(tr("Open &recent"));
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { fillRecent(*recent); });
    auto* shipped = menu->addMenu(tr("Shipped &designs"));
    for (const QFileInfo& file : QDir{designFolder()}.entryInfoList({QStringLiteral("*.toml")})) {
        shipped->addAction(file.completeBaseName(), this,
                           [this, path = file.absoluteFilePath()] { openFile(path); });
    }
    menu->addSeparator();
    auto* save = menu->addAction(tintedIcon(QStringLiteral("save")), tr("&Save"), this,
                                 [this] { saveFile(); });
    save->setShortcut(QKeySequence::Save);
    save->setProperty("toolbar", true);
    save->setEnabled(false);
    connect(&document_, &DesignDocument::dirtyChanged, save, &QAction::setEnabled);
    auto* as = menu->addAction(tr("Save &as…"), this, [this] { saveFileAs(); });
    as->setShortcut(QKeySequence{Qt::CTRL | Qt::SHIFT | Qt::Key_S});
    menu->addSeparator();
    menu->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);
}

bool MainWindow::saveFileAs() {
    const QString path = QFileDialog::getSaveFileName(this, tr("Save the design"), document_.path(),
                                                      tr("Designs (*.toml)"));
    if (path.isEmpty()) {
        return false;
    }
    const Failures failures = document_.saveAs(path);
    if (!failures.empty()) {
        QMessageBox::warning(this, tr("Not saved"), failureText(failures));
        return false;
    }
    settings_.addRecentFile(document_.path());
    return true;
}

void MainWindow::fillRecent(QMenu& menu) {
    menu.clear();
    for (const QString& path : settings_.recentFiles()) {
        menu.addAction(QFileInfo{path}.fileName(), this, [this, path] { openFile(path); })
            ->setToolTip(path);
    }
    if (menu.isEmpty()) {
        menu.addAction(tr("None yet"))->setEnabled(false);
    }
}

void MainWindow::makeEditMenu() {
    auto* menu = menuBar()->addMenu(tr("&Edit"));
    auto* undo = document_.undoStack()->createUndoAction(this, tr("Undo"));
    undo->setShortcut(QKeySequence::Undo);
    undo->setIcon(tintedIcon(QStringLiteral("undo")));
    auto* redo = document_.undoStack()->createRedoAction(this, tr("Redo"));
    redo->setShortcuts(
        {QKeySequence{Qt::CTRL | Qt::SHIFT | Qt::Key_Z}, QKeySequence{Qt::CTRL | Qt::Key_Y}});
    redo->setIcon(tintedIcon(QStringLiteral("redo")));
    for (QAction* action : {undo, redo}) {
        action->setProperty("toolbar", true);
        menu->addAction(action);
    }
    menu->addSeparator();
    menu->addAction(tintedIcon(QStringLiteral("search")), tr("&Find a field"), QKeySequence::Find,
                    this, [this] {
                        docks_.design->show();
                        docks_.design->raise();
                        design_->focusSearch();
                    });
}

void MainWindow::makeViewMenu() {
    auto* menu = menuBar()->addMenu(tr("&View"));
    int number = 1;
    for (QDockWidget* dock : {docks_.design, docks_.energy, docks_.wafer, docks_.roofline,
                              docks_.operators, docks_.sources, docks_.limits}) {
        auto* show = menu->addAction(dock->windowTitle(), this, [dock] {
            dock->show();
            dock->raise();
            dock->widget()->setFocus();
        });
        show->setShortcut(QKeySequence{Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number)});
        ++number;
    }
    menu->addSeparator();
    menu->addAction(tintedIcon(QStringLiteral("layout")), tr("&Reset the layout"), this,
                    &MainWindow::resetLayout);
    auto* themes = menu->addMenu(tintedIcon(QStringLiteral("theme")), tr("&Theme"));
    auto* group = new QActionGroup{this};
    const std::array<std::pair<ThemeChoice, QString>, 3> choices{
        std::pair{ThemeChoice::kSystem, tr("As the &system")},
        std::pair{ThemeChoice::kLight, tr("&Light")}, std::pair{ThemeChoice::kDark, tr("&Dark")}};
    for (const auto& [choice, name] : choices) {
        auto* action = themes->addAction(name, this, [this, choice = choice] {
            settings_.setTheme(choice);
            appearance_.choose(choice);
        });
        action->setCheckable(true);
        action->setChecked(appearance_.choice() == choice);
        group->addAction(action);
    }
}

void MainWindow::makeHelpMenu() {
    auto* menu = menuBar()->addMenu(tr("&Help"));
    menu->addAction(tr("&About"), this, [this] {
        QMessageBox::about(
            this, tr("Wafercast Studio"),
            tr("What a million tokens cost, from the wafer up.\n\nVersion %1, Qt %2.\n"
               "Font: Inter, SIL Open Font License 1.1.")
                .arg(QApplication::applicationVersion(), QString::fromLatin1(qVersion())));
    });
}

}  // namespace wafercast::gui
