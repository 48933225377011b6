#include "gui/models/design_document.hpp"

#include <QFileInfo>
#include <algorithm>
#include <utility>

#include "gui/models/edit_command.hpp"
#include "gui/models/text.hpp"
#include "reader/atomic_file.hpp"
#include "reader/write_design.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast::gui {

namespace {

std::filesystem::path filePath(const QString& path) {
    return std::filesystem::path{path.toStdU16String()};
}

/// "814" in a field of mm2 is "814 mm2": the unit stands beside it.
std::string withUnit(const ConstFieldRef& field, const std::string& typed) {
    if (field.number == nullptr || field.info->unit.empty()) {
        return typed;
    }
    const auto read = parse_quantity(typed);
    return read && !read->has_unit ? typed + " " + std::string{field.info->unit} : typed;
}

/// The entry a field refers to: {kind, id}; nothing when it holds a literal.
std::optional<std::pair<std::string, std::string>> reference(const ConstFieldRef& field) {
    const std::string kind{field.info->catalog_kind};
    if (kind.empty()) {
        return std::nullopt;
    }
    const std::string id = field.number != nullptr ? field.number->catalog_id
                           : field.text != nullptr ? *field.text
                                                   : std::string{};
    if (id.empty()) {
        return std::nullopt;
    }
    return std::pair{kind, id};
}

QString shownValue(const Design& design, const std::string& path) {
    const auto field = fieldOf(design, path);
    const QString value = field ? text(field_text(*field)) : QString{};
    return value.isEmpty() ? DesignDocument::tr("unset") : pretty(value);
}

/// A refusal without the path in front: it is shown at the field.
QString reason(const Failures& failures, const QString& field) {
    QString words = failures.empty() ? QString{} : text(failures.front().message);
    const QString prefix = field + QStringLiteral(": ");
    if (words.startsWith(prefix, Qt::CaseInsensitive)) {
        words.remove(0, prefix.size());
    }
    return pretty(words);
}

}  // namespace

std::optional<ConstFieldRef> fieldOf(const Design& design, const std::string& path) {
    auto all = fields(design);
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const ConstFieldRef& field) { return field.path == path; });
    return found == all.end() ? std::nullopt : std::optional{*found};
}

DesignDocument::DesignDocument(std::shared_ptr<const Session> session, QObject* parent)
    : QObject{parent},
      session_{std::move(session)},
      current_{std::make_shared<const LoadedDesign>(session_->adopt({}))} {
    connect(&undo_, &QUndoStack::cleanChanged, this,
            [this](bool clean) { emit dirtyChanged(!clean); });
}

DesignDocument::~DesignDocument() { undo_.disconnect(this); }

Failures DesignDocument::open(const QString& path) {
    auto loaded = session_->load(filePath(path));
    if (!loaded) {
        return loaded.error();
    }
    saved_ = loaded->design;
    saved_text_ = loaded->text;
    current_ = std::make_shared<const LoadedDesign>(std::move(loaded).value());
    path_ = QFileInfo{path}.absoluteFilePath();
    gesture_ = 0;
    undo_.clear();
    ++revision_;
    emit opened();
    emit changed();
    return {};
}

Failures DesignDocument::save() { return saveAs(path_); }

Failures DesignDocument::saveAs(const QString& path) {
    std::string words = update_design_text(saved_text_, saved_, design());
    if (auto done = write_file_atomically(filePath(path), words); !done) {
        return done.error();
    }
    saved_ = design();
    saved_text_ = std::move(words);
    undo_.setClean();
    const QString absolute = QFileInfo{path}.absoluteFilePath();
    if (absolute != path_) {
        path_ = absolute;
        emit pathChanged();
    }
    return {};
}

QString DesignDocument::title() const {
    return design().title.empty() ? QFileInfo{path_}.completeBaseName() : text(design().title);
}

Result<Design> DesignDocument::edited(const QString& field, const QString& typed) const {
    const std::string path = field.toStdString();
    const auto current = fieldOf(design(), path);
    if (!current) {
        return Failure{"design.unknown_field", tr("no such field").toStdString()};
    }
    Design after = design();
    const std::string value = withUnit(*current, typed.trimmed().toStdString());
    if (auto done = set_field(after, path, value); !done) {
        return done.error();
    }
    if (Failures unknown = unknownEntry(after, path); !unknown.empty()) {
        return unknown;
    }
    return after;
}

Failures DesignDocument::unknownEntry(const Design& design, const std::string& field) const {
    const auto set = fieldOf(design, field);
    const auto wanted = set ? reference(*set) : std::nullopt;
    if (!wanted) {
        return {};
    }
    const auto entry = catalog().require(wanted->first, wanted->second);
    return entry ? Failures{} : entry.error();
}

std::optional<QString> DesignDocument::refusal(const QString& field, const QString& typed) const {
    const auto after = edited(field, typed);
    return after ? std::nullopt : std::optional{reason(after.error(), field)};
}

std::optional<QString> DesignDocument::edit(const QString& field, const QString& typed) {
    auto after = edited(field, typed);
    if (!after) {
        return reason(after.error(), field);
    }
    if (*after == design()) {
        return std::nullopt;
    }
    const std::string path = field.toStdString();
    const auto now = fieldOf(design(), path);
    const QString words =
        tr("%1: %2 to %3")
            .arg(now ? text(now->info->label) : field,
                 shownValue(gesture_ == 0 ? design() : gesture_start_->design, path),
                 shownValue(*after, path));
    undo_.push(new EditCommand{*this, design(), std::move(after).value(), words, gesture_});
    return std::nullopt;
}

void DesignDocument::beginGesture() {
    gesture_ = ++last_gesture_;
    gesture_start_ = current_;
}

void DesignDocument::endGesture() { gesture_ = 0; }

QStringList DesignDocument::choices(const QString& field) const {
    const auto known = fieldOf(design(), field.toStdString());
    if (!known || known->kind != FieldKind::kText) {
        return {};
    }
    std::vector<std::string> ids;
    if (field.endsWith(QLatin1String{".yield_model"})) {
        ids = session_->models().yield.ids();
    } else if (field == QLatin1String{"serving.batching"}) {
        ids = session_->models().batching.ids();
    }
    QStringList words;
    for (const std::string& id : ids) {
        words << text(id);
    }
    return words.isEmpty() ? text(known->info->choices).split(QLatin1Char{'|'}, Qt::SkipEmptyParts)
                           : words;
}

void DesignDocument::show(const Design& design) {
    LoadedDesign next = *current_;
    next.design = design;
    current_ = std::make_shared<const LoadedDesign>(std::move(next));
    ++revision_;
    emit changed();
}

}  // namespace wafercast::gui
