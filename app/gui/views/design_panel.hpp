#pragma once

#include <QWidget>
#include <memory>

#include "evaluate/evaluation.hpp"

class QLineEdit;
class QToolButton;
class QTreeView;

namespace wafercast::gui {

class DesignDocument;
class DesignFilter;
class DesignTreeModel;
class FieldSlider;
class Settings;

/// The design as a searchable tree that is edited in place, with a slider for the selected number.
class DesignPanel final : public QWidget {
    Q_OBJECT
public:
    DesignPanel(DesignDocument& document, Settings& settings, QWidget* parent = nullptr);

    void setEvaluation(const std::shared_ptr<const Evaluation>& evaluation);
    void focusSearch();
    /// Selects a field and brings it into sight.
    void select(const QString& path);
    [[nodiscard]] QTreeView& tree() { return *tree_; }
    [[nodiscard]] FieldSlider& slider() { return *slider_; }
    [[nodiscard]] DesignTreeModel& model() { return *model_; }

signals:
    /// A field was selected: what it uses may be shown. Empty: nothing is selected.
    void fieldSelected(const QString& path);

private:
    void buildTree();
    void layOut();
    void followSelection();
    void selectFirstNumber();
    void offerCatalog(const QModelIndex& index, const QPoint& at);

    DesignDocument& document_;
    Settings& settings_;
    DesignTreeModel* model_;
    DesignFilter* filter_;
    QLineEdit* search_;
    QToolButton* all_;
    QTreeView* tree_;
    FieldSlider* slider_;
};

}  // namespace wafercast::gui
