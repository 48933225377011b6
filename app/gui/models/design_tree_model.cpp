#include "gui/models/design_tree_model.hpp"

#include <QStringList>
#include <algorithm>
#include <array>
#include <map>

#include "format/format_number.hpp"
#include "gui/models/text.hpp"
#include "reader/write_design.hpp"

namespace wafercast::gui {

struct DesignTreeModel::Node {
    Node* parent = nullptr;
    int row = 0;
    std::string id;
    QString name;
    int field = -1;  ///< index into fields_; -1 for a section or an item
    std::vector<std::unique_ptr<Node>> children;
};

namespace {

QStringList parts(const std::string& path) { return text(path).split(QLatin1Char{'.'}); }

QString sectionName(const QString& id) {
    static const std::map<QString, const char*> names{
        {QStringLiteral("blocks"), QT_TR_NOOP("Blocks")},
        {QStringLiteral("nets"), QT_TR_NOOP("Connections")},
        {QStringLiteral("dies"), QT_TR_NOOP("Dies")},
        {QStringLiteral("package"), QT_TR_NOOP("Package")},
        {QStringLiteral("device"), QT_TR_NOOP("Device")},
        {QStringLiteral("system"), QT_TR_NOOP("System")},
        {QStringLiteral("edge"), QT_TR_NOOP("Edge device")},
        {QStringLiteral("workload"), QT_TR_NOOP("Workload")},
        {QStringLiteral("serving"), QT_TR_NOOP("Serving")},
        {QStringLiteral("functional"), QT_TR_NOOP("Functional run")},
        {QStringLiteral("scenario"), QT_TR_NOOP("Scenario")}};
    const auto found = names.find(id);
    return found == names.end() ? id : DesignTreeModel::tr(found->second);
}

/// How many parts of a path name the item: blocks.sm.count has one, nets.a.b.bandwidth two,
/// package.memory.hbm.count one after its list, device.clock none.
struct ItemSpan {
    qsizetype first = 1;
    qsizetype count = 0;
};

ItemSpan itemOf(const QStringList& path) {
    const QString& section = path.front();
    if (section == QLatin1String{"blocks"} || section == QLatin1String{"dies"}) {
        return {1, 1};
    }
    if (section == QLatin1String{"nets"}) {
        return {1, path.size() - 2};
    }
    if (section == QLatin1String{"package"} && path.size() > 3) {
        return {2, path.size() - 3};
    }
    return {1, 0};
}

QString itemName(const QStringList& path, ItemSpan span) {
    const QStringList words = path.mid(span.first, span.count);
    if (path.front() == QLatin1String{"nets"}) {
        return words.join(QStringLiteral(" – "));
    }
    if (path.front() == QLatin1String{"package"}) {
        return path[1] == QLatin1String{"memory"}
                   ? DesignTreeModel::tr("memory %1").arg(words.join(QLatin1Char{'.'}))
                   : DesignTreeModel::tr("die %1").arg(words.join(QLatin1Char{'.'}));
    }
    return words.join(QLatin1Char{'.'});
}

/// "Rate per unit, fp8": labels that several fields of an item share get what tells them apart.
QString fieldName(const ConstFieldRef& field) {
    QString name = text(field.info->label);
    const QString last = text(field.path).section(QLatin1Char{'.'}, -1);
    if (last.endsWith(QLatin1String{"_dense"})) {
        name += QStringLiteral(", ") + last.chopped(6);
    }
    return name;
}

}  // namespace

const ScalarOrigin* originOf(const Evaluation& evaluation, const ConstFieldRef& field) {
    std::string wanted = field.path;
    if (field.number != nullptr && !field.number->catalog_id.empty()) {
        wanted = std::string{field.info->catalog_kind} + "." + field.number->catalog_id + "." +
                 std::string{field.info->catalog_field};
    }
    const auto found =
        std::find_if(evaluation.assumptions.begin(), evaluation.assumptions.end(),
                     [&](const ScalarOrigin& origin) { return origin.path == wanted; });
    return found == evaluation.assumptions.end() ? nullptr : &*found;
}

DesignTreeModel::DesignTreeModel(DesignDocument& document, QObject* parent)
    : QAbstractItemModel{parent}, document_{document}, root_{std::make_unique<Node>()} {
    connect(&document_, &DesignDocument::changed, this, &DesignTreeModel::refresh);
    connect(&document_, &DesignDocument::opened, this, [this] { evaluation_.reset(); });
    refresh();
}

DesignTreeModel::~DesignTreeModel() = default;

void DesignTreeModel::refresh() {
    const auto before = std::move(fields_);
    const auto kept = shown_;  // keeps what `before` points into
    shown_ = document_.snapshot();
    fields_ = fields(shown_->design);
    const bool same =
        std::equal(before.begin(), before.end(), fields_.begin(), fields_.end(),
                   [](const ConstFieldRef& a, const ConstFieldRef& b) { return a.path == b.path; });
    if (!same) {
        beginResetModel();
        build();
        endResetModel();
        return;
    }
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (field_text(before[i]) != field_text(fields_[i])) {
            const QModelIndex first = createIndex(leaves_[i]->row, Name, leaves_[i]);
            emit dataChanged(first, first.siblingAtColumn(ColumnCount - 1));
        }
    }
}

