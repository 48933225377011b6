#include "gui/models/operator_model.hpp"

#include <array>

#include "format/format_number.hpp"
#include "gui/models/text.hpp"
#include "units/units.hpp"

namespace wafercast::gui {

namespace dim = dimension;

int OperatorModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || evaluation_ == nullptr
               ? 0
               : static_cast<int>(evaluation_->operators.size());
}

int OperatorModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant OperatorModel::display(const OperatorLine& line, int column) {
    switch (column) {
        case Name:
            return text(line.name);
        case Phase:
            return text(line.phase);
        case Count:
            return text(format_count(line.count));
        case Seconds:
            return quantityText(line.seconds, dim::time);
        case Flops:
            return quantityText(line.flops, dim::operation);
        case Bytes:
            return quantityText(line.bytes, dim::information);
        case Bound:
            return text(line.bound);
        default:
            return {};
    }
}

QVariant OperatorModel::raw(const OperatorLine& line, int column) {
    switch (column) {
        case Count:
            return line.count;
        case Seconds:
            return line.seconds;
        case Flops:
            return line.flops;
        case Bytes:
            return line.bytes;
        default:
            return display(line, column);
    }
}

QVariant OperatorModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const OperatorLine& line = evaluation_->operators[static_cast<std::size_t>(index.row())];
    const bool number = index.column() >= Count && index.column() <= Bytes;
    switch (role) {
        case Qt::DisplayRole:
            return display(line, index.column());
        case SortRole:
            return raw(line, index.column());
        case Qt::TextAlignmentRole:
            return QVariant{number ? Qt::AlignRight | Qt::AlignVCenter
                                   : Qt::AlignLeft | Qt::AlignVCenter};
        default:
            return {};
    }
}

QVariant OperatorModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool number = section >= Count && section <= Bytes;
        return QVariant{number ? Qt::AlignRight | Qt::AlignVCenter
                               : Qt::AlignLeft | Qt::AlignVCenter};
    }
    const std::array<QString, ColumnCount> titles{tr("Operator"), tr("Phase"), tr("Times"),
                                                  tr("Time"),     tr("Work"),  tr("Traffic"),
                                                  tr("Bound by")};
    return role == Qt::DisplayRole ? titles[static_cast<std::size_t>(section)] : QVariant{};
}

void OperatorModel::setEvaluation(std::shared_ptr<const Evaluation> evaluation) {
    const auto rows = [](const auto& of) { return of == nullptr ? 0 : of->operators.size(); };
    if (rows(evaluation) == rows(evaluation_) && rows(evaluation) > 0) {
        // The same table with other numbers keeps selection and scroll position.
        const bool equal = evaluation->operators == evaluation_->operators;
        evaluation_ = std::move(evaluation);
        if (!equal) {
            emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        }
        return;
    }
    beginResetModel();
    evaluation_ = std::move(evaluation);
    endResetModel();
}

}  // namespace wafercast::gui
