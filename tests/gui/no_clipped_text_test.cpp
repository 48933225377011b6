// No text is cut off or shortened at 1280 x 800, at the scale the process runs at, light and dark.
#include <QApplication>
#include <QCheckBox>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QTabBar>
#include <QTableView>
#include <QTreeView>
#include <cmath>
#include <gtest/gtest.h>

#include "gui/studio_fixture.hpp"
#include "gui/views/metric_card.hpp"
#include "gui/views/plot_canvas.hpp"

namespace wafercast::gui {
namespace {

int widthOf(const QWidget& widget, const QString& text) {
    return static_cast<int>(std::ceil(QFontMetricsF{widget.font()}.horizontalAdvance(text)));
}

void checkLabels(const QWidget& window) {
    for (const QLabel* label : window.findChildren<QLabel*>()) {
        if (!label->isVisible() || label->text().isEmpty()) {
            continue;
        }
        const int room = label->contentsRect().width();
        if (label->wordWrap()) {
            EXPECT_LE(label->heightForWidth(label->width()), label->height())
                << label->text().toStdString();
        } else {
            EXPECT_LE(widthOf(*label, label->text()), room) << label->text().toStdString();
        }
        EXPECT_GE(label->contentsRect().height(), label->fontMetrics().height() - 1)
            << label->text().toStdString();
    }
}

void checkButtons(const QWidget& window) {
    for (const QAbstractButton* button : window.findChildren<QAbstractButton*>()) {
        if (!button->isVisible() || button->text().isEmpty()) {
            continue;
        }
        const auto* card = qobject_cast<const MetricCard*>(button);
        const QSize needed = card != nullptr ? card->sizeHint() : button->minimumSizeHint();
        EXPECT_LE(needed.width(), button->width()) << button->text().toStdString();
        EXPECT_LE(needed.height(), button->height()) << button->text().toStdString();
        const QRect place{button->mapTo(&window, QPoint{0, 0}), button->size()};
        EXPECT_TRUE(window.rect().contains(place)) << button->text().toStdString();
    }
}

void checkHeaders(const QWidget& window) {
    for (const QHeaderView* header : window.findChildren<QHeaderView*>()) {
        if (!header->isVisible() || header->orientation() != Qt::Horizontal) {
            continue;
        }
        for (int i = 0; i < header->count(); ++i) {
            const int room = header->sectionSize(i);
            const QString title = header->model()->headerData(i, Qt::Horizontal).toString();
            EXPECT_LE(widthOf(*header, title) + 4, room) << title.toStdString();
        }
    }
}

void checkTabs(const QWidget& window) {
    for (const QTabBar* tabs : window.findChildren<QTabBar*>()) {
        for (int i = 0; tabs->isVisible() && i < tabs->count(); ++i) {
            EXPECT_LE(widthOf(*tabs, tabs->tabText(i)) + 8, tabs->tabRect(i).width())
                << tabs->tabText(i).toStdString();
        }
    }
}

/// Cells as the delegates lay them out: the height for the width they have.
void checkCells(const QWidget& window) {
    for (const QTreeView* tree : window.findChildren<QTreeView*>()) {
        for (QModelIndex at = tree->indexAt({5, 5}); at.isValid() && tree->isVisible();
             at = tree->indexBelow(at)) {
            for (int column = 0; column < at.model()->columnCount(); ++column) {
                const QModelIndex cell = at.siblingAtColumn(column);
                const QRect place = tree->visualRect(cell);
                if (widthOf(*tree, cell.data().toString()) <= place.width() - 6) {
                    continue;  // fits on its line
                }
                const QRect words = tree->fontMetrics().boundingRect(
                    QRect{0, 0, place.width() - 12, 10000}, Qt::TextWordWrap | Qt::TextWrapAnywhere,
                    cell.data().toString());
                EXPECT_LE(words.height(), place.height()) << cell.data().toString().toStdString();
            }
        }
    }
    for (const QTableView* table : window.findChildren<QTableView*>()) {
        for (int column = 0; table->isVisible() && column < table->model()->columnCount();
             ++column) {
            for (int row = 0; !table->wordWrap() && row < table->model()->rowCount(); ++row) {
                const QString words = table->model()->index(row, column).data().toString();
                EXPECT_LE(widthOf(*table, words) + 4, table->columnWidth(column))
                    << words.toStdString();
            }
        }
    }
}

void checkFigures(const QWidget& window) {
    for (const PlotCanvas* canvas : window.findChildren<PlotCanvas*>()) {
        if (!canvas->isVisible()) {
            continue;
        }
        const QSizeF least = canvas->scene().leastSize(canvas->font());
        EXPECT_LE(least.width(), canvas->width() + 0.5) << canvas->accessibleName().toStdString();
        EXPECT_LE(least.height(), canvas->height() + 0.5) << canvas->accessibleName().toStdString();
    }
}

void checkDockTitles(const QWidget& window) {
    constexpr int kButtons = 44;
    for (const QDockWidget* dock : window.findChildren<QDockWidget*>()) {
        if (dock->isVisible()) {
            EXPECT_LE(widthOf(*dock, dock->windowTitle()) + kButtons, dock->width())
                << dock->windowTitle().toStdString();
        }
    }
}

void checkAll(OpenWindow& open, const char* design) {
    SCOPED_TRACE(design);
    MainWindow& window = open.window;
    EXPECT_EQ(window.size(), QSize(1280, 800)) << "the window had to grow";
    for (QDockWidget* tab :
         {window.docks().operators, window.docks().sources, window.docks().limits}) {
        tab->raise();
        open.settle();
        checkLabels(window);
        checkButtons(window);
        checkHeaders(window);
        checkTabs(window);
        checkCells(window);
        checkFigures(window);
        checkDockTitles(window);
    }
}

TEST(NoClippedTextTest, InEitherTheme) {
    for (const ThemeChoice theme : {ThemeChoice::kLight, ThemeChoice::kDark}) {
        testAppearance().choose(theme);
        OpenWindow open;
        checkAll(open, "h100-sxm");
    }
}

TEST(NoClippedTextTest, OfOtherDesigns) {
    for (const char* name : {"cerebras-wse-3", "groq-lpu", "watch-npu", "epyc-zen1", "quad"}) {
        OpenWindow open{shippedDesign(QString::fromLatin1(name))};
        checkAll(open, name);
    }
}

}  // namespace
}  // namespace wafercast::gui