void DesignTreeModel::build() {
    root_ = std::make_unique<Node>();
    leaves_.clear();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        const QStringList path = parts(fields_[i].path);
        Node* home = root_.get();
        if (path.size() > 1) {
            home = &group(*home, path.front().toStdString(), sectionName(path.front()));
            if (const ItemSpan span = itemOf(path); span.count > 0) {
                const QString id = path.mid(1, span.first - 1 + span.count).join(QLatin1Char{'.'});
                home = &group(*home, id.toStdString(), itemName(path, span));
            }
        }
        auto leaf = std::make_unique<Node>();
        leaf->parent = home;
        leaf->row = static_cast<int>(home->children.size());
        leaf->id = fields_[i].path;
        leaf->name = fieldName(fields_[i]);
        leaf->field = static_cast<int>(i);
        leaves_.push_back(leaf.get());
        home->children.push_back(std::move(leaf));
    }
}

DesignTreeModel::Node& DesignTreeModel::group(Node& parent, const std::string& id,
                                              const QString& name) {
    for (const auto& child : parent.children) {
        if (child->field < 0 && child->id == id) {
            return *child;
        }
    }
    auto node = std::make_unique<Node>();
    node->parent = &parent;
    node->row = static_cast<int>(parent.children.size());
    node->id = id;
    node->name = name;
    return *parent.children.emplace_back(std::move(node));
}

const DesignTreeModel::Node* DesignTreeModel::nodeOf(const QModelIndex& index) const {
    return index.isValid() ? static_cast<const Node*>(index.constInternalPointer()) : root_.get();
}

QModelIndex DesignTreeModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, nodeOf(parent)->children[static_cast<std::size_t>(row)].get());
}

QModelIndex DesignTreeModel::parent(const QModelIndex& child) const {
    if (!child.isValid()) {
        return {};
    }
    const Node* above = nodeOf(child)->parent;
    return above == nullptr || above == root_.get() ? QModelIndex{}
                                                    : createIndex(above->row, 0, above);
}

int DesignTreeModel::rowCount(const QModelIndex& parent) const {
    return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int DesignTreeModel::columnCount(const QModelIndex& /*parent*/) const { return ColumnCount; }

QVariant DesignTreeModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) {
        return {};
    }
    const Node& node = *nodeOf(index);
    if (role == Qt::DisplayRole) {
        return display(node, index.column());
    }
    if (node.field < 0) {
        return role == SearchRole ? QVariant{node.name} : QVariant{};
    }
    return fieldData(node, role);
}

QVariant DesignTreeModel::display(const Node& node, int column) const {
    if (column == Name) {
        return node.name;
    }
    if (node.field < 0) {
        return {};
    }
    const ConstFieldRef& field = fields_[static_cast<std::size_t>(node.field)];
    if (column == UnitAndRange) {
        return unitAndRange(field);
    }
    QString value = text(field_text(field));
    if (value.startsWith(QLatin1String{"catalog:"})) {
        value.remove(0, 8);
    }
    return field.kind == FieldKind::kNumber ? pretty(value) : value;
}

