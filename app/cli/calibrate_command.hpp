#pragma once

#include <string>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct CalibrateArguments {
    std::string data, suite, family, like, device, output;
    int folds = 5;
    bool launch_only = false;
    bool force = false;  ///< write a family that is far off its rows too
    std::string format = "table";
};

/// `wafercast calibrate`: fits a family's kernel constants to a user's measured rows.
int run_calibrate(const CalibrateArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
