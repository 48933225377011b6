#pragma once

#include <QSortFilterProxyModel>

namespace wafercast::gui {

/// The part of the design tree that is shown: fields that are set, or all, or what a search finds.
class DesignFilter final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit DesignFilter(QObject* parent = nullptr);

    void setSearch(const QString& words);  ///< every word must occur
    void setShowsAll(bool all);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QStringList words_;
    bool all_ = false;
};

}  // namespace wafercast::gui
