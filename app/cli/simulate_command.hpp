#pragma once

#include <string>
#include <vector>

#include "cli/command_context.hpp"

namespace wafercast::cli {

/// `simulate DESIGN`: requests served one step after another, the closed form beside it; or the
/// frontier of latency and cost.
struct SimulateArguments {
    std::string design;
    std::vector<std::string> sets;
    std::string rate;  ///< "12 /s"
    double concurrency = 0.0;
    std::string trace;
    bool offline = false;
    std::size_t requests = 2000;
    std::string lengths = "fixed";
    double spread = 0.5;
    bool frontier = false;
    int points = 12;
    std::string format = "table";
};

int run_simulate(const SimulateArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
