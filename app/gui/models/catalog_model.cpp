#include "gui/models/catalog_model.hpp"

#include <QStringList>

#include "gui/models/text.hpp"

namespace wafercast::gui {

namespace {

QString numberLine(const std::string& field, const SourcedNumber& number) {
    const Sourced<double>& point = number.points.back();
    QString line = QStringLiteral("<b>%1</b>&nbsp; %2")
                       .arg(lineLabel(field).toHtmlEscaped(),
                            quantityText(point.value, number.dimension).toHtmlEscaped());
    if (point.low < point.value || point.high > point.value) {
        line += QStringLiteral(" (%1)").arg(
            rangeText(point.low, point.high, number.dimension).toHtmlEscaped());
    }
    return line +
           QStringLiteral("<br><small>%1</small>")
               .arg(QStringLiteral("%1 %2 · %3")
                        .arg(text(point.source), text(point.as_of), text(name(point.confidence)))
                        .toHtmlEscaped());
}

}  // namespace

CatalogModel::CatalogModel(const Catalog& catalog, const std::string& kind, QObject* parent)
    : QAbstractTableModel{parent}, entries_{catalog.entries(kind)} {}

int CatalogModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(entries_.size());
}

int CatalogModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant CatalogModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const CatalogEntry& entry = *entries_[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole) {
        return text(index.column() == Id ? entry.id : entry.title);
    }
    if (role == SearchRole) {
        QString words = text(entry.id) + QLatin1Char{' '} + text(entry.title);
        for (const std::string& alias : entry.aliases) {
            words += QLatin1Char{' '} + text(alias);
        }
        return words;
    }
    return {};
}

QVariant CatalogModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    return section == Id ? tr("Id") : section == Title ? tr("Title") : QVariant{};
}

QString CatalogModel::preview(int row) const {
    if (row < 0 || row >= rowCount()) {
        return {};
    }
    const CatalogEntry& entry = *entries_[static_cast<std::size_t>(row)];
    QStringList lines{
        QStringLiteral("<big><b>%1</b></big>").arg(text(entry.title).toHtmlEscaped())};
    if (!entry.note.empty()) {
        lines << text(entry.note).toHtmlEscaped();
    }
    for (const auto& [field, words] : entry.texts) {
        lines << QStringLiteral("<b>%1</b>&nbsp; %2")
                     .arg(lineLabel(field).toHtmlEscaped(), text(words).toHtmlEscaped());
    }
    for (const auto& [field, number] : entry.numbers) {
        if (!number.points.empty()) {
            lines << numberLine(field, number);
        }
    }
    return QStringLiteral("<p>%1</p>").arg(lines.join(QStringLiteral("</p><p>")));
}

int CatalogModel::rowOf(const QString& id) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (id.compare(text(entries_[i]->id), Qt::CaseInsensitive) == 0) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

}  // namespace wafercast::gui
