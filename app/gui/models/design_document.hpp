#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QUndoStack>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/design_fields.hpp"
#include "session/session.hpp"

namespace wafercast::gui {

/// The design that is open: its value, its file, and its history.
///
/// A design is a value; every edit makes a new one and one undo step. Between beginGesture and
/// endGesture all edits of a field are one step, however many there are.
class DesignDocument final : public QObject {
    Q_OBJECT
public:
    explicit DesignDocument(std::shared_ptr<const Session> session, QObject* parent = nullptr);
    ~DesignDocument() override;

    /// Replaces what is open. @return the problems, and nothing has changed, or nothing
    [[nodiscard]] Failures open(const QString& path);
    [[nodiscard]] Failures save();
    [[nodiscard]] Failures saveAs(const QString& path);

    [[nodiscard]] const Session& session() const { return *session_; }
    [[nodiscard]] const Design& design() const { return current_->design; }
    [[nodiscard]] const Catalog& catalog() const { return *current_->catalog; }
    /// The value of now, safe to hand to another thread.
    [[nodiscard]] const std::shared_ptr<const LoadedDesign>& snapshot() const { return current_; }
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    [[nodiscard]] QString path() const { return path_; }
    [[nodiscard]] QString title() const;  ///< the design's, or its file's name
    [[nodiscard]] bool isDirty() const { return !undo_.isClean(); }
    [[nodiscard]] QUndoStack* undoStack() { return &undo_; }

    /// Sets a field from what a person typed; a bare number means the field's own unit, empty text
    /// unsets. @return why it was refused, in words for that field, or nothing
    std::optional<QString> edit(const QString& field, const QString& typed);
    /// What edit would say, without editing.
    [[nodiscard]] std::optional<QString> refusal(const QString& field, const QString& typed) const;

    void beginGesture();
    void endGesture();

    /// What a person may pick for a text field without a catalog: number formats, yield models ...
    [[nodiscard]] QStringList choices(const QString& field) const;

signals:
    void changed();      ///< a value; what follows from it is to be asked for again
    void opened();       ///< another design
    void pathChanged();  ///< saved under another name
    void dirtyChanged(bool dirty);

private:
    friend class EditCommand;

    [[nodiscard]] Result<Design> edited(const QString& field, const QString& typed) const;
    [[nodiscard]] Failures unknownEntry(const Design& design, const std::string& field) const;
    void show(const Design& design);

    std::shared_ptr<const Session> session_;
    std::shared_ptr<const LoadedDesign> current_;
    Design saved_;  ///< as the file has it
    std::string saved_text_;
    QString path_;
    QUndoStack undo_;
    std::uint64_t revision_ = 0;
    int gesture_ = 0;  ///< 0: none is under way
    int last_gesture_ = 0;
    std::shared_ptr<const LoadedDesign> gesture_start_;
};

/// The field of that path, or nothing.
[[nodiscard]] std::optional<ConstFieldRef> fieldOf(const Design& design, const std::string& path);

}  // namespace wafercast::gui
