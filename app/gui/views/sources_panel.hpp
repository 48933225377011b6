#pragma once

#include "gui/models/assumption_model.hpp"
#include "gui/models/design_document.hpp"
#include "gui/views/table_panel.hpp"

class QLineEdit;
class QToolButton;

namespace wafercast::gui {

/// Where the numbers come from; narrowed to what the selected field uses, and by a search.
class SourcesPanel final : public TablePanel {
    Q_OBJECT
public:
    SourcesPanel(AssumptionModel& model, DesignDocument& document, QWidget* parent = nullptr);

    /// Narrows to the entry that a field names, or to the field itself; all where nothing is known.
    void showFor(const QString& field);
    void showAll();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    SourcesPanel(AssumptionModel& model, DesignDocument& document, AssumptionFilter* filter,
                 QWidget* parent);
    void narrow(const QString& prefix);

    DesignDocument& document_;
    AssumptionModel& model_;
    AssumptionFilter* filter_;
    QToolButton* scope_;
};

}  // namespace wafercast::gui
