#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "evaluate/evaluation.hpp"

namespace wafercast::gui {

/// Operators of prefill and decode with their times and what bounds them.
class OperatorModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Phase, Count, Seconds, Flops, Bytes, Bound, ColumnCount };
    enum Role { SortRole = Qt::UserRole };  ///< raw numbers; DisplayRole is text
    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

    void setEvaluation(std::shared_ptr<const Evaluation> evaluation);

private:
    [[nodiscard]] static QVariant display(const OperatorLine& line, int column);
    [[nodiscard]] static QVariant raw(const OperatorLine& line, int column);

    std::shared_ptr<const Evaluation> evaluation_;
};

}  // namespace wafercast::gui
