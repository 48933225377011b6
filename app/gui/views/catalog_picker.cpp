#include "gui/views/catalog_picker.hpp"

#include <QGridLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QTextBrowser>

#include "gui/models/catalog_model.hpp"
#include "gui/models/text.hpp"
#include "gui/views/tinted_icon.hpp"

namespace wafercast::gui {

namespace {

constexpr QSize kPickerSize{640, 380};

}  // namespace

CatalogPicker::CatalogPicker(const Catalog& catalog, const std::string& kind, QWidget* parent)
    : QFrame{parent, Qt::Popup},
      model_{new CatalogModel{catalog, kind, this}},
      filter_{new QSortFilterProxyModel{this}},
      search_{new QLineEdit{this}},
      entries_{new QTableView{this}},
      preview_{new QTextBrowser{this}} {
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Catalog: %1").arg(lineLabel(kind)));
    resize(kPickerSize);
    search_->setPlaceholderText(tr("Search %1").arg(lineLabel(kind).toLower()));
    search_->setAccessibleName(tr("Search the catalog"));
    search_->addAction(tintedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    search_->installEventFilter(this);
    filter_->setSourceModel(model_);
    filter_->setFilterRole(CatalogModel::SearchRole);
    filter_->setFilterCaseSensitivity(Qt::CaseInsensitive);
    entries_->setModel(filter_);
    entries_->setAccessibleName(tr("Entries"));
    entries_->setSelectionBehavior(QAbstractItemView::SelectRows);
    entries_->setSelectionMode(QAbstractItemView::SingleSelection);
    entries_->setShowGrid(false);
    entries_->verticalHeader()->hide();
    entries_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    entries_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    entries_->horizontalHeader()->setStretchLastSection(true);
    preview_->setAccessibleName(tr("What the entry says"));
    auto* grid = new QGridLayout{this};
    grid->setContentsMargins(6, 6, 6, 6);
    grid->addWidget(search_, 0, 0, 1, 2);
    grid->addWidget(entries_, 1, 0);
    grid->addWidget(preview_, 1, 1);
    grid->setColumnStretch(0, 5);
    grid->setColumnStretch(1, 4);
    setFocusProxy(search_);
    connect(search_, &QLineEdit::textChanged, this, &CatalogPicker::search);
    connect(entries_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { preview(); });
    connect(entries_, &QTableView::activated, this, [this] { choose(); });
    connect(entries_, &QTableView::clicked, this, [this] { preview(); });
    connect(entries_, &QTableView::doubleClicked, this, [this] { choose(); });
    entries_->selectRow(0);
}

void CatalogPicker::search(const QString& words) {
    filter_->setFilterFixedString(words.trimmed());
    if (!entries_->currentIndex().isValid()) {
        entries_->selectRow(0);
    }
    preview();
}

void CatalogPicker::setCurrent(const QString& id) {
    const int row = model_->rowOf(id);
    if (row >= 0) {
        const QModelIndex at = filter_->mapFromSource(model_->index(row, 0));
        entries_->selectRow(at.row());
        entries_->scrollTo(at, QAbstractItemView::PositionAtCenter);
    }
}

QString CatalogPicker::current() const {
    return entries_->currentIndex().siblingAtColumn(CatalogModel::Id).data().toString();
}

void CatalogPicker::preview() {
    const QModelIndex at = filter_->mapToSource(entries_->currentIndex());
    preview_->setHtml(model_->preview(at.isValid() ? at.row() : -1));
}

void CatalogPicker::choose() {
    const QString id = current();
    if (!id.isEmpty()) {
        emit chosen(id);
        close();
    }
}

bool CatalogPicker::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const int row = entries_->currentIndex().row();
        if (key->key() == Qt::Key_Down) {
            entries_->selectRow(std::min(row + 1, filter_->rowCount() - 1));
            return true;
        }
        if (key->key() == Qt::Key_Up) {
            entries_->selectRow(std::max(row - 1, 0));
            return true;
        }
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            choose();
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

}  // namespace wafercast::gui
