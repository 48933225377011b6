#pragma once

#include <cstdint>
#include <string>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct SweepArguments {
    std::string study;
    std::string output;
    std::string keep;                ///< all | front; empty: by size
    std::uint64_t chunk_points = 0;  ///< 0: by size
    bool functional = true;
};

/// `wafercast sweep STUDY -o OUT.sqlite`: every point of a grid into one file; goes on where a
/// stopped one ended.
int run_sweep(const SweepArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
