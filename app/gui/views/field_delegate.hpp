#pragma once

#include <QStyledItemDelegate>

namespace wafercast::gui {

class DesignDocument;

/// Editors of the design tree: a list for what has choices, the catalog for what names an entry,
/// a line with units for the rest. A value that would be refused cannot be entered.
class FieldDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit FieldDelegate(DesignDocument& document, QObject* parent = nullptr);

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void setModelData(QWidget* editor, QAbstractItemModel* model,
                      const QModelIndex& index) const override;
    void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* choiceEditor(QWidget* parent, const QStringList& choices) const;
    QWidget* catalogEditor(QWidget* parent, const QModelIndex& index) const;

    DesignDocument& document_;
};

}  // namespace wafercast::gui
