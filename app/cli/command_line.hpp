#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace wafercast::cli {

/// Runs `wafercast ARGS...` and returns its exit code; what main() does, callable from tests.
int run_command_line(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& err);

}  // namespace wafercast::cli
