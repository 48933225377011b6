#include "nlopt/least_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlopt.hpp>

namespace wafercast {
namespace {

/// Counts evaluations and keeps the best point: a search that is stopped has it too.
class Watched {
public:
    Watched(const LeastErrorProblem& problem, const LeastErrorOptions& options)
        : problem_{problem}, options_{options} {
        best_.at = problem.start;
        best_.error = evaluate(problem.start);
    }

    double evaluate(const std::vector<double>& at) {
        const double error = problem_.error(at);
        ++best_.evaluations;
        if (best_.evaluations == 1 || error < best_.error) {
            best_.error = error;
            best_.at = at;
        }
        best_.stopped = options_.go_on && !options_.go_on(best_.evaluations, best_.error);
        // A search would not recover from what is no number.
        return std::isfinite(error) ? error : std::numeric_limits<double>::max();
    }

    [[nodiscard]] const LeastError& best() const { return best_; }

private:
    const LeastErrorProblem& problem_;
    const LeastErrorOptions& options_;
    LeastError best_;
};

void search(const LeastErrorProblem& problem, const LeastErrorOptions& options, int evaluations,
            Watched& watched) {
    nlopt::opt search{nlopt::LN_SBPLX, static_cast<unsigned>(problem.start.size())};
    struct Shared {
        Watched& watched;
        nlopt::opt& search;
    } shared{watched, search};
    search.set_min_objective(
        [](const std::vector<double>& at, std::vector<double>&, void* data) {
            auto& [watched_by, searched] = *static_cast<Shared*>(data);
            const double error = watched_by.evaluate(at);
            if (watched_by.best().stopped) {
                searched.force_stop();
            }
            return error;
        },
        &shared);
    search.set_lower_bounds(problem.low);
    search.set_upper_bounds(problem.high);
    search.set_ftol_rel(options.tolerance);
    search.set_xtol_abs(1e-7);
    search.set_maxeval(evaluations);
    search.set_initial_step(options.step);
    std::vector<double> at = watched.best().at;
    for (std::size_t i = 0; i < at.size(); ++i) {
        at[i] = std::clamp(at[i], problem.low[i], problem.high[i]);
    }
    double error = 0.0;
    try {
        search.optimize(at, error);
    } catch (const nlopt::roundoff_limited&) {  // as near as numbers go; the best is kept
    } catch (const nlopt::forced_stop&) {
    }
}

}  // namespace

LeastError least_error(const LeastErrorProblem& problem, const LeastErrorOptions& options) {
    Watched watched{problem, options};
    for (int round = 0; round < 2 && !problem.start.empty(); ++round) {
        const int left = options.evaluations - watched.best().evaluations;
        if (watched.best().stopped || left <= 0) {
            break;
        }
        search(problem, options, round == 0 ? (left + 1) / 2 : left, watched);
    }
    return watched.best();
}

}  // namespace wafercast
