#include "gui/views/field_slider.hpp"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>

#include "gui/models/design_document.hpp"
#include "gui/models/text.hpp"

namespace wafercast::gui {

FieldSlider::FieldSlider(DesignDocument& document, QWidget* parent)
    : QWidget{parent},
      document_{document},
      name_{new QLabel{this}},
      value_{new QLabel{this}},
      low_{new QLabel{this}},
      high_{new QLabel{this}},
      slider_{new QSlider{Qt::Horizontal, this}},
      logarithmic_{new QCheckBox{tr("log scale"), this}} {
    auto* grid = new QGridLayout{this};
    grid->setContentsMargins(8, 4, 8, 6);
    grid->setVerticalSpacing(2);
    grid->addWidget(name_, 0, 0, 1, 2);
    grid->addWidget(value_, 0, 2, Qt::AlignRight);
    grid->addWidget(slider_, 1, 0, 1, 3);
    grid->addWidget(low_, 2, 0);
    grid->addWidget(logarithmic_, 2, 1, Qt::AlignHCenter);
    grid->addWidget(high_, 2, 2, Qt::AlignRight);
    grid->setColumnStretch(1, 1);
    slider_->setRange(0, SliderScale::kSteps);
    slider_->setAccessibleName(tr("Value of the selected field"));
    name_->setForegroundRole(QPalette::WindowText);
    connect(slider_, &QSlider::sliderPressed, this, [this] { document_.beginGesture(); });
    connect(slider_, &QSlider::sliderReleased, this, [this] { document_.endGesture(); });
    connect(slider_, &QSlider::valueChanged, this, &FieldSlider::move);
    connect(logarithmic_, &QCheckBox::toggled, this, [this](bool on) {
        scale_.setLogarithmic(on);
        showValue();
    });
    connect(&document_, &DesignDocument::changed, this, &FieldSlider::follow);
    connect(&document_, &DesignDocument::opened, this, [this] { setField({}); });
    setField({});
}

void FieldSlider::setField(const QString& path) {
    path_ = path;
    rescale();
}

void FieldSlider::setEvaluation(std::shared_ptr<const Evaluation> evaluation) {
    const bool first = evaluation_ == nullptr;
    evaluation_ = std::move(evaluation);
    if (first || !scale_.isUsable()) {
        rescale();
    }
}

void FieldSlider::rescale() {
    const auto field = fieldOf(document_.design(), path_.toStdString());
    scale_ = field ? SliderScale{*field, evaluation_.get()} : SliderScale{};
    const bool usable = scale_.isUsable();
    slider_->setEnabled(usable);
    logarithmic_->setEnabled(usable && scale_.allowsLogarithmic());
    {
        const QSignalBlocker quiet{logarithmic_};
        logarithmic_->setChecked(scale_.isLogarithmic());
    }
    name_->setText(usable ? text(field->info->label) : tr("Select a number to drag it"));
    low_->setText(usable ? scale_.lowText() : QString{});
    high_->setText(usable ? scale_.highText() : QString{});
    showValue();
}

void FieldSlider::showValue() {
    const auto field = fieldOf(document_.design(), path_.toStdString());
    const QSignalBlocker quiet{slider_};
    if (!field || !scale_.isUsable()) {
        value_->clear();
        slider_->setValue(0);
        return;
    }
    value_->setText(pretty(text(field_text(*field))).remove(QStringLiteral("catalog:")));
    slider_->setValue(scale_.position(field->number->value.value_or(scale_.value())));
}

void FieldSlider::follow() {
    if (path_.isEmpty() || moving_) {
        return;
    }
    const auto field = fieldOf(document_.design(), path_.toStdString());
    const bool inside = field && field->number != nullptr && field->number->value &&
                        scale_.isUsable() && scale_.contains(*field->number->value);
    if (inside) {
        showValue();
    } else {
        rescale();
    }
}

void FieldSlider::move(int position) {
    if (!scale_.isUsable()) {
        return;
    }
    moving_ = true;
    document_.edit(path_, scale_.valueText(position));
    moving_ = false;
    const auto field = fieldOf(document_.design(), path_.toStdString());
    value_->setText(field ? pretty(text(field_text(*field))) : QString{});
}

}  // namespace wafercast::gui
