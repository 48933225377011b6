#include "gui/views/main_window.hpp"

#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QMessageBox>
#include <QMimeData>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QUrl>

#include "gui/models/text.hpp"
#include "gui/views/design_panel.hpp"
#include "gui/views/operators_panel.hpp"
#include "gui/views/sources_panel.hpp"
#include "gui/views/violations_panel.hpp"
#include "gui/views/wafer_panel.hpp"

namespace wafercast::gui {

namespace {

QString whose(Perspective perspective) {
    switch (perspective) {
        case Perspective::kBuilder:
            return MainWindow::tr("Builder's cost of a million tokens");
        case Perspective::kOwner:
            return MainWindow::tr("Owner's cost of a million tokens");
        case Perspective::kRenter:
            return MainWindow::tr("Renter's cost of a million tokens");
        case Perspective::kApi:
            break;
    }
    return MainWindow::tr("Posted price of a million tokens");
}

/// The design file in what is dragged, or empty.
QString droppedFile(const QMimeData* data) {
    for (const QUrl& url : data->urls()) {
        if (url.isLocalFile() && url.toLocalFile().endsWith(QLatin1String{".toml"})) {
            return url.toLocalFile();
        }
    }
    return {};
}

}  // namespace

MainWindow::MainWindow(std::shared_ptr<const Session> session, Settings& settings,
                       Appearance& appearance, QWidget* parent)
    : QMainWindow{parent},
      settings_{settings},
      appearance_{appearance},
      document_{session},
      service_{evaluateWith(*session)} {
    ask_unsaved_ = [this] { return askUnsaved(); };
    setAcceptDrops(true);
    resize(1280, 800);
    makePanels();
    makeDocks();
    makeActions();
    makeStatusBar();
    wire();
    applyTheme(appearance_.theme());
    updateTitle();
    if (!settings_.windowGeometry().isEmpty()) {
        restoreGeometry(settings_.windowGeometry());
    }
    sized_ = !settings_.dockLayout().isEmpty() && restoreState(settings_.dockLayout());
}

MainWindow::~MainWindow() = default;

void MainWindow::makePanels() {
    headline_ = new HeadlineStrip{this};
    design_ = new DesignPanel{document_, settings_, this};
    waterfall_ = makeFigure<BreakdownScene>(tr("Cost waterfall"), settings_, this,
                                            BreakdownScene::Kind::kWaterfall);
    energy_ =
        makeFigure<BreakdownScene>(tr("Energy"), settings_, this, BreakdownScene::Kind::kBars);
    roofline_ = makeFigure<RooflineScene>(tr("Roofline"), settings_, this);
    wafer_ = new WaferPanel{settings_, this};
    operators_ = new OperatorsPanel{operator_model_, this};
    sources_ = new SourcesPanel{assumption_model_, document_, this};
    limits_ = new ViolationsPanel{violation_model_, this};
    waterfall_.scene->clear(tr("Evaluating…"));
    energy_.scene->clear(tr("Evaluating…"));
    roofline_.scene->clear(tr("Evaluating…"));
}

void MainWindow::makeDocks() {
    setCentralWidget(waterfall_.canvas);
    docks_.design = dock(design_, tr("Design"), QStringLiteral("design"));
    docks_.energy = dock(energy_.canvas, tr("Energy"), QStringLiteral("energy"));
    docks_.wafer = dock(wafer_, tr("Wafer map"), QStringLiteral("wafer"));
    docks_.roofline = dock(roofline_.canvas, tr("Roofline"), QStringLiteral("roofline"));
    docks_.operators = dock(operators_, tr("Operators"), QStringLiteral("operators"));
    docks_.sources = dock(sources_, tr("Sources"), QStringLiteral("sources"));
    docks_.limits = dock(limits_, tr("Limits"), QStringLiteral("limits"));
    arrangeDocks(*this, docks_);
}

QDockWidget* MainWindow::dock(QWidget* panel, const QString& title, const QString& name) {
    auto* made = new QDockWidget{title, this};
    made->setObjectName(name);
    made->setWidget(panel);
    return made;
}

void MainWindow::makeStatusBar() {
    state_ = new QLabel{this};
    functional_ = new QLabel{this};
    state_->setContentsMargins(6, 0, 8, 0);
    functional_->setContentsMargins(6, 0, 6, 0);
    statusBar()->addPermanentWidget(functional_);
    statusBar()->addPermanentWidget(state_);
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::wire() {
    connect(&document_, &DesignDocument::opened, this, [this] { service_.forget(); });
    connect(&document_, &DesignDocument::changed, this,
            [this] { service_.request(document_.snapshot(), document_.revision()); });
    for (const auto signal : {&DesignDocument::opened, &DesignDocument::pathChanged}) {
        connect(&document_, signal, this, &MainWindow::updateTitle);
    }
    connect(&document_, &DesignDocument::dirtyChanged, this, &QWidget::setWindowModified);
    connect(&service_, &EvaluationService::answered, this, &MainWindow::showAnswer);
    connect(&service_, &EvaluationService::busyChanged, this,
            [this](bool busy) { state_->setText(busy ? tr("evaluating…") : tr("up to date")); });
    connect(&service_, &EvaluationService::noticed, this,
            [this](const QString& words) { statusBar()->showMessage(words, 4000); });
    connect(headline_, &HeadlineStrip::asked, this, &MainWindow::explainTopic);
    connect(design_, &DesignPanel::fieldSelected, sources_, &SourcesPanel::showFor);
    connect(&appearance_, &Appearance::themeChanged, this, &MainWindow::applyTheme);
}

void MainWindow::showAnswer(const Answer& answer) {
    headline_->show(answer);
    if (answer.evaluation == nullptr) {
        violation_model_.setFailures(answer.failures);
        showFailures();
        return;
    }
    const auto& evaluation = answer.evaluation;
    violation_model_.setEvaluation(evaluation);
    design_->setEvaluation(evaluation);
    wafer_->show(answer);
    if (answer.complete) {
        functional_->setText(tr("functional run: %1").arg(text(evaluation->functional.label)));
    }
    operator_model_.setEvaluation(evaluation);
    assumption_model_.setEvaluation(evaluation);
    showCost(*evaluation);
    if (evaluation->metrics.has_workload) {
        roofline_.scene->setRoofline(answer.roofline, evaluation);
    } else {
        roofline_.scene->clear(tr("This design serves no workload."));
    }
    for (PlotCanvas* canvas : {waterfall_.canvas, energy_.canvas, roofline_.canvas}) {
        canvas->refresh();
    }
}

void MainWindow::showCost(const Evaluation& evaluation) {
    if (evaluation.cost_tree) {
        waterfall_.scene->setCost(*evaluation.cost_tree, whose(evaluation.perspective), true);
    } else {
        waterfall_.scene->setCost(evaluation.accelerator_tree, tr("Cost to build one part"), false);
    }
    if (evaluation.energy_tree) {
        energy_.scene->setEnergy(*evaluation.energy_tree, tr("Per output token"));
    } else {
        energy_.scene->clear(tr("This design serves no workload."));
    }
}

void MainWindow::showFailures() {
    const QString words = tr("The design has problems: see Limits.");
    waterfall_.scene->clear(words);
    energy_.scene->clear(words);
    roofline_.scene->clear(words);
    for (PlotCanvas* canvas : {waterfall_.canvas, energy_.canvas, roofline_.canvas}) {
        canvas->refresh();
    }
    docks_.limits->raise();
}

void MainWindow::explainTopic(HeadlineStrip::Topic topic) {
    using enum HeadlineStrip::Topic;
    QDockWidget* explains = topic == kSilicon  ? docks_.wafer
                            : topic == kSpeed  ? docks_.roofline
                            : topic == kEnergy ? docks_.energy
                            : topic == kLimits ? docks_.limits
                                               : nullptr;
    if (explains == nullptr) {
        waterfall_.canvas->setFocus();
        return;
    }
    explains->show();
    explains->raise();
    explains->widget()->setFocus();
}

void MainWindow::applyTheme(const Theme& theme) {
    headline_->setTheme(theme);
    wafer_->setTheme(theme);
    for (PlotCanvas* canvas : {waterfall_.canvas, energy_.canvas, roofline_.canvas}) {
        canvas->setTheme(theme);
    }
}

void MainWindow::updateTitle() {
    setWindowTitle(document_.path().isEmpty()
                       ? tr("Wafercast Studio")
                       : tr("%1[*] – Wafercast Studio").arg(document_.title()));
    setWindowFilePath(document_.path());
}

bool MainWindow::openFile(const QString& path) {
    if (!mayDiscard()) {
        return false;
    }
    const Failures failures = document_.open(path);
    if (!failures.empty()) {
        QMessageBox box{QMessageBox::Warning, tr("Not opened"),
                        tr("%1 has problems.").arg(QFileInfo{path}.fileName()), QMessageBox::Ok,
                        this};
        box.setInformativeText(failureText(failures));
        box.exec();
        return false;
    }
    settings_.addRecentFile(document_.path());
    return true;
}

bool MainWindow::saveFile() {
    const Failures failures = document_.save();
    if (!failures.empty()) {
        QMessageBox::warning(this, tr("Not saved"), failureText(failures));
        return false;
    }
    statusBar()->showMessage(tr("Saved %1").arg(document_.path()), 4000);
    return true;
}

bool MainWindow::mayDiscard() {
    if (!document_.isDirty()) {
        return true;
    }
    switch (ask_unsaved_()) {
        case Unsaved::kSave:
            return saveFile();
        case Unsaved::kDiscard:
            return true;
        case Unsaved::kCancel:
            break;
    }
    return false;
}

Unsaved MainWindow::askUnsaved() {
    const auto button = QMessageBox::warning(
        this, tr("Unsaved changes"),
        tr("%1 has changes that are not saved.").arg(document_.title()),
        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
    return button == QMessageBox::Save      ? Unsaved::kSave
           : button == QMessageBox::Discard ? Unsaved::kDiscard
                                            : Unsaved::kCancel;
}

void MainWindow::resetLayout() {
    arrangeDocks(*this, docks_);
    sizeDocks(*this, docks_);
}

void MainWindow::showEvent(QShowEvent* event) {
    QMainWindow::showEvent(event);
    if (!sized_) {
        sized_ = true;
        sizeDocks(*this, docks_);
    }
    design_->setFocus();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!mayDiscard()) {
        event->ignore();
        return;
    }
    settings_.setWindowGeometry(saveGeometry());
    settings_.setDockLayout(saveState());
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (!droppedFile(event->mimeData()).isEmpty()) {
        event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event) {
    const QString path = droppedFile(event->mimeData());
    event->acceptProposedAction();
    // After the drop has ended: a question would hold the other program.
    QTimer::singleShot(0, this, [this, path] { openFile(path); });
}

}  // namespace wafercast::gui
