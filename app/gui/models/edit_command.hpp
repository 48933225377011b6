#pragma once

#include <QUndoCommand>

#include "core/design.hpp"

namespace wafercast::gui {

class DesignDocument;

/// One undo step: a design before and after. Steps of one gesture merge.
class EditCommand final : public QUndoCommand {
public:
    /// @param gesture number of the gesture it belongs to; 0: it stands alone
    EditCommand(DesignDocument& document, Design before, Design after, const QString& words,
                int gesture);

    void undo() override;
    void redo() override;
    [[nodiscard]] int id() const override { return gesture_; }
    bool mergeWith(const QUndoCommand* other) override;

private:
    DesignDocument& document_;
    Design before_;
    Design after_;
    int gesture_;
};

}  // namespace wafercast::gui
