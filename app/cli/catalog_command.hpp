#pragma once

#include <string>
#include <vector>

#include "cli/command_context.hpp"

namespace wafercast::cli {

/// `wafercast catalog list [KIND]`: kinds, or the entries of one.
int run_catalog_list(const std::string& kind, CommandContext& context);

/// `wafercast catalog show KIND [ID]`: every field with value, range, source, confidence.
int run_catalog_show(const std::string& kind, const std::string& id, CommandContext& context);

/// `wafercast catalog check FILE...`: problems of files that are not in the catalog yet.
int run_catalog_check(const std::vector<std::string>& files, CommandContext& context);

}  // namespace wafercast::cli
