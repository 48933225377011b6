#pragma once

#include "cli/command_context.hpp"

namespace wafercast::cli {

/// Prints problems; those of a result of ours that cannot be read or written are kWriteFailed, all
/// others kBadInput.
int report_store(CommandContext& context, const Failures& failures);

}  // namespace wafercast::cli
