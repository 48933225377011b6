#pragma once

#include <string>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct ExportArguments {
    std::string file;
    std::string format = "csv";  ///< csv | json
    bool canonical = false;
    std::string output;  ///< empty: standard output
};

/// `wafercast export OUT.sqlite`: a result as text.
int run_export(const ExportArguments& arguments, CommandContext& context);

struct ReportArguments {
    std::string file;
    int rows = 20;  ///< of the front
};

/// `wafercast report OUT.sqlite`: what a study found, on one page.
int run_report(const ReportArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
