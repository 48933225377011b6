#include "gui/models/design_filter.hpp"

#include <algorithm>

#include "gui/models/design_tree_model.hpp"

namespace wafercast::gui {

DesignFilter::DesignFilter(QObject* parent) : QSortFilterProxyModel{parent} {
    setRecursiveFilteringEnabled(true);
    setDynamicSortFilter(true);
}

void DesignFilter::setSearch(const QString& words) {
    words_ = words.split(QLatin1Char{' '}, Qt::SkipEmptyParts);
    invalidateFilter();
}

void DesignFilter::setShowsAll(bool all) {
    all_ = all;
    invalidateFilter();
}

bool DesignFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    if (index.data(DesignTreeModel::PathRole).toString().isEmpty()) {
        return false;  // sections show when something in them does
    }
    if (words_.isEmpty()) {
        return all_ || index.data(DesignTreeModel::IsSetRole).toBool();
    }
    const QString searched = index.data(DesignTreeModel::SearchRole).toString();
    return std::all_of(words_.begin(), words_.end(), [&](const QString& word) {
        return searched.contains(word, Qt::CaseInsensitive);
    });
}

}  // namespace wafercast::gui