QVariant DesignTreeModel::fieldData(const Node& node, int role) const {
    const ConstFieldRef& field = fields_[static_cast<std::size_t>(node.field)];
    switch (role) {
        case Qt::EditRole:
            return text(field_text(field));
        case Qt::ToolTipRole:
            return toolTip(field);
        case Qt::StatusTipRole:
            return text(field.info->help);
        case Qt::AccessibleTextRole:
            return QStringLiteral("%1: %2").arg(node.name, text(field_text(field)));
        case PathRole:
            return text(field.path);
        case SearchRole:
            return QStringList{node.name, text(field.path), text(field_text(field)),
                               node.parent->name}
                .join(QLatin1Char{' '});
        case IsSetRole:
            return is_set(field);
        case CatalogKindRole:
            return text(field.info->catalog_kind);
        case IsTextRole:
            return field.kind != FieldKind::kNumber;
        case ChoicesRole:
            return document_.choices(text(field.path));
        default:
            return {};
    }
}

QString DesignTreeModel::unitAndRange(const ConstFieldRef& field) const {
    if (field.kind != FieldKind::kNumber) {
        return {};
    }
    const ScalarOrigin* from = origin(field);
    if (from != nullptr && from->uncertain()) {
        return rangeText(from->low, from->high, from->dimension);
    }
    if (from != nullptr && from->from_catalog) {
        return quantityText(from->value, from->dimension);
    }
    return pretty(text(field.info->unit));
}

QString DesignTreeModel::toolTip(const ConstFieldRef& field) const {
    QStringList lines{text(field.info->help), text(field.path)};
    if (const ScalarOrigin* from = origin(field); from != nullptr) {
        lines << tr("Value %1, P10 – P90 %2")
                     .arg(quantityText(from->value, from->dimension),
                          rangeText(from->low, from->high, from->dimension));
        if (!from->source.empty()) {
            lines << tr("Source %1, confidence %2")
                         .arg(text(from->source), text(name(from->confidence)));
        }
    }
    return lines.join(QLatin1Char{'\n'});
}

const ScalarOrigin* DesignTreeModel::origin(const ConstFieldRef& field) const {
    return evaluation_ == nullptr ? nullptr : originOf(*evaluation_, field);
}

bool DesignTreeModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable)) {
        return false;
    }
    const auto refused = document_.edit(data(index, PathRole).toString(), value.toString());
    if (refused) {
        emit editRefused(index, *refused);
        return false;
    }
    return true;
}

Qt::ItemFlags DesignTreeModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (nodeOf(index)->field >= 0 && index.column() == Value) {
        flags |= Qt::ItemIsEditable;
    }
    return flags;
}

QVariant DesignTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    const std::array<QString, ColumnCount> titles{tr("Field"), tr("Value"), tr("Unit, range")};
    return section >= 0 && section < ColumnCount ? titles[static_cast<std::size_t>(section)]
                                                 : QString{};
}

void DesignTreeModel::setEvaluation(std::shared_ptr<const Evaluation> evaluation) {
    const bool same = evaluation != nullptr && evaluation_ != nullptr &&
                      evaluation->assumptions.size() == evaluation_->assumptions.size() &&
                      std::equal(evaluation->assumptions.begin(), evaluation->assumptions.end(),
                                 evaluation_->assumptions.begin(),
                                 [](const ScalarOrigin& a, const ScalarOrigin& b) {
                                     return a.path == b.path && a.value == b.value &&
                                            a.low == b.low && a.high == b.high;
                                 });
    evaluation_ = std::move(evaluation);
    if (same) {
        return;
    }
    for (Node* leaf : leaves_) {
        const QModelIndex changed = createIndex(leaf->row, UnitAndRange, leaf);
        emit dataChanged(changed, changed, {Qt::DisplayRole});
    }
}

QModelIndex DesignTreeModel::indexOf(const QString& path, int column) const {
    const std::string wanted = path.toStdString();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (fields_[i].path == wanted) {
            return createIndex(leaves_[i]->row, column, leaves_[i]);
        }
    }
    return {};
}

}  // namespace wafercast::gui
