#pragma once

#include <string>

#include "cli/command_context.hpp"

namespace wafercast::cli {

/// As typed; quantities are read with their units by the command.
struct DieArguments {
    std::string process;
    std::string width, height, area;
    std::string yield_model = "negative-binomial";
    std::string defect_density, clustering, layers, wafer_price;
    std::string test;
    double year = 2026.0;
    std::string map;               ///< SVG file to write; empty: none
    std::string format = "table";  ///< table | json
};

/// `wafercast die`: dies per wafer, yield, cost of a good die.
int run_die(const DieArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
