#include "gui/views/sources_panel.hpp"

#include <QKeyEvent>
#include <QLineEdit>
#include <QTableView>
#include <QToolButton>

#include "gui/models/text.hpp"

namespace wafercast::gui {

SourcesPanel::SourcesPanel(AssumptionModel& model, DesignDocument& document, QWidget* parent)
    : SourcesPanel{model, document, new AssumptionFilter, parent} {}

SourcesPanel::SourcesPanel(AssumptionModel& model, DesignDocument& document,
                           AssumptionFilter* filter, QWidget* parent)
    : TablePanel{model, tr("Sources"), AssumptionModel::SortRole, filter, parent},
      document_{document},
      model_{model},
      filter_{filter},
      scope_{new QToolButton{this}} {
    filter_->setParent(this);
    scope_->setAutoRaise(true);
    scope_->setToolTip(tr("Show all again (Esc)"));
    addToBar(scope_);
    auto* search = addSearch(tr("Search path, source, confidence"));
    connect(search, &QLineEdit::textChanged, filter_, &AssumptionFilter::setSearch);
    connect(search, &QLineEdit::textChanged, this, [this] { showCount(); });
    connect(scope_, &QToolButton::clicked, this, &SourcesPanel::showAll);
    connect(&document_, &DesignDocument::opened, this, &SourcesPanel::showAll);
    showAll();
}

void SourcesPanel::showFor(const QString& field) {
    const auto known = fieldOf(document_.design(), field.toStdString());
    if (!known) {
        showAll();
        return;
    }
    QString prefix = field;
    const QString kind = text(known->info->catalog_kind);
    if (known->number != nullptr && !known->number->catalog_id.empty()) {
        prefix = kind + QLatin1Char{'.'} + text(known->number->catalog_id) + QLatin1Char{'.'} +
                 text(known->info->catalog_field);
    } else if (known->text != nullptr && !kind.isEmpty() && !known->text->empty()) {
        prefix = kind + QLatin1Char{'.'} + text(*known->text) + QLatin1Char{'.'};
    }
    narrow(prefix);
}

void SourcesPanel::showAll() { narrow({}); }

void SourcesPanel::narrow(const QString& prefix) {
    filter_->setPrefix(prefix);
    if (!prefix.isEmpty() && filter_->rowCount() == 0) {
        filter_->setPrefix({});  // the evaluation did not read it: nothing to narrow to
    }
    const bool narrowed = !filter_->prefix().isEmpty();
    scope_->setVisible(narrowed);
    scope_->setText(narrowed ? tr("%1  ×").arg(prefix) : QString{});
    scope_->setAccessibleName(tr("Show all sources"));
    showCount();
}

void SourcesPanel::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) {
        showAll();
        return;
    }
    TablePanel::keyPressEvent(event);
}

}  // namespace wafercast::gui
