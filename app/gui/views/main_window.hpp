#pragma once

#include <QMainWindow>
#include <functional>
#include <memory>

#include "gui/models/assumption_model.hpp"
#include "gui/models/breakdown_scene.hpp"
#include "gui/models/design_document.hpp"
#include "gui/models/evaluation_service.hpp"
#include "gui/models/operator_model.hpp"
#include "gui/models/roofline_scene.hpp"
#include "gui/models/settings.hpp"
#include "gui/models/violation_model.hpp"
#include "gui/views/appearance.hpp"
#include "gui/views/dock_layout.hpp"
#include "gui/views/figure.hpp"
#include "gui/views/headline_strip.hpp"

class QLabel;

namespace wafercast::gui {

class DesignPanel;
class OperatorsPanel;
class SourcesPanel;
class ViolationsPanel;
class WaferPanel;

/// What to do with changes that are not saved.
enum class Unsaved { kSave, kDiscard, kCancel };

/// Studio's window: makes the document, the service, the docks and the actions, and wires them.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(std::shared_ptr<const Session> session, Settings& settings, Appearance& appearance,
               QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Opens a design, after asking about changes. @return whether it is open now
    bool openFile(const QString& path);
    bool saveFile();
    bool saveFileAs();

    /// Replaces the question that is asked before changes would be lost.
    void setAskUnsaved(std::function<Unsaved()> ask) { ask_unsaved_ = std::move(ask); }

    [[nodiscard]] DesignDocument& document() { return document_; }
    [[nodiscard]] EvaluationService& service() { return service_; }
    [[nodiscard]] HeadlineStrip& headline() { return *headline_; }
    [[nodiscard]] DesignPanel& designPanel() { return *design_; }
    [[nodiscard]] WaferPanel& waferPanel() { return *wafer_; }
    [[nodiscard]] PlotCanvas& rooflineCanvas() { return *roofline_.canvas; }
    [[nodiscard]] PlotCanvas& waterfallCanvas() { return *waterfall_.canvas; }
    [[nodiscard]] const Docks& docks() const { return docks_; }
    /// Puts the docks back as shipped.
    void resetLayout();

protected:
    void showEvent(QShowEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makePanels();
    void makeDocks();
    QDockWidget* dock(QWidget* panel, const QString& title, const QString& name);
    void makeActions();
    void makeFileMenu();
    void makeEditMenu();
    void makeViewMenu();
    void makeHelpMenu();
    void fillRecent(QMenu& menu);
    void makeStatusBar();
    void wire();
    void showAnswer(const Answer& answer);
    void showCost(const Evaluation& evaluation);
    void showFailures();
    void explainTopic(HeadlineStrip::Topic topic);
    void applyTheme(const Theme& theme);
    void updateTitle();
    [[nodiscard]] bool mayDiscard();
    [[nodiscard]] Unsaved askUnsaved();

    Settings& settings_;
    Appearance& appearance_;
    DesignDocument document_;
    EvaluationService service_;
    OperatorModel operator_model_;
    AssumptionModel assumption_model_;
    ViolationModel violation_model_;
    std::function<Unsaved()> ask_unsaved_;

    HeadlineStrip* headline_ = nullptr;
    DesignPanel* design_ = nullptr;
    Figure<BreakdownScene> waterfall_;
    Figure<BreakdownScene> energy_;
    Figure<RooflineScene> roofline_;
    WaferPanel* wafer_ = nullptr;
    OperatorsPanel* operators_ = nullptr;
    SourcesPanel* sources_ = nullptr;
    ViolationsPanel* limits_ = nullptr;
    Docks docks_;
    QLabel* state_ = nullptr;
    QLabel* functional_ = nullptr;
    bool sized_ = false;
};

}  // namespace wafercast::gui
