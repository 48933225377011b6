#pragma once

#include <QString>
#include <QTemporaryDir>
#include <gtest/gtest.h>
#include <memory>

#include "gui/models/settings.hpp"
#include "gui/views/appearance.hpp"
#include "gui/views/main_window.hpp"
#include "session/session.hpp"

namespace wafercast::gui {

void setTestAppearance(Appearance* appearance);
Appearance& testAppearance();

/// The shipped catalog, read once a process.
std::shared_ptr<const Session> testSession();

/// "data/designs/NAME.toml" of the sources.
QString shippedDesign(const QString& name);

/// A copy that a test may change, in `folder`.
QString copyOfDesign(const QTemporaryDir& folder, const QString& name);

QByteArray bytesOf(const QString& path);

/// A shown window with H100 open and all answered.
struct OpenWindow {
    explicit OpenWindow(const QString& design = shippedDesign(QStringLiteral("h100-sxm")));

    void settle();

    QTemporaryDir folder;
    Settings settings;
    MainWindow window;
};

}  // namespace wafercast::gui
