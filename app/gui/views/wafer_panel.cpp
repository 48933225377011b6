#include "gui/views/wafer_panel.hpp"

#include <QComboBox>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/models/text.hpp"
#include "gui/views/plot_canvas.hpp"

namespace wafercast::gui {

namespace {

/// Whether a wafer is the one already drawn.
bool sameWafers(const Answer& a, const Answer& b) {
    if (a.wafers == nullptr || b.wafers == nullptr || a.wafers->size() != b.wafers->size()) {
        return false;
    }
    return std::equal(a.wafers->begin(), a.wafers->end(), b.wafers->begin(),
                      [](const DieWafer& x, const DieWafer& y) {
                          return x.die == y.die && x.process == y.process && x.map == y.map;
                      }) &&
           a.evaluation->metrics.silicon == b.evaluation->metrics.silicon;
}

}  // namespace

WaferPanel::WaferPanel(Settings& settings, QWidget* parent)
    : QWidget{parent}, dies_{new QComboBox{this}} {
    auto scene = std::make_unique<WaferScene>();
    scene_ = scene.get();
    canvas_ = new PlotCanvas{std::move(scene), tr("Wafer map"), settings, this};
    dies_->setAccessibleName(tr("Die"));
    dies_->hide();
    auto* column = new QVBoxLayout{this};
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(dies_);
    column->addWidget(canvas_, 1);
    connect(dies_, &QComboBox::currentIndexChanged, this, &WaferPanel::showDie);
}

void WaferPanel::show(const Answer& answer) {
    const bool same = answer.evaluation != nullptr && sameWafers(answer_, answer);
    answer_ = answer;
    if (same) {
        return;
    }
    if (answer.wafers == nullptr || answer.wafers->empty()) {
        scene_->clear(tr("Nothing to draw: see Limits."));
        canvas_->refresh();
        return;
    }
    const QSignalBlocker quiet{dies_};
    const int before = std::max(0, dies_->currentIndex());
    dies_->clear();
    for (const DieWafer& wafer : *answer.wafers) {
        dies_->addItem(QStringLiteral("%1, %2").arg(text(wafer.die), text(wafer.process)));
    }
    const int die = std::min(before, dies_->count() - 1);
    dies_->setCurrentIndex(die);
    dies_->setVisible(dies_->count() > 1);
    showDie(die);
}

void WaferPanel::showDie(int die) {
    if (die < 0 || answer_.wafers == nullptr) {
        return;
    }
    const auto at = static_cast<std::size_t>(die);
    scene_->setWafer(answer_.wafers, at, answer_.evaluation->metrics.silicon.dies[at]);
    canvas_->refresh();
}

void WaferPanel::setTheme(const Theme& theme) { canvas_->setTheme(theme); }

}  // namespace wafercast::gui
