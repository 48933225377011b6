#pragma once

#include <vector>

#include "serving/lengths.hpp"
#include "serving/piece_chain.hpp"
#include "serving/step_cost.hpp"

namespace wafercast {

/// Steady state of an instance, in closed form.
struct SteadyState {
    double requests_per_s = 0.0;
    double tokens_per_second = 0.0;  ///< output
    double ttft = 0.0;               ///< mean [s]
    double tpot = 0.0;               ///< mean over requests of (last - first token) / (output - 1)
    double decoding = 0.0;           ///< sequences that decode, all engines
    double in_flight = 0.0;
    double mean_step = 0.0;        ///< [s] of a step that decodes, prompts' share included
    double prefill_share = 0.0;    ///< of an engine's time (of the prefill pool's, with pools)
    double sequences_limit = 0.0;  ///< that fit one engine: KV cache and plan
    bool stable = true;            ///< an open loop keeps up
};

/// What a steady state is made of: times of passes and steps at the mean lengths of a mix.
///
/// Closed loop of N, separate prefill: all N decode in every step; after it F ~ Bin(N, 1/S) have
/// finished and their successors' prompts take V(F) in passes of at most the budget, so
///
///     x = N / (S (T_d(N) + E V)),  S decode steps a request
///     TPOT = T_d(N) + E V' (1 - 1/S) + tail,  V' of the N - 1 others
///
/// Closed loop, chunked: a machine-repair queue in steps: prompts of L fresh tokens need L/c steps
/// of the piece c = budget - B w that B decoding sequences leave; the mean step is over steps with
/// full, partial and no piece. Open loop at rate lambda: the decoding sequences are a birth-death
/// process, in which k of them leave at k / (S T_e(k)),
///
///     T_e(k) = T_d(k) / (1 - lambda o),  TPOT = E k / (lambda S) + backlog
///
/// o the time that a prompt takes from decoding: its share of a pass, or what its pieces add to
/// steps; the stationary k does not depend on the lengths' distribution (processor sharing).
/// Pools: the same for the decode pool at k / D on an engine, a queue of passes for prefill.
/// @cite little-1961-law, kelly-1979-reversibility
class SteadyStates {
public:
    SteadyStates(const StepCost& cost, const ServingPlan& plan, const LengthMix& mix);

    /// `clients` that each keep one request in flight.
    [[nodiscard]] SteadyState closed(double clients) const;
    /// Poisson arrivals at `rate` [1/s].
    [[nodiscard]] SteadyState open(double rate) const;
    /// Requests per second at most: closed loop with every slot taken.
    [[nodiscard]] double capacity() const;
    /// Sequences that fit one engine.
    [[nodiscard]] double slots() const { return slots_; }

private:
    struct Prompt {
        double fresh = 0.0;
        double pairs = 0.0;
        double weight = 0.0;
    };
    /// Share of steps with no, a partial and a full piece.
    struct Pieces {
        double partial = 0.0;
        double partial_tokens = 0.0;
        double full = 0.0;
    };

    /// Prefill passes of one engine.
    struct PassQueue {
        double prompts = 1.0;                 ///< in a pass
        double seconds = 0.0, latency = 0.0;  ///< of a pass
        double each = 0.0;                    ///< [s] of an engine for a prompt
        double busy = 0.0;                    ///< share of time with a pass
        double use = 0.0;                     ///< of what full passes could do
        double residual = 0.0;                ///< [s] until the pass at hand ends, for who comes
        double growth = 0.0;                  ///< of the wait by those who wait, share
    };

    [[nodiscard]] PassQueue pass_queue(double rate) const;
    [[nodiscard]] double decode_seconds(double sequences) const;
    [[nodiscard]] double mixed_seconds(double sequences, double tokens) const;
    [[nodiscard]] StepTime pass(double prompts) const;
    [[nodiscard]] double passes(double prompts) const;
    [[nodiscard]] double passes_after_step(double step, double rate, double room) const;
    [[nodiscard]] Pieces pieces(double per_step, double piece) const;
    [[nodiscard]] PieceChain chain(double sequences, double rate) const;
    [[nodiscard]] double admitted(double clients) const;

    [[nodiscard]] SteadyState closed_separate(double clients) const;
    [[nodiscard]] SteadyState closed_chunked(double clients) const;
    [[nodiscard]] SteadyState closed_pools(double clients) const;
    [[nodiscard]] double crowding(double sequences, double rate) const;
    [[nodiscard]] double stretched_step(double sequences, double rate) const;

    const StepCost& cost_;
    ServingPlan plan_;
    LengthMix mix_;
    std::vector<Prompt> prompts_;
    double fresh_ = 0.0;    ///< mean fresh tokens of a prompt
    double pairs_ = 0.0;    ///< mean query-key pairs of a prompt's prefill
    double context_ = 0.0;  ///< mean context of a decode step
    double steps_ = 0.0;    ///< mean decode steps of a request, drafts counted
    double steps_variance_ = 0.0;
    double per_token_ = 1.0;       ///< decode steps over output tokens, mean over requests
    double variation_ = 0.0;       ///< squared, of fresh tokens
    double pass_variation_ = 0.0;  ///< squared, of the time of a pass of one prompt
    double together_ = 1.0;        ///< prompts that a full pass takes
    double slots_ = 1.0;
    double slot_deviation_ = 0.0;  ///< of how many fit
};

}  // namespace wafercast
