#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "core/result.hpp"
#include "evaluate/evaluation.hpp"

namespace wafercast::gui {

/// Limits that a design breaks, or the problems that keep it from being evaluated.
class ViolationModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Constraint, Value, Limit, Message, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

    void setEvaluation(std::shared_ptr<const Evaluation> evaluation);
    void setFailures(Failures failures);

private:
    std::shared_ptr<const Evaluation> evaluation_;  ///< null while there are failures
    Failures failures_;
};

}  // namespace wafercast::gui
