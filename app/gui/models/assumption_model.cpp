#include "gui/models/assumption_model.hpp"

#include <algorithm>
#include <array>

#include "gui/models/text.hpp"

namespace wafercast::gui {

int AssumptionModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || evaluation_ == nullptr
               ? 0
               : static_cast<int>(evaluation_->assumptions.size());
}

int AssumptionModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant AssumptionModel::display(const ScalarOrigin& origin, int column) {
    switch (column) {
        case Path:
            return text(origin.path);
        case Value:
            return quantityText(origin.value, origin.dimension);
        case Range:
            return origin.uncertain() ? rangeText(origin.low, origin.high, origin.dimension)
                                      : QString{};
        case Source:
            return origin.source.empty() ? tr("this design") : text(origin.source);
        case AsOf:
            return text(origin.as_of);
        case ConfidenceClass:
            return text(name(origin.confidence));
        default:
            return {};
    }
}

QVariant AssumptionModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const ScalarOrigin& origin = evaluation_->assumptions[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            return display(origin, index.column());
        case SortRole:
            if (index.column() == ConfidenceClass) {
                return static_cast<int>(origin.confidence);
            }
            return index.column() == Value ? QVariant{origin.value}
                                           : display(origin, index.column());
        case Qt::ToolTipRole:
            return origin.range_by_rule
                       ? tr("%1\nRange by the rule of its confidence class").arg(text(origin.path))
                       : text(origin.path);
        default:
            return {};
    }
}

QVariant AssumptionModel::headerData(int section, Qt::Orientation orientation, int role) const {
    const std::array<QString, ColumnCount> titles{tr("Assumption"), tr("Value"), tr("P10 – P90"),
                                                  tr("Source"),     tr("As of"), tr("Confidence")};
    const bool known = orientation == Qt::Horizontal && role == Qt::DisplayRole && section >= 0 &&
                       section < ColumnCount;
    return known ? titles[static_cast<std::size_t>(section)] : QVariant{};
}

void AssumptionModel::setEvaluation(std::shared_ptr<const Evaluation> evaluation) {
    const bool same_rows =
        evaluation != nullptr && evaluation_ != nullptr && !evaluation->assumptions.empty() &&
        std::equal(evaluation->assumptions.begin(), evaluation->assumptions.end(),
                   evaluation_->assumptions.begin(), evaluation_->assumptions.end(),
                   [](const ScalarOrigin& a, const ScalarOrigin& b) { return a.path == b.path; });
    if (!same_rows) {
        beginResetModel();
        evaluation_ = std::move(evaluation);
        endResetModel();
        return;
    }
    const auto before = std::move(evaluation_);
    evaluation_ = std::move(evaluation);
    for (int row = 0; row < rowCount(); ++row) {
        const auto at = static_cast<std::size_t>(row);
        const ScalarOrigin& a = before->assumptions[at];
        const ScalarOrigin& b = evaluation_->assumptions[at];
        if (a.value != b.value || a.low != b.low || a.high != b.high || a.source != b.source) {
            emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
    }
}

void AssumptionFilter::setSearch(const QString& words) {
    words_ = words.split(QLatin1Char{' '}, Qt::SkipEmptyParts);
    invalidateFilter();
}

void AssumptionFilter::setPrefix(const QString& prefix) {
    prefix_ = prefix;
    invalidateFilter();
}

bool AssumptionFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const auto cell = [&](int column) {
        return sourceModel()->index(row, column, parent).data().toString();
    };
    const QString path = cell(AssumptionModel::Path);
    if (!path.startsWith(prefix_, Qt::CaseInsensitive)) {
        return false;
    }
    const QString searched = path + QLatin1Char{' '} + cell(AssumptionModel::Source) +
                             QLatin1Char{' '} + cell(AssumptionModel::ConfidenceClass);
    return std::all_of(words_.begin(), words_.end(), [&](const QString& word) {
        return searched.contains(word, Qt::CaseInsensitive);
    });
}

}  // namespace wafercast::gui
