#pragma once

#include <QFrame>
#include <string>

#include "core/catalog.hpp"

class QLineEdit;
class QSortFilterProxyModel;
class QTableView;
class QTextBrowser;

namespace wafercast::gui {

class CatalogModel;

/// Chooses an entry of the catalog: a search, the entries of one kind, and what the current one
/// says with its sources.
class CatalogPicker final : public QFrame {
    Q_OBJECT
public:
    /// @param catalog must outlive the picker
    CatalogPicker(const Catalog& catalog, const std::string& kind, QWidget* parent = nullptr);

    void setCurrent(const QString& id);
    [[nodiscard]] QString current() const;

signals:
    void chosen(const QString& id);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void search(const QString& words);
    void preview();
    void choose();

    CatalogModel* model_;
    QSortFilterProxyModel* filter_;
    QLineEdit* search_;
    QTableView* entries_;
    QTextBrowser* preview_;
};

}  // namespace wafercast::gui
