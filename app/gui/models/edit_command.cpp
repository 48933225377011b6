#include "gui/models/edit_command.hpp"

#include <utility>

#include "gui/models/design_document.hpp"

namespace wafercast::gui {

EditCommand::EditCommand(DesignDocument& document, Design before, Design after,
                         const QString& words, int gesture)
    : QUndoCommand{words},
      document_{document},
      before_{std::move(before)},
      after_{std::move(after)},
      gesture_{gesture == 0 ? -1 : gesture} {}

void EditCommand::undo() { document_.show(before_); }

void EditCommand::redo() { document_.show(after_); }

bool EditCommand::mergeWith(const QUndoCommand* other) {
    const auto* next = dynamic_cast<const EditCommand*>(other);
    if (next == nullptr || gesture_ < 0) {
        return false;
    }
    after_ = next->after_;
    setText(next->text());
    setObsolete(before_ == after_);
    return true;
}

}  // namespace wafercast::gui
