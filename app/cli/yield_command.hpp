#pragma once

#include <string>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct YieldArguments {
    bool list = false;
    std::string model;  ///< empty: every model
    std::string area, defect_density, clustering, layers;
    std::string format = "table";  ///< table | json
};

/// `wafercast yield`: one yield model, or all side by side.
int run_yield(const YieldArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
