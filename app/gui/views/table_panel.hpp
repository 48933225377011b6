#pragma once

#include <QWidget>

class QAbstractItemModel;
class QLabel;
class QLineEdit;
class QSortFilterProxyModel;
class QTableView;

namespace wafercast::gui {

/// A sortable table of an item model, with "shown n of N" and, where there is one, a search.
class TablePanel : public QWidget {
    Q_OBJECT
public:
    /// @param sortRole role of the raw numbers
    /// @param filter proxy between the model and the table; made here when null
    TablePanel(QAbstractItemModel& model, const QString& name, int sortRole,
               QSortFilterProxyModel* filter = nullptr, QWidget* parent = nullptr);

    /// Columns as wide as what they show.
    void fitColumns();
    [[nodiscard]] QTableView& table() { return *table_; }
    /// Said instead of rows while there are none.
    void setEmptyText(const QString& words);

protected:
    QLineEdit* addSearch(const QString& placeholder);
    void addToBar(QWidget* widget);
    void showCount();
    /// Long text goes over several lines of its row.
    void wrapRows();

private:
    QAbstractItemModel& model_;
    QSortFilterProxyModel* filter_;
    QTableView* table_;
    QLabel* count_;
    QWidget* bar_;
    QString empty_;
};

}  // namespace wafercast::gui
