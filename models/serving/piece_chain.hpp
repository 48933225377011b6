#pragma once

#include <functional>
#include <vector>

namespace wafercast {

/// Prompt tokens that wait at the start of a step of a chunked engine, as a Markov chain on whole
/// units of tokens: a step takes a piece of at most `most` units, prompts arrive at a Poisson rate
/// while it lasts.
///
///     Q' = Q - min(Q, b) + sum of a over Poisson(rate T(min(Q, b))) prompts
class PieceChain {
public:
    struct Sizes {
        double unit = 1.0;           ///< [token]
        int most = 1;                ///< units in a full piece, b
        std::vector<double> prompt;  ///< probability of a prompt of i + 1 units
        double prompt_units = 1.0;   ///< mean
        double variation = 0.0;      ///< squared, of a unit's time about the mean
    };

    /// @param seconds  of a step with so many prompt tokens
    /// @param rate     prompts [1/s], the sizes' rounding made up for by the caller
    PieceChain(Sizes sizes, const std::function<double(double tokens)>& seconds, double rate);

    /// Mean time of a step.
    [[nodiscard]] double mean() const { return mean_; }
    /// Share of steps without a piece.
    [[nodiscard]] double empty() const { return states_[0]; }
    struct Stay {
        double seconds = 0.0;  ///< from a prompt's arrival to the end of its last piece's step
        double behind = 0.0;   ///< prompts that wait then
    };
    [[nodiscard]] Stay prompt_stay() const;
    /// Extra time of the first 1, 2, ... steps where `prompts` wait before them, over as many mean
    /// steps; the last entry is of all that follow.
    [[nodiscard]] std::vector<double> extra_behind(double prompts) const;
    /// Time of all steps with pieces until a step without, where `prompts` wait.
    [[nodiscard]] double cleared(double prompts) const;

private:
    [[nodiscard]] std::vector<double> next(const std::vector<double>& now) const;
    [[nodiscard]] double piece(std::size_t state) const;
    [[nodiscard]] std::vector<double> waiting(double prompts) const;
    [[nodiscard]] Stay stay_of(double ahead, double own, double elapsed) const;
    [[nodiscard]] double mean_of(const std::vector<double>& states) const;

    Sizes sizes_;
    std::vector<double> seconds_;                ///< by units in the piece
    std::vector<std::vector<double>> arrivals_;  ///< by units in the piece: units that arrive
    std::vector<double> states_;                 ///< probabilities
    double rate_ = 0.0;
    double mean_ = 0.0;
};

}  // namespace wafercast
