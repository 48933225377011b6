#include "gui/views/table_panel.hpp"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

#include "gui/views/tinted_icon.hpp"

namespace wafercast::gui {

TablePanel::TablePanel(QAbstractItemModel& model, const QString& name, int sortRole,
                       QSortFilterProxyModel* filter, QWidget* parent)
    : QWidget{parent},
      model_{model},
      filter_{filter != nullptr ? filter : new QSortFilterProxyModel{this}},
      table_{new QTableView{this}},
      count_{new QLabel{this}},
      bar_{new QWidget{this}} {
    filter_->setSourceModel(&model_);
    filter_->setSortRole(sortRole);
    table_->setModel(filter_);
    table_->setAccessibleName(name);
    table_->setSortingEnabled(true);
    table_->sortByColumn(-1, Qt::AscendingOrder);  // as the model has them, until asked otherwise
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setAlternatingRowColors(true);
    table_->setShowGrid(false);
    table_->setWordWrap(false);
    table_->setTextElideMode(Qt::ElideNone);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    table_->horizontalHeader()->setHighlightSections(false);
    table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table_->horizontalHeader()->setStretchLastSection(true);
    auto* bar = new QHBoxLayout{bar_};
    bar->setContentsMargins(6, 4, 6, 4);
    bar->addWidget(count_);
    auto* column = new QVBoxLayout{this};
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(bar_);
    column->addWidget(table_);
    connect(filter_, &QAbstractItemModel::modelReset, this, [this] {
        fitColumns();
        showCount();
    });
    connect(filter_, &QAbstractItemModel::rowsInserted, this, [this] { showCount(); });
    connect(filter_, &QAbstractItemModel::rowsRemoved, this, [this] { showCount(); });
    showCount();
}

void TablePanel::fitColumns() {
    table_->resizeColumnsToContents();
    if (table_->wordWrap()) {
        table_->resizeRowsToContents();
    }
}

void TablePanel::wrapRows() {
    table_->setWordWrap(true);
    auto* header = table_->horizontalHeader();
    connect(header, &QHeaderView::geometriesChanged, table_, &QTableView::resizeRowsToContents);
}

void TablePanel::setEmptyText(const QString& words) {
    empty_ = words;
    showCount();
}

QLineEdit* TablePanel::addSearch(const QString& placeholder) {
    auto* search = new QLineEdit{this};
    search->setPlaceholderText(placeholder);
    search->setAccessibleName(placeholder);
    search->setClearButtonEnabled(true);
    search->addAction(tintedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    static_cast<QHBoxLayout*>(bar_->layout())->insertWidget(0, search, 1);
    return search;
}

void TablePanel::addToBar(QWidget* widget) {
    auto* bar = static_cast<QHBoxLayout*>(bar_->layout());
    bar->insertWidget(bar->count() - 1, widget);
}

void TablePanel::showCount() {
    const int shown = filter_->rowCount();
    const int all = model_.rowCount();
    count_->setText(all == 0 && !empty_.isEmpty() ? empty_
                                                  : tr("shown %1 of %2").arg(shown).arg(all));
}

}  // namespace wafercast::gui
