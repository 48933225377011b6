#pragma once

namespace wafercast {

/// How tokens choose experts.
struct Routing {
    double power = 0.0;     ///< 0: every expert alike, at random; else the loads are drawn from a
                            ///< density that falls as load^-power (benchmarks state 1.01, 1.2)
    bool balanced = false;  ///< in turn, so that loads differ by at most one
    bool in_order = false;  ///< a draw of fewer selections than experts fills the experts in order,
                            ///< the first rank's first (benchmarks of 2025)
};

/// What the busiest of the ranks that share a layer's experts has to do, in expectation.
struct RankLoads {
    double rows = 0.0;    ///< pairs of token and expert
    double active = 0.0;  ///< experts that at least one token chose

    /// Blocks of rows when each expert's rows are padded to a multiple of `block` [rows, > 0].
    [[nodiscard]] double blocks(double block) const;

    /// Survival of one expert's load, by kind.
    enum class Kind { kEven, kRandom, kPowerLaw } kind = Kind::kEven;
    double experts = 1.0;    ///< on the rank
    double mean = 0.0;       ///< load of one
    double deviation = 0.0;  ///< of the load, kRandom
    // kPowerLaw: loads scale * x, x in [low, high] with density x^-power; no load above `most`;
    // `surplus` rows more on the busiest rank than on the mean one.
    double power = 1.0, scale = 0.0, low = 1.0, high = 1.0;
    double most = 0.0, surplus = 0.0;
};

/// Expected loads of the busiest rank.
///
/// Random: a rank's rows have the mean T k / R and the variance of drawing k of E experts without
/// replacement T times; the busiest of R is z(R) deviations above it, z being Blom's expected
/// largest of R normal draws. An expert's load is binomial.
///
/// Power law: the draw of AIConfigurator's collectors. Loads follow x^-power between 1 and 0.8 T
/// (0.01 and 2 when there are fewer selections than experts), are scaled to T k in total, rounded,
/// cut at T; what was cut goes to the experts with least. The busiest rank's rows are the expected
/// largest of R sums of E / R draws, by Wilson and Hilferty's cube root of a gamma variable.
///
/// @param tokens   [>= 0] of all ranks
/// @param experts  [>= 1] of the layer; top_k of them, [1, experts], take a token
/// @param ranks    [1, experts] that share the experts
/// @cite aiconfigurator-2026
RankLoads busiest_rank_loads(double tokens, double experts, double top_k, double ranks,
                             const Routing& routing);

/// The same with the rows of the busiest rank given, as a ratio to the mean of the ranks.
RankLoads rank_loads(double tokens, double experts, double top_k, double ranks,
                     const Routing& routing, double load);

}  // namespace wafercast
