#pragma once

#include <functional>
#include <span>
#include <vector>

namespace wafercast {

/// A function of a few bounded variables to make as small as it gets. It may have kinks and steps;
/// no derivative is asked for. Variables should be scaled so that a step of `step` matters alike in
/// each.
struct LeastErrorProblem {
    std::vector<double> start;
    std::vector<double> low, high;  ///< of each variable; the start lies between
    std::function<double(std::span<const double>)> error;
};

struct LeastErrorOptions {
    int evaluations = 10000;  ///< at most
    double tolerance = 1e-6;  ///< relative change of the error at which a search ends
    double step = 0.1;        ///< first step in every variable
    std::function<bool(int evaluations, double least)> go_on =
        {};  ///< asked after each; false: stop
};

struct LeastError {
    std::vector<double> at;
    double error = 0.0;  ///< never above that of the start
    int evaluations = 0;
    bool stopped = false;  ///< `go_on` said so
};

/// Searches subspaces of the variables by simplices, twice: the second search starts afresh where
/// the first ended, which frees it from a collapsed simplex. The same problem gives the same bits.
/// @cite rowan1990-subplex, johnson-nlopt
LeastError least_error(const LeastErrorProblem& problem, const LeastErrorOptions& options = {});

}  // namespace wafercast
