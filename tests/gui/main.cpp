#include <QApplication>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include "gui/studio_fixture.hpp"

// One process a class: the pointer and the palette are the application's and would leak from test
// to test. The application has the bundled font, so that widths do not follow the machine.
int main(int argc, char** argv) {
    const QTemporaryDir runtime;
    qputenv("XDG_RUNTIME_DIR", runtime.path().toUtf8());
    qputenv("XDG_CACHE_HOME", runtime.path().toUtf8());
    QStandardPaths::setTestModeEnabled(true);
    QApplication application{argc, argv};
    testing::InitGoogleTest(&argc, argv);
    wafercast::gui::Appearance appearance{application};
    wafercast::gui::setTestAppearance(&appearance);
    return RUN_ALL_TESTS();
}
