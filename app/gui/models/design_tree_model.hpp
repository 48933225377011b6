#pragma once

#include <QAbstractItemModel>
#include <memory>
#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "gui/models/design_document.hpp"

namespace wafercast::gui {

/// The open design as section > item > field. Values are edited as text with units; what is refused
/// stays as it was and editRefused says why.
class DesignTreeModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Name, Value, UnitAndRange, ColumnCount };
    enum Role {
        PathRole = Qt::UserRole,  ///< "blocks.sm.count"; empty for sections and items
        SearchRole,               ///< all words a search looks at
        IsSetRole,                ///< whether the design says anything for the field
        CatalogKindRole,          ///< kind of entry a field may refer to
        IsTextRole,               ///< holds text, not a number
        ChoicesRole               ///< words to pick from
    };

    explicit DesignTreeModel(DesignDocument& document, QObject* parent = nullptr);
    ~DesignTreeModel() override;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

    /// Ranges come from what the evaluation read.
    void setEvaluation(std::shared_ptr<const Evaluation> evaluation);

    [[nodiscard]] QModelIndex indexOf(const QString& path, int column = Name) const;
    [[nodiscard]] DesignDocument& document() const { return document_; }

signals:
    void editRefused(const QModelIndex& index, const QString& reason);

private:
    struct Node;

    void refresh();
    void build();
    Node& group(Node& parent, const std::string& id, const QString& name);
    [[nodiscard]] const Node* nodeOf(const QModelIndex& index) const;
    [[nodiscard]] QVariant display(const Node& node, int column) const;
    [[nodiscard]] QVariant fieldData(const Node& node, int role) const;
    [[nodiscard]] QString unitAndRange(const ConstFieldRef& field) const;
    [[nodiscard]] QString toolTip(const ConstFieldRef& field) const;
    [[nodiscard]] const ScalarOrigin* origin(const ConstFieldRef& field) const;

    DesignDocument& document_;
    std::shared_ptr<const LoadedDesign> shown_;  ///< what fields_ points into
    std::vector<ConstFieldRef> fields_;
    std::shared_ptr<const Evaluation> evaluation_;
    std::unique_ptr<Node> root_;
    std::vector<Node*> leaves_;  ///< parallel to fields_
};

/// The assumption behind a field: its own range, or that of the entry it refers to.
[[nodiscard]] const ScalarOrigin* originOf(const Evaluation& evaluation,
                                           const ConstFieldRef& field);

}  // namespace wafercast::gui
