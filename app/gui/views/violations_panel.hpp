#pragma once

#include "gui/models/violation_model.hpp"
#include "gui/views/table_panel.hpp"

namespace wafercast::gui {

/// Limits the design breaks, with what would mend them.
class ViolationsPanel final : public TablePanel {
    Q_OBJECT
public:
    explicit ViolationsPanel(ViolationModel& model, QWidget* parent = nullptr)
        : TablePanel{model, tr("Limits"), Qt::DisplayRole, nullptr, parent} {
        setEmptyText(tr("Every limit is kept."));
        wrapRows();
    }
};

}  // namespace wafercast::gui
