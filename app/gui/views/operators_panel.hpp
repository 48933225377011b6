#pragma once

#include "gui/models/operator_model.hpp"
#include "gui/views/table_panel.hpp"

namespace wafercast::gui {

/// Operators of the workload, sortable by what they cost.
class OperatorsPanel final : public TablePanel {
    Q_OBJECT
public:
    explicit OperatorsPanel(OperatorModel& model, QWidget* parent = nullptr)
        : TablePanel{model, tr("Operators"), OperatorModel::SortRole, nullptr, parent} {
        setEmptyText(tr("This design serves no workload."));
    }
};

}  // namespace wafercast::gui
