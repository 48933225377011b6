#include "gui/views/design_panel.hpp"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "gui/models/design_filter.hpp"
#include "gui/models/design_tree_model.hpp"
#include "gui/models/settings.hpp"
#include "gui/views/catalog_picker.hpp"
#include "gui/views/field_delegate.hpp"
#include "gui/views/field_slider.hpp"
#include "gui/views/tinted_icon.hpp"

namespace wafercast::gui {

namespace {

constexpr int kIndent = 11;
constexpr int kLeastColumn = 40;
constexpr int kNameWidth = 156;
constexpr int kValueWidth = 106;

}  // namespace

DesignPanel::DesignPanel(DesignDocument& document, Settings& settings, QWidget* parent)
    : QWidget{parent},
      document_{document},
      settings_{settings},
      model_{new DesignTreeModel{document, this}},
      filter_{new DesignFilter{this}},
      search_{new QLineEdit{this}},
      all_{new QToolButton{this}},
      tree_{new QTreeView{this}},
      slider_{new FieldSlider{document, this}} {
    filter_->setSourceModel(model_);
    filter_->setShowsAll(settings_.showsAllFields());
    search_->setPlaceholderText(tr("Search fields and values"));
    search_->setClearButtonEnabled(true);
    search_->setAccessibleName(tr("Search the design"));
    search_->addAction(tintedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    all_->setIcon(tintedIcon(QStringLiteral("all-fields")));
    all_->setCheckable(true);
    all_->setChecked(settings_.showsAllFields());
    all_->setAutoRaise(true);
    all_->setToolTip(tr("Also show fields that are not set"));
    all_->setAccessibleName(tr("Show all fields"));
    buildTree();
    layOut();
    connect(search_, &QLineEdit::textChanged, this, [this](const QString& words) {
        filter_->setSearch(words);
        tree_->expandAll();
    });
    connect(all_, &QToolButton::toggled, this, [this](bool all) {
        settings_.setShowsAllFields(all);
        filter_->setShowsAll(all);
        tree_->expandAll();
    });
    connect(filter_, &QAbstractItemModel::modelReset, tree_, &QTreeView::expandAll);
    // Once the model has followed.
    connect(&document_, &DesignDocument::opened, this, &DesignPanel::selectFirstNumber,
            Qt::QueuedConnection);
    setFocusProxy(tree_);
    connect(tree_->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this] { followSelection(); });
}

void DesignPanel::buildTree() {
    tree_->setModel(filter_);
    tree_->setItemDelegate(new FieldDelegate{document_, tree_});
    tree_->setAccessibleName(tr("Design"));
    tree_->setIndentation(kIndent);
    tree_->setWordWrap(true);
    tree_->setAlternatingRowColors(true);
    tree_->setTextElideMode(Qt::ElideNone);
    tree_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed |
                           QAbstractItemView::AnyKeyPressed | QAbstractItemView::SelectedClicked);
    tree_->setContextMenuPolicy(Qt::CustomContextMenu);
    tree_->setFrameShape(QFrame::NoFrame);
    tree_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* header = tree_->header();
    header->setStretchLastSection(false);
    header->setMinimumSectionSize(kLeastColumn);
    header->setSectionResizeMode(DesignTreeModel::UnitAndRange, QHeaderView::Stretch);
    header->resizeSection(DesignTreeModel::Name, kNameWidth);
    header->resizeSection(DesignTreeModel::Value, kValueWidth);
    tree_->expandAll();
    connect(header, &QHeaderView::sectionResized, tree_, [this] { tree_->doItemsLayout(); });
    // Enter edits the value from whichever column is current.
    connect(tree_, &QTreeView::activated, this, [this](const QModelIndex& index) {
        tree_->edit(index.siblingAtColumn(DesignTreeModel::Value));
    });
    connect(tree_, &QTreeView::customContextMenuRequested, this, [this](const QPoint& at) {
        offerCatalog(tree_->indexAt(at), tree_->viewport()->mapToGlobal(at));
    });
}

void DesignPanel::layOut() {
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(6, 6, 6, 4);
    bar->addWidget(search_);
    bar->addWidget(all_);
    auto* column = new QVBoxLayout{this};
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(bar);
    column->addWidget(tree_);
    column->addWidget(slider_);
}

void DesignPanel::setEvaluation(const std::shared_ptr<const Evaluation>& evaluation) {
    model_->setEvaluation(evaluation);
    slider_->setEvaluation(evaluation);
}

void DesignPanel::focusSearch() {
    search_->setFocus();
    search_->selectAll();
}

void DesignPanel::select(const QString& path) {
    const QModelIndex index = filter_->mapFromSource(model_->indexOf(path, DesignTreeModel::Value));
    if (index.isValid()) {
        tree_->setCurrentIndex(index);
        tree_->scrollTo(index, QAbstractItemView::PositionAtCenter);
    }
}

void DesignPanel::selectFirstNumber() {
    for (const ConstFieldRef& field : fields(document_.design())) {
        if (field.number != nullptr && field.number->value) {
            select(QString::fromStdString(field.path));
            tree_->scrollToTop();
            return;
        }
    }
}

void DesignPanel::followSelection() {
    const QString path = tree_->currentIndex().data(DesignTreeModel::PathRole).toString();
    slider_->setField(path);
    emit fieldSelected(path);
}

void DesignPanel::offerCatalog(const QModelIndex& index, const QPoint& at) {
    const QString path = index.data(DesignTreeModel::PathRole).toString();
    const QString kind = index.data(DesignTreeModel::CatalogKindRole).toString();
    if (path.isEmpty()) {
        return;
    }
    const QString prefix =
        index.data(DesignTreeModel::IsTextRole).toBool() ? QString{} : QStringLiteral("catalog:");
    QMenu menu{this};
    menu.addAction(tr("Edit"), this,
                   [&] { tree_->edit(index.siblingAtColumn(DesignTreeModel::Value)); });
    auto* choose = menu.addAction(
        tintedIcon(QStringLiteral("catalog")), tr("Choose from the catalog…"), this, [&] {
            auto* picker = new CatalogPicker{document_.catalog(), kind.toStdString(), this};
            picker->setAttribute(Qt::WA_DeleteOnClose);
            connect(picker, &CatalogPicker::chosen, this,
                    [this, path, prefix](const QString& id) { document_.edit(path, prefix + id); });
            picker->move(at);
            picker->show();
        });
    choose->setEnabled(!kind.isEmpty());
    menu.addAction(tr("Unset"), this, [&] { document_.edit(path, {}); });
    menu.exec(at);
}

}  // namespace wafercast::gui
