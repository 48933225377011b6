#pragma once

#include <string>
#include <vector>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct EnergyArguments {
    std::string design;
    std::vector<std::string> sets;
    std::string temperature = "300 K";
    std::string format = "table";  ///< table | json | csv
};

/// `wafercast energy DESIGN`: where the joules of a token go, how far they are from Landauer's and
/// from ideal CMOS, and what batching does to the share that moves data.
int run_energy(const EnergyArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
