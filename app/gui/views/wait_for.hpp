#pragma once

#include <functional>

namespace wafercast::gui {

/// Handles events until `done`, for scripted runs of the window.
/// @return false when it took longer than `milliseconds`
bool waitFor(const std::function<bool()>& done, int milliseconds = 30000);

}  // namespace wafercast::gui
