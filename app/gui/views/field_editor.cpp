#include "gui/views/field_editor.hpp"

#include <QFrame>
#include <QLabel>
#include <QPainter>
#include <algorithm>

#include "gui/models/theme.hpp"

namespace wafercast::gui {

namespace {

constexpr int kReasonWidth = 300;

QColor warningColour(const QWidget& widget) {
    return isDark(widget.palette()) ? darkTheme().warning : lightTheme().warning;
}

}  // namespace

FieldEditor::FieldEditor(Refusal refusal, QWidget* parent)
    : QLineEdit{parent}, refusal_{std::move(refusal)}, reason_{new QLabel{parent}} {
    setFrame(true);
    reason_->setObjectName(QStringLiteral("refusal"));
    reason_->setWordWrap(true);
    reason_->setMargin(5);
    reason_->setAutoFillBackground(true);
    reason_->setFrameShape(QFrame::Box);
    reason_->setTextFormat(Qt::PlainText);
    reason_->hide();
    connect(this, &QLineEdit::textChanged, this, [this] { check(); });
}

FieldEditor::~FieldEditor() {
    delete reason_;  // null when the view took it down first
}

QString FieldEditor::reason() const { return refused_ ? reason_->text() : QString{}; }

void FieldEditor::check() {
    const auto why = refusal_(text());
    refused_ = why.has_value();
    reason_->setVisible(refused_);
    if (refused_) {
        QPalette palette = this->palette();
        palette.setColor(QPalette::Window, palette.color(QPalette::ToolTipBase));
        palette.setColor(QPalette::WindowText, warningColour(*this));
        reason_->setPalette(palette);
        reason_->setText(*why);
        placeReason();
    }
    update();
}

void FieldEditor::placeReason() {
    const QWidget* around = parentWidget();
    const int width = std::min(kReasonWidth, around->width() - 8);
    const int height = reason_->heightForWidth(width);
    const int x = std::clamp(this->x(), 4, std::max(4, around->width() - width - 4));
    const bool above = geometry().bottom() + height > around->height() && y() > height;
    reason_->setGeometry(x, above ? y() - height - 2 : geometry().bottom() + 2, width, height);
    reason_->raise();
}

void FieldEditor::moveEvent(QMoveEvent* event) {
    QLineEdit::moveEvent(event);
    if (refused_) {
        placeReason();
    }
}

void FieldEditor::resizeEvent(QResizeEvent* event) {
    QLineEdit::resizeEvent(event);
    if (refused_) {
        placeReason();
    }
}

void FieldEditor::paintEvent(QPaintEvent* event) {
    QLineEdit::paintEvent(event);
    if (refused_) {
        QPainter painter{this};
        painter.setPen(QPen{warningColour(*this), 2.0});
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

}  // namespace wafercast::gui
