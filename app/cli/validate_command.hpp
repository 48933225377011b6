#pragma once

#include <string>
#include <vector>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct ValidateArguments {
    std::vector<std::string> suites;
    std::vector<std::string> data;  ///< reference files; the suite is named by their stem
    std::string model, text, tokenizer;
    std::string report;  ///< Markdown file to write
    bool list = false;
    std::string format = "table";  ///< table | json
};

/// `wafercast validate`: our error against published and measured values, per row.
int run_validate(const ValidateArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
