#pragma once

#include <QLineEdit>
#include <QPointer>
#include <functional>
#include <optional>

class QLabel;

namespace wafercast::gui {

/// A line to type a value with its unit in; says below why it would be refused while it is typed.
class FieldEditor final : public QLineEdit {
    Q_OBJECT
public:
    using Refusal = std::function<std::optional<QString>(const QString&)>;

    FieldEditor(Refusal refusal, QWidget* parent);
    ~FieldEditor() override;

    [[nodiscard]] bool isRefused() const { return refused_; }
    /// What is said below the line; empty when all is well.
    [[nodiscard]] QString reason() const;

protected:
    void moveEvent(QMoveEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void check();
    void placeReason();

    Refusal refusal_;
    QPointer<QLabel> reason_;  ///< a child of the view, so that it may stand below the line
    bool refused_ = false;
};

}  // namespace wafercast::gui
