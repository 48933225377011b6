#pragma once

#include <string>
#include <vector>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct FreezeArguments {
    std::string design;
    std::vector<std::string> sets;
    std::string output;  ///< empty: standard output
};

/// `wafercast freeze`: a design with every catalog entry it uses, in one file.
int run_freeze(const FreezeArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
