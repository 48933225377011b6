#pragma once

#include <string>
#include <vector>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct CompareArguments {
    std::string first;
    std::string second;
    std::vector<std::string> first_sets;   ///< `--set-a`
    std::vector<std::string> second_sets;  ///< `--set-b`
    std::string format = "table";          ///< table | json
};

/// `wafercast compare A B`: what differs in the inputs, in every metric, and line by line in the
/// cost.
int run_compare(const CompareArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
