#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <string>
#include <vector>

#include "core/catalog.hpp"

namespace wafercast::gui {

/// Entries of one kind of a catalog, to choose from.
class CatalogModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Id, Title, ColumnCount };
    enum Role { SearchRole = Qt::UserRole };

    /// @param catalog must outlive the model
    CatalogModel(const Catalog& catalog, const std::string& kind, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

    /// What an entry says, number by number with ranges and sources.
    [[nodiscard]] QString preview(int row) const;
    [[nodiscard]] int rowOf(const QString& id) const;  ///< -1 when there is none

private:
    std::vector<const CatalogEntry*> entries_;
};

}  // namespace wafercast::gui
