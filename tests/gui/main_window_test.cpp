#include "gui/views/main_window.hpp"

#include <QApplication>
#include <QDockWidget>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QSlider>
#include <QTest>
#include <QTreeView>
#include <QUrl>
#include <gtest/gtest.h>

#include "gui/models/design_tree_model.hpp"
#include "gui/studio_fixture.hpp"
#include "gui/views/design_panel.hpp"
#include "gui/views/field_editor.hpp"
#include "gui/views/field_slider.hpp"
#include "gui/views/metric_card.hpp"
#include "gui/views/plot_canvas.hpp"
#include "gui/views/wafer_panel.hpp"
#include "gui/views/wait_for.hpp"

namespace wafercast::gui {
namespace {

FieldEditor* startEditing(OpenWindow& open, const char* path) {
    DesignPanel& panel = open.window.designPanel();
    panel.select(QString::fromLatin1(path));
    panel.tree().edit(panel.tree().currentIndex());
    return panel.tree().findChild<FieldEditor*>();
}

TEST(MainWindowTest, ShowsTheHeadlineOfTheShippedDesign) {
    OpenWindow open;
    EXPECT_TRUE(open.window.headline().ownerCard().value().endsWith(QStringLiteral("/Mtok")));
    EXPECT_TRUE(open.window.headline().builderCard().value().endsWith(QStringLiteral("/Mtok")));
    EXPECT_NE(open.window.headline().ownerCard().value(),
              open.window.headline().builderCard().value());
    EXPECT_EQ(open.window.headline().verdictCard().value(), QStringLiteral("Feasible"));
}

TEST(MainWindowTest, ADragIsOneUndoStepAndMovesTheHeadline) {
    OpenWindow open;
    open.window.designPanel().select(QStringLiteral("device.clock"));
    QSlider& slider = open.window.designPanel().slider().slider();
    const QString before = open.window.headline().ownerCard().value();
    const int start = slider.value();
    slider.setSliderDown(true);
    for (int i = 1; i <= 60; ++i) {
        slider.setValue(start - 2 * i);
    }
    slider.setSliderDown(false);
    open.settle();
    EXPECT_EQ(open.window.document().undoStack()->count(), 1);
    EXPECT_NE(open.window.headline().ownerCard().value(), before);
    open.window.document().undoStack()->undo();
    open.settle();
    EXPECT_EQ(open.window.headline().ownerCard().value(), before);
    EXPECT_EQ(slider.value(), start);
}

TEST(MainWindowTest, ARefusedValueIsExplainedWhereItIsTyped) {
    OpenWindow open;
    FieldEditor* editor = startEditing(open, "device.power_limit");
    ASSERT_NE(editor, nullptr);
    editor->setText(QStringLiteral("5 cm2"));
    EXPECT_TRUE(editor->isRefused());
    EXPECT_EQ(editor->reason(), QStringLiteral("'5 cm²' is area; wanted: power (e.g. W)"));
    const auto* words =
        open.window.designPanel().tree().findChild<QLabel*>(QStringLiteral("refusal"));
    ASSERT_NE(words, nullptr);
    EXPECT_TRUE(words->isVisible());
    EXPECT_GE(words->height(), words->heightForWidth(words->width()));
    // Enter does not take it; a mended value is taken.
    QTest::keyClick(editor, Qt::Key_Return);
    EXPECT_EQ(open.window.document().undoStack()->count(), 0);
    editor->setText(QStringLiteral("0.65 kW"));
    EXPECT_FALSE(editor->isRefused());
    QTest::keyClick(editor, Qt::Key_Return);
    QApplication::processEvents();
    EXPECT_EQ(open.window.document().undoStack()->count(), 1);
    EXPECT_DOUBLE_EQ(*open.window.document().design().device.power_limit.value, 650.0);
}

TEST(MainWindowTest, ABrokenLimitIsInTheHeadlineAndTheList) {
    OpenWindow open;
    ASSERT_FALSE(
        open.window.document().edit(QStringLiteral("dies.gpu.width"), QStringLiteral("40 mm")));
    open.settle();
    EXPECT_EQ(open.window.headline().verdictCard().value(), QStringLiteral("Infeasible"));
    EXPECT_TRUE(open.window.headline().verdictCard().note().contains(QStringLiteral("broken")));
}

TEST(MainWindowTest, ClosingAsksBeforeChangesAreLost) {
    QTemporaryDir folder;
    OpenWindow open{copyOfDesign(folder, QStringLiteral("h100-sxm"))};
    int asked = 0;
    Unsaved reply = Unsaved::kCancel;
    open.window.setAskUnsaved([&] {
        ++asked;
        return reply;
    });
    ASSERT_FALSE(
        open.window.document().edit(QStringLiteral("device.clock"), QStringLiteral("1.7 GHz")));
    EXPECT_FALSE(open.window.close());
    EXPECT_FALSE(open.window.openFile(shippedDesign(QStringLiteral("quad"))));
    EXPECT_EQ(asked, 2);
    EXPECT_TRUE(open.window.document().isDirty());
    reply = Unsaved::kSave;
    EXPECT_TRUE(open.window.close());
    EXPECT_TRUE(bytesOf(open.window.document().path()).contains("1.7 GHz"));
}

TEST(MainWindowTest, OpensADesignThatIsDropped) {
    OpenWindow open;
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(shippedDesign(QStringLiteral("quad")))});
    QDragEnterEvent enter{QPoint{600, 400}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier};
    QApplication::sendEvent(&open.window, &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent drop{QPointF{600, 400}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier};
    QApplication::sendEvent(&open.window, &drop);
    EXPECT_TRUE(waitFor(
        [&] { return open.window.document().path().endsWith(QStringLiteral("quad.toml")); }));
    open.settle();
    EXPECT_TRUE(open.window.windowTitle().contains(open.window.document().title()));
}

TEST(MainWindowTest, EveryShippedDesignIsShownWithoutAProblem) {
    OpenWindow open;
    for (const char* name : {"cerebras-wse-3", "epyc-zen1", "groq-lpu", "mi300x", "quad",
                             "taalas-hc1", "watch-npu", "b200-sxm"}) {
        ASSERT_TRUE(open.window.openFile(shippedDesign(QString::fromLatin1(name)))) << name;
        open.settle();
        EXPECT_NE(open.window.headline().verdictCard().value(), QStringLiteral("Problem")) << name;
    }
}

TEST(MainWindowTest, RemembersItsLayout) {
    QTemporaryDir folder;
    Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    {
        MainWindow window{testSession(), settings, testAppearance()};
        window.show();
        window.docks().energy->hide();
        EXPECT_TRUE(window.close());
    }
    MainWindow window{testSession(), settings, testAppearance()};
    window.show();
    EXPECT_TRUE(window.docks().energy->isHidden());
    window.resetLayout();
    EXPECT_FALSE(window.docks().energy->isHidden());
}

TEST(MainWindowTest, HoverOverTheWaferNamesTheDie) {
    OpenWindow open;
    PlotCanvas& canvas = open.window.waferPanel().canvas();
    QTest::mouseMove(&canvas, QPoint{canvas.width() / 2, canvas.height() / 3});
    QMouseEvent move{QEvent::MouseMove,
                     QPointF(canvas.width() / 2.0, canvas.height() / 3.0),
                     canvas.mapToGlobal(QPointF(canvas.width() / 2.0, canvas.height() / 3.0)),
                     Qt::NoButton,
                     Qt::NoButton,
                     Qt::NoModifier};
    QApplication::sendEvent(&canvas, &move);
    ASSERT_GE(canvas.hovered(), 0);
    EXPECT_TRUE(canvas.scene().describe(canvas.hovered()).contains(QStringLiteral("Die at")));
}

TEST(MainWindowTest, EveryControlHasAName) {
    OpenWindow open;
    for (const QWidget* widget : open.window.findChildren<QWidget*>()) {
        const bool control = qobject_cast<const QAbstractButton*>(widget) != nullptr ||
                             qobject_cast<const PlotCanvas*>(widget) != nullptr ||
                             qobject_cast<const QTreeView*>(widget) != nullptr ||
                             qobject_cast<const QSlider*>(widget) != nullptr;
        const bool ours = !widget->objectName().startsWith(QStringLiteral("qt_"));
        // Parts of Qt's own widgets, which name them in their own way.
        const std::string kind = widget->metaObject()->className();
        const bool part = kind == "QDockWidgetTitleButton" || kind == "QLineEditIconButton";
        if (!control || !ours || !widget->isVisible() || part) {
            continue;
        }
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        const bool named =
            !widget->accessibleName().isEmpty() ||
            (button != nullptr && (!button->text().isEmpty() || !button->toolTip().isEmpty()));
        EXPECT_TRUE(named) << widget->metaObject()->className();
    }
}

}  // namespace
}  // namespace wafercast::gui
