#include "gui/views/field_delegate.hpp"

#include <QAbstractItemModel>
#include <QComboBox>
#include <QKeyEvent>
#include <QPersistentModelIndex>
#include <QScreen>
#include <QTreeView>
#include <algorithm>

#include "gui/models/design_document.hpp"
#include "gui/models/design_tree_model.hpp"
#include "gui/views/catalog_picker.hpp"
#include "gui/views/field_editor.hpp"

namespace wafercast::gui {

namespace {

constexpr int kTextMargin = 7;
constexpr int kRowPadding = 4;

QString bareId(QString value) {
    if (value.startsWith(QLatin1String{"catalog:"})) {
        value.remove(0, 8);
    }
    return value;
}

}  // namespace

FieldDelegate::FieldDelegate(DesignDocument& document, QObject* parent)
    : QStyledItemDelegate{parent}, document_{document} {}

QWidget* FieldDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem& /*option*/,
                                     const QModelIndex& index) const {
    const QStringList choices = index.data(DesignTreeModel::ChoicesRole).toStringList();
    if (!choices.isEmpty()) {
        return choiceEditor(parent, choices);
    }
    const bool names_entry = !index.data(DesignTreeModel::CatalogKindRole).toString().isEmpty();
    if (names_entry && index.data(DesignTreeModel::IsTextRole).toBool()) {
        return catalogEditor(parent, index);
    }
    const QString path = index.data(DesignTreeModel::PathRole).toString();
    auto* editor = new FieldEditor{
        [this, path](const QString& typed) { return document_.refusal(path, typed); }, parent};
    editor->setAccessibleName(index.siblingAtColumn(DesignTreeModel::Name).data().toString());
    return editor;
}

QWidget* FieldDelegate::choiceEditor(QWidget* parent, const QStringList& choices) const {
    auto* list = new QComboBox{parent};
    list->addItem(QString{});
    list->addItems(choices);
    connect(list, &QComboBox::activated, this, [this, list] {
        auto* self = const_cast<FieldDelegate*>(this);
        emit self->commitData(list);
        emit self->closeEditor(list);
    });
    return list;
}

QWidget* FieldDelegate::catalogEditor(QWidget* parent, const QModelIndex& index) const {
    auto* picker = new CatalogPicker{
        document_.catalog(), index.data(DesignTreeModel::CatalogKindRole).toString().toStdString(),
        parent};
    connect(picker, &CatalogPicker::chosen, this, [this, picker] {
        auto* self = const_cast<FieldDelegate*>(this);
        picker->setProperty("chosen", true);
        emit self->commitData(picker);
        emit self->closeEditor(picker);
    });
    return picker;
}

void FieldDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const {
    const QString value = index.data(Qt::EditRole).toString();
    if (auto* list = qobject_cast<QComboBox*>(editor)) {
        list->setCurrentText(value);
    } else if (auto* picker = qobject_cast<CatalogPicker*>(editor)) {
        picker->setCurrent(bareId(value));
    } else if (auto* line = qobject_cast<FieldEditor*>(editor); line && !line->isModified()) {
        line->setText(value);
        line->selectAll();
    }
}

void FieldDelegate::setModelData(QWidget* editor, QAbstractItemModel* model,
                                 const QModelIndex& index) const {
    if (const auto* list = qobject_cast<QComboBox*>(editor)) {
        model->setData(index, list->currentText());
    } else if (const auto* picker = qobject_cast<CatalogPicker*>(editor)) {
        if (picker->property("chosen").toBool()) {
            model->setData(index, picker->current());
        }
    } else if (const auto* line = qobject_cast<FieldEditor*>(editor); line && !line->isRefused()) {
        model->setData(index, line->text());
    }
}

void FieldDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                         const QModelIndex& index) const {
    if (qobject_cast<CatalogPicker*>(editor) == nullptr) {
        QStyledItemDelegate::updateEditorGeometry(editor, option, index);
        const int needed = editor->sizeHint().height();
        if (editor->height() < needed) {
            editor->resize(editor->width(), needed);
        }
        return;
    }
    const QWidget* view = editor->parentWidget();
    const QRect screen = view->screen()->availableGeometry();
    QPoint corner = view->mapToGlobal(option.rect.bottomLeft());
    corner.setX(std::min(corner.x(), screen.right() - editor->width()));
    corner.setY(std::min(corner.y(), screen.bottom() - editor->height()));
    editor->move(corner);
}

QSize FieldDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QSize hint = QStyledItemDelegate::sizeHint(option, index);
    const int line = option.fontMetrics.height();
    // A tree asks for heights without saying how wide the column is.
    const auto* tree = qobject_cast<const QTreeView*>(option.widget);
    int indent = 0;
    for (QModelIndex at = index; tree != nullptr && index.column() == 0 && at.isValid();
         at = at.parent()) {
        indent += tree->indentation();
    }
    if (tree != nullptr && hint.width() + indent > tree->columnWidth(index.column())) {
        const int room = tree->columnWidth(index.column()) - indent - 2 * kTextMargin;
        const QRect wrapped = option.fontMetrics.boundingRect(
            QRect{0, 0, std::max(room, line), 100 * line}, Qt::TextWordWrap | Qt::TextWrapAnywhere,
            index.data().toString());
        hint.setHeight(wrapped.height());
    }
    hint.setHeight(std::max(hint.height(), line) + kRowPadding);
    return hint;
}

bool FieldDelegate::eventFilter(QObject* watched, QEvent* event) {
    const auto* line = qobject_cast<FieldEditor*>(watched);
    if (line != nullptr && line->isRefused() && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter ||
            key->key() == Qt::Key_Tab) {
            return true;  // the reason stays in sight until it is mended or Escape gives up
        }
    }
    return QStyledItemDelegate::eventFilter(watched, event);
}

}  // namespace wafercast::gui
