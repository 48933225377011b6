#pragma once

#include "evaluate/operator_cache.hpp"
#include "performance/operator_time.hpp"

namespace wafercast {

/// Sums over the operators of a pass: time_operator's figures without a record for each.
struct PassTime {
    double first = 0.0;          ///< before the layers [s]
    double layers = 0.0;         ///< [s], less what overlap hides
    double last = 0.0;           ///< behind them [s]
    double communication = 0.0;  ///< collectives in layers [s]
    double hidden = 0.0;         ///< of it, beside computation [s]
    double clocked = 0.0;        ///< sum of operators' times x share of the clock they run at
    double flops = 0.0;
    double bytes = 0.0;
    double compute_joules = 0.0, on_chip_joules = 0.0, memory_joules = 0.0, network_joules = 0.0;
    double latency = 0.0, compute = 0.0, memory = 0.0,
           network = 0.0;  ///< time that each limit sets
    friend bool operator==(const PassTime&, const PassTime&) = default;
};

/// time_operator, summed. Of the time of collectives, at most that of all else, the stated share
/// runs beside computation and is hidden:
///
///     layers = all operators - overlap x min(collectives, others)
PassTime time_pass_plainly(const DeviceModel& model, const OperatorList& list);

/// The same with the kernels' times remembered in `cache`: equal to the last bit.
PassTime time_pass(const DeviceModel& model, const OperatorList& list, OperatorCache& cache);

/// Share of the collectives' time in the layers of a pass that is not hidden, [0, 1].
double exposed_share(const PassTime& pass);

}  // namespace wafercast
