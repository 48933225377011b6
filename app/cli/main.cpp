#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command_context.hpp"
#include "cli/command_line.hpp"

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    try {
        const int code = wafercast::cli::run_command_line(
            std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
        std::cout.flush();
        if (!std::cout) {
            std::cerr << "Cannot write the output.\n";
            return wafercast::cli::kWriteFailed;
        }
        return code;
    } catch (const std::exception& problem) {
        std::cerr << "internal error: " << problem.what() << '\n';
        return wafercast::cli::kInternalError;
    }
}
