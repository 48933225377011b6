#pragma once

#include <string>

#include "session/session.hpp"

namespace wafercast {

/// The design and every catalog entry it uses as one TOML text, which evaluates to the same numbers
/// whatever the catalog around it holds. The text is read back and evaluated before it is returned.
Result<std::string> freeze(const Session& session, const LoadedDesign& loaded);

}  // namespace wafercast
