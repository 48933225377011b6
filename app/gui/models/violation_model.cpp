#include "gui/models/violation_model.hpp"

#include <array>

#include "format/format_number.hpp"
#include "gui/models/text.hpp"

namespace wafercast::gui {

namespace {

QString inUnit(double value, const std::string& unit) {
    return pretty(text(format_number(value) + (unit.empty() ? "" : " " + unit)));
}

}  // namespace

int ViolationModel::rowCount(const QModelIndex& parent) const {
    if (parent.isValid()) {
        return 0;
    }
    return static_cast<int>(evaluation_ != nullptr ? evaluation_->violations.size()
                                                   : failures_.size());
}

int ViolationModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ViolationModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid) ||
        (role != Qt::DisplayRole && role != Qt::ToolTipRole)) {
        return {};
    }
    const auto row = static_cast<std::size_t>(index.row());
    if (evaluation_ == nullptr) {
        const Failure& failure = failures_[row];
        const bool message = index.column() == Message || role == Qt::ToolTipRole;
        return message                        ? pretty(text(failure.message))
               : index.column() == Constraint ? text(failure.code)
                                              : QVariant{};
    }
    const Violation& violation = evaluation_->violations[row];
    if (role == Qt::ToolTipRole || index.column() == Message) {
        return pretty(text(violation.message));
    }
    switch (index.column()) {
        case Constraint:
            return lineLabel(violation.constraint);
        case Value:
            return inUnit(violation.value, violation.unit);
        case Limit:
            return inUnit(violation.limit, violation.unit);
        default:
            return {};
    }
}

QVariant ViolationModel::headerData(int section, Qt::Orientation orientation, int role) const {
    const std::array<QString, ColumnCount> titles{tr("Limit broken"), tr("Value"), tr("Limit"),
                                                  tr("What to do")};
    const bool known = orientation == Qt::Horizontal && role == Qt::DisplayRole && section >= 0 &&
                       section < ColumnCount;
    return known ? titles[static_cast<std::size_t>(section)] : QVariant{};
}

void ViolationModel::setEvaluation(std::shared_ptr<const Evaluation> evaluation) {
    const bool same = failures_.empty() && evaluation != nullptr && evaluation_ != nullptr &&
                      evaluation->violations == evaluation_->violations;
    if (same) {
        evaluation_ = std::move(evaluation);
        return;
    }
    beginResetModel();
    evaluation_ = std::move(evaluation);
    failures_.clear();
    endResetModel();
}

void ViolationModel::setFailures(Failures failures) {
    beginResetModel();
    evaluation_.reset();
    failures_ = std::move(failures);
    endResetModel();
}

}  // namespace wafercast::gui
