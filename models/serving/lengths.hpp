#pragma once

#include <vector>

namespace wafercast {

/// How prompts' or answers' lengths vary from request to request; whole tokens, at least 1.
struct LengthDistribution {
    enum class Kind { kFixed, kUniform, kLognormal };
    Kind kind = Kind::kFixed;
    double mean = 1.0;     ///< [token] before rounding and cutting
    double spread = 0.0;   ///< uniform: half width over mean, [0, 1]; lognormal: deviation / mean
    double longest = 1e6;  ///< [token] lengths are cut here
    double quantile(double p) const;  ///< p in (0, 1) [token]
};

/// A request of a trace.
struct TraceRequest {
    double arrival = 0.0;  ///< [s]
    double input = 1.0;    ///< [token]
    double output = 1.0;   ///< [token]
};

/// A length and how often it occurs; the weights of a set sum to 1.
struct LengthPoint {
    double input = 1.0;
    double output = 1.0;
    double weight = 1.0;
};

/// What a steady state needs to know of requests' lengths. A request has s = output - 1 decode
/// steps.
struct LengthMix {
    std::vector<LengthPoint> prompts;  ///< inputs by weight; outputs are not read
    std::vector<LengthPoint> answers;  ///< outputs by weight; inputs are not read
    double input = 1.0;                ///< mean [token]
    double output = 1.0;
    double steps = 0.0;           ///< mean of s
    double input_steps = 0.0;     ///< mean of input x s
    double steps_squared = 0.0;   ///< mean of s^2
    double decoding_share = 0.0;  ///< of requests with s >= 1
    double inverse_steps = 0.0;   ///< mean of 1/s over those
};

/// Input and output drawn apart.
LengthMix length_mix(const LengthDistribution& input, const LengthDistribution& output);
/// Of the requests of a trace; not empty.
LengthMix length_mix(const std::vector<TraceRequest>& trace);

}  // namespace wafercast
