#include "gui/studio_fixture.hpp"

#include <QApplication>
#include <QFile>

#include "gui/models/text.hpp"
#include "gui/views/wait_for.hpp"

namespace wafercast::gui {

namespace {

Appearance* appearance_of_the_process = nullptr;

}  // namespace

void setTestAppearance(Appearance* appearance) { appearance_of_the_process = appearance; }

Appearance& testAppearance() { return *appearance_of_the_process; }

std::shared_ptr<const Session> testSession() {
    static const std::shared_ptr<const Session> session = [] {
        SessionOptions options;
        options.user_overlay = false;
        auto opened = Session::open(options);
        if (!opened) {
            qFatal("%s", qPrintable(failureText(opened.error())));
        }
        return std::shared_ptr<const Session>{std::move(*opened)};
    }();
    return session;
}

QString shippedDesign(const QString& name) {
    return QStringLiteral("%1/data/designs/%2.toml")
        .arg(qEnvironmentVariable("WAFERCAST_SOURCE_DIR"), name);
}

QString copyOfDesign(const QTemporaryDir& folder, const QString& name) {
    const QString copy = folder.filePath(name + QStringLiteral(".toml"));
    EXPECT_TRUE(QFile::copy(shippedDesign(name), copy));
    QFile::setPermissions(copy, QFile::ReadOwner | QFile::WriteOwner);
    return copy;
}

QByteArray bytesOf(const QString& path) {
    QFile file{path};
    EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path.toStdString();
    return file.readAll();
}

OpenWindow::OpenWindow(const QString& design)
    : settings{folder.filePath(QStringLiteral("settings.ini"))},
      window{testSession(), settings, testAppearance()} {
    EXPECT_TRUE(window.openFile(design));
    window.show();
    window.resize(1280, 800);
    settle();
}

void OpenWindow::settle() {
    EXPECT_TRUE(waitFor([this] { return !window.service().isBusy(); }));
    for (int i = 0; i < 3; ++i) {
        QApplication::processEvents();
    }
}

}  // namespace wafercast::gui
