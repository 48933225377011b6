#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <memory>

#include "evaluate/evaluation.hpp"

namespace wafercast::gui {

/// Every assumption an evaluation read: where each number on screen comes from.
class AssumptionModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Path, Value, Range, Source, AsOf, ConfidenceClass, ColumnCount };
    enum Role { SortRole = Qt::UserRole };
    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

    void setEvaluation(std::shared_ptr<const Evaluation> evaluation);

private:
    [[nodiscard]] static QVariant display(const ScalarOrigin& origin, int column);

    std::shared_ptr<const Evaluation> evaluation_;
};

/// Rows whose path starts with what is selected and that hold every word searched for.
class AssumptionFilter final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setSearch(const QString& words);
    /// "process_nodes.n4." or a field's own path; empty: all.
    void setPrefix(const QString& prefix);
    [[nodiscard]] QString prefix() const { return prefix_; }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QStringList words_;
    QString prefix_;
};

}  // namespace wafercast::gui
