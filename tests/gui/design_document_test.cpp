#include "gui/models/design_document.hpp"

#include <QDir>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include "gui/studio_fixture.hpp"

namespace wafercast::gui {
namespace {

class DesignDocumentTest : public testing::Test {
protected:
    DesignDocumentTest() {
        EXPECT_TRUE(document.open(copyOfDesign(folder, QStringLiteral("h100-sxm"))).empty());
    }

    std::string refusal(const char* field, const char* typed) {
        const auto why = document.edit(QString::fromLatin1(field), QString::fromUtf8(typed));
        return why.value_or(QString{}).toStdString();
    }

    double number(const char* field) {
        return fieldOf(document.design(), field)->number->value.value_or(-1.0);
    }

    QTemporaryDir folder;
    DesignDocument document{testSession()};
};

TEST_F(DesignDocumentTest, ConvertsUnitsOfTheSameDimension) {
    EXPECT_EQ(refusal("blocks.sm.per_unit.area", "0.05 cm2"), "");
    EXPECT_DOUBLE_EQ(number("blocks.sm.per_unit.area"), 5e-6);
}

TEST_F(DesignDocumentTest, ABareNumberIsInTheFieldsUnit) {
    EXPECT_EQ(refusal("device.power_limit", "650"), "");
    EXPECT_DOUBLE_EQ(number("device.power_limit"), 650.0);
    EXPECT_EQ(refusal("device.clock", "1.5"), "");
    EXPECT_DOUBLE_EQ(number("device.clock"), 1.5e9);
}

TEST_F(DesignDocumentTest, SaysWhyAnEditIsRefusedAndChangesNothing) {
    const Design before = document.design();
    EXPECT_EQ(refusal("device.power_limit", "5 cm2"), "'5 cm²' is area; wanted: power (e.g. W)");
    EXPECT_NE(refusal("dies.gpu.width", "-3 mm").find("must be"), std::string::npos);
    EXPECT_NE(refusal("blocks.sm.count", "12.5").find("must be a whole number"), std::string::npos);
    EXPECT_NE(refusal("dies.gpu.process", "n44").find("n4"), std::string::npos);
    EXPECT_NE(refusal("workload.precision.kv", "fp9").find("choose"), std::string::npos);
    EXPECT_EQ(document.design(), before);
    EXPECT_EQ(document.undoStack()->count(), 0);
    EXPECT_FALSE(document.isDirty());
}

TEST_F(DesignDocumentTest, SixtySliderMovesAreOneUndoStep) {
    const Design before = document.design();
    document.beginGesture();
    for (int i = 1; i <= 60; ++i) {
        EXPECT_EQ(refusal("device.clock", std::to_string(1.0 + 0.01 * i).c_str()), "");
    }
    document.endGesture();
    EXPECT_EQ(document.undoStack()->count(), 1);
    EXPECT_EQ(document.undoStack()->undoText().toStdString(), "Clock: 1.83 GHz to 1.600000 GHz");
    EXPECT_DOUBLE_EQ(number("device.clock"), 1.6e9);
    document.undoStack()->undo();
    EXPECT_EQ(document.design(), before);
    document.undoStack()->redo();
    EXPECT_DOUBLE_EQ(number("device.clock"), 1.6e9);
}

TEST_F(DesignDocumentTest, TwoGesturesAreTwoSteps) {
    for (const char* clock : {"1.5 GHz", "1.6 GHz"}) {
        document.beginGesture();
        EXPECT_EQ(refusal("device.clock", clock), "");
        document.endGesture();
    }
    EXPECT_EQ(document.undoStack()->count(), 2);
}

TEST_F(DesignDocumentTest, ADragThatComesBackLeavesNoStep) {
    document.beginGesture();
    EXPECT_EQ(refusal("device.clock", "1.9 GHz"), "");
    EXPECT_EQ(refusal("device.clock", "1.83 GHz"), "");
    document.endGesture();
    EXPECT_EQ(document.undoStack()->count(), 0);
    EXPECT_FALSE(document.isDirty());
}

TEST_F(DesignDocumentTest, SavingChangesOneLineAndReadsBackEqual) {
    const QString path = document.path();
    const QByteArray before = bytesOf(path);
    EXPECT_EQ(refusal("scenario.utilisation", "0.7"), "");
    EXPECT_TRUE(document.isDirty());
    ASSERT_TRUE(document.save().empty());
    EXPECT_FALSE(document.isDirty());
    QByteArray expected = before;
    expected.replace("utilisation = 0.6", "utilisation = 0.7");
    EXPECT_NE(expected, before);
    EXPECT_TRUE(bytesOf(path) == expected) << bytesOf(path).toStdString();
    DesignDocument again{testSession()};
    ASSERT_TRUE(again.open(path).empty());
    EXPECT_EQ(again.design(), document.design());
    // No temporary file is left beside it.
    EXPECT_EQ(QDir{folder.path()}.entryList(QDir::Files | QDir::Hidden).size(), 1);
}

TEST_F(DesignDocumentTest, AFailedSaveKeepsTheFileAndStaysDirty) {
    const QByteArray before = bytesOf(document.path());
    EXPECT_EQ(refusal("device.clock", "1.7 GHz"), "");
    EXPECT_FALSE(document.saveAs(folder.filePath(QStringLiteral("no/such/folder.toml"))).empty());
    EXPECT_TRUE(document.isDirty());
    EXPECT_EQ(bytesOf(document.path()), before);
}

TEST_F(DesignDocumentTest, UndoBackToTheSavedStateIsClean) {
    EXPECT_EQ(refusal("device.clock", "1.7 GHz"), "");
    ASSERT_TRUE(document.save().empty());
    EXPECT_EQ(refusal("device.clock", "1.6 GHz"), "");
    EXPECT_TRUE(document.isDirty());
    document.undoStack()->undo();
    EXPECT_FALSE(document.isDirty());
}

TEST_F(DesignDocumentTest, AFileWithProblemsLeavesWhatIsOpen) {
    const Design before = document.design();
    EXPECT_FALSE(document.open(folder.filePath(QStringLiteral("missing.toml"))).empty());
    EXPECT_EQ(document.design(), before);
}

}  // namespace
}  // namespace wafercast::gui
