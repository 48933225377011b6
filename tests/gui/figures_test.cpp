#include <QApplication>
#include <QDir>
#include <QFontDatabase>
#include <QFontInfo>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <algorithm>
#include <gtest/gtest.h>

#include "gui/models/breakdown_scene.hpp"
#include "gui/models/roofline_scene.hpp"
#include "gui/models/wafer_scene.hpp"
#include "gui/studio_fixture.hpp"
#include "gui/views/plot_export.hpp"

namespace wafercast::gui {
namespace {

Answer answerOf(const QString& design) {
    const auto loaded = testSession()->load(design.toStdString());
    EXPECT_TRUE(loaded) << design.toStdString();
    return evaluateWith(*testSession())(*loaded, Depth::kQuick, {}, {});
}

QStringList shippedDesigns() {
    QStringList paths;
    const QDir folder{QFileInfo{shippedDesign(QStringLiteral("h100-sxm"))}.absolutePath()};
    for (const QFileInfo& file : folder.entryInfoList({QStringLiteral("*.toml")})) {
        paths << file.absoluteFilePath();
    }
    return paths;
}

void paintOnce(PlotScene& scene, QSize size = {400, 400}) {
    scene.arrange(size, lightTheme(), QFont{});
    QImage image{size, QImage::Format_RGB32};
    QPainter painter{&image};
    scene.paint(painter);
}

TEST(FiguresTest, TheDrawnDiesAreTheCountedDiesOfEveryShippedDesign) {
    for (const QString& path : shippedDesigns()) {
        const Answer answer = answerOf(path);
        ASSERT_NE(answer.wafers, nullptr) << path.toStdString();
        const auto& dies = answer.evaluation->metrics.silicon.dies;
        ASSERT_EQ(answer.wafers->size(), dies.size());
        for (std::size_t i = 0; i < dies.size(); ++i) {
            WaferScene scene;
            scene.setWafer(answer.wafers, i, dies[i]);
            paintOnce(scene);
            const WaferCounts& counts = (*answer.wafers)[i].map.counts;
            EXPECT_EQ(scene.drawn()[0], static_cast<int>(dies[i].gross_dies))
                << path.toStdString() << " die " << i;
            EXPECT_EQ(scene.drawn()[0], counts.whole) << path.toStdString();
            EXPECT_EQ(scene.drawn()[1], counts.partial) << path.toStdString();
            EXPECT_EQ(scene.drawn()[2], counts.lost) << path.toStdString();
        }
    }
}

TEST(FiguresTest, ADieUnderThePointerSaysWhereItLies) {
    const Answer answer = answerOf(shippedDesign(QStringLiteral("h100-sxm")));
    WaferScene scene;
    scene.setWafer(answer.wafers, 0, answer.evaluation->metrics.silicon.dies[0]);
    paintOnce(scene);
    const int item = scene.itemAt({200.0, 180.0});
    ASSERT_GE(item, 0);
    EXPECT_TRUE(scene.describe(item).contains(QStringLiteral("whole")));
    EXPECT_EQ(scene.itemAt({1.0, 1.0}), -1);
}

TEST(FiguresTest, TheWaterfallListsTheTreeAndFolds) {
    const Answer answer = answerOf(shippedDesign(QStringLiteral("h100-sxm")));
    BreakdownScene scene{BreakdownScene::Kind::kWaterfall};
    scene.setCost(*answer.evaluation->cost_tree, QStringLiteral("cost"), true);
    paintOnce(scene);
    const std::string csv = scene.csv();
    EXPECT_NE(csv.find("accelerators/memory,"), std::string::npos);
    EXPECT_NE(csv.find("total,"), std::string::npos);
    const int first = scene.itemAt({30.0, 40.0});
    ASSERT_EQ(first, 0);
    EXPECT_EQ(scene.itemAt({30.0, 60.0}), 1) << "the child below its group";
    EXPECT_TRUE(scene.activate(first));
    paintOnce(scene);
    EXPECT_NE(scene.itemAt({30.0, 66.0}), 1) << "hidden once the group is closed";
}

TEST(FiguresTest, ShortOnRoomTheWaterfallLeavesChildrenOut) {
    const Answer answer = answerOf(shippedDesign(QStringLiteral("h100-sxm")));
    BreakdownScene scene{BreakdownScene::Kind::kWaterfall};
    scene.setCost(*answer.evaluation->cost_tree, QStringLiteral("cost"), true);
    const QSizeF least = scene.leastSize(QFont{});
    scene.arrange(least, lightTheme(), QFont{});
    EXPECT_FALSE(scene.activate(0)) << "nothing to open without room";
}

TEST(FiguresTest, OperatorsStandOnTheRoofline) {
    const Answer answer = answerOf(shippedDesign(QStringLiteral("h100-sxm")));
    const Roofline& roof = *answer.roofline;
    EXPECT_GT(roof.points.size(), 5U);
    ASSERT_FALSE(roof.compute.empty());
    ASSERT_FALSE(roof.memory.empty());
    for (const RooflinePoint& point : roof.points) {
        const OperatorLine& line = answer.evaluation->operators[point.line];
        EXPECT_DOUBLE_EQ(point.intensity * line.bytes, line.flops) << line.name;
        EXPECT_LE(point.rate, roof.compute.front().rate * (1.0 + 1e-9)) << line.name;
    }
    EXPECT_EQ(roof.points.size() + roof.off_chart.size(), answer.evaluation->operators.size());
    RooflineScene scene;
    scene.setRoofline(answer.roofline, answer.evaluation);
    paintOnce(scene, {500, 300});
    int hits = 0;
    for (int x = 0; x < 500; x += 3) {
        for (int y = 0; y < 300; y += 3) {
            hits += scene.itemAt({static_cast<double>(x), static_cast<double>(y)}) >= 0 ? 1 : 0;
        }
    }
    EXPECT_GT(hits, 5);
    const std::string csv = scene.csv();
    EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')),
              roof.points.size() + 1);
}

TEST(FiguresTest, ExportsToEveryFormat) {
    const Answer answer = answerOf(shippedDesign(QStringLiteral("h100-sxm")));
    WaferScene scene;
    scene.setWafer(answer.wafers, 0, answer.evaluation->metrics.silicon.dies[0]);
    const QTemporaryDir folder;
    const auto save = [&](const char* name) {
        const QString path = folder.filePath(QString::fromLatin1(name));
        EXPECT_TRUE(exportScene(scene, path, {600, 600}, lightTheme(), QFont{})) << name;
        return path;
    };
    EXPECT_TRUE(QSvgRenderer{save("wafer.svg")}.isValid());
    EXPECT_TRUE(bytesOf(save("wafer.pdf")).startsWith("%PDF-"));
    EXPECT_EQ(QImage{save("wafer.png")}.size(), QSize(1200, 1200));
    const QByteArray csv = bytesOf(save("wafer.csv"));
    EXPECT_EQ(static_cast<std::size_t>(csv.count('\n')), (*answer.wafers)[0].map.dies.size() + 1);
    EXPECT_FALSE(exportScene(scene, folder.filePath(QStringLiteral("wafer.doc")), {600, 600},
                             lightTheme(), QFont{}));
}

TEST(FiguresTest, TheBundledFontIsTheOneInUse) {
    EXPECT_TRUE(QFontDatabase::families().contains(QStringLiteral("Inter")));
    EXPECT_EQ(QFontInfo{QApplication::font()}.family(), QStringLiteral("Inter"));
}

}  // namespace
}  // namespace wafercast::gui
