#pragma once

#include <QString>
#include <QWidget>
#include <memory>

#include "evaluate/evaluation.hpp"
#include "gui/models/slider_scale.hpp"

class QCheckBox;
class QLabel;
class QSlider;

namespace wafercast::gui {

class DesignDocument;

/// A slider for the selected number. A drag from press to release is one undo step.
class FieldSlider final : public QWidget {
    Q_OBJECT
public:
    explicit FieldSlider(DesignDocument& document, QWidget* parent = nullptr);

    /// The field to move; an empty path or a text field leaves nothing to do.
    void setField(const QString& path);
    void setEvaluation(std::shared_ptr<const Evaluation> evaluation);
    [[nodiscard]] QSlider& slider() { return *slider_; }
    [[nodiscard]] const SliderScale& scale() const { return scale_; }

private:
    void follow();  ///< the document changed
    void rescale();
    void move(int position);
    void showValue();

    DesignDocument& document_;
    std::shared_ptr<const Evaluation> evaluation_;
    QString path_;
    SliderScale scale_;
    QLabel* name_;
    QLabel* value_;
    QLabel* low_;
    QLabel* high_;
    QSlider* slider_;
    QCheckBox* logarithmic_;
    bool moving_ = false;
};

}  // namespace wafercast::gui
