#pragma once

#include <string>
#include <vector>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct EvaluateArguments {
    std::string design;
    std::vector<std::string> sets;
    std::string format = "table";  ///< table | json | csv
    int samples = 256;
    bool functional = true;
    std::string save;  ///< SQLite file to add this evaluation to; empty: none
};

/// `wafercast eval`: one design through the whole chain.
int run_evaluate(const EvaluateArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
