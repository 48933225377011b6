#pragma once

#include <string>
#include <vector>

#include "energy/energy_limits.hpp"
#include "evaluate/evaluation.hpp"
#include "session/session.hpp"

namespace wafercast {

/// What one operation or one moved byte costs on a device.
struct EnergyPrice {
    std::string what;     ///< "bf16 operation", "memory byte"
    double joules = 0.0;  ///< [J] each
    bool is_movement = false;
};

/// The same design with at most so many sequences in flight.
struct EnergyAtBatch {
    double batch = 0.0;              ///< sequences in flight, time average
    EnergySplit energy;              ///< per output token [J]
    double device_power = 0.0;       ///< [W]
    double clock_factor = 1.0;       ///< throttled clock over clock
    double tokens_per_second = 0.0;  ///< per instance
    [[nodiscard]] double device_joules() const { return energy.total() - energy.host; }
};

/// Where a design's joules go, how far that is from physics, and what batching does to it.
struct EnergyProfile {
    std::string design;
    std::vector<Violation> violations;  ///< as eval finds them
    /// Energy of one output token at the scenario's utilisation, with the facility's share.
    EnergyLine tree;
    double clock_factor = 1.0;
    double device_power = 0.0;  ///< of one accelerator at full load [W]
    double power_limit = 0.0;   ///< [W]
    double static_power = 0.0;  ///< [W]
    double operations_per_token = 0.0;
    std::vector<EnergyPrice> prices;
    EnergyLimits limits;
    /// 1, 2, 4, ... and the design's own, ascending; at full load, without the facility.
    std::vector<EnergyAtBatch> batches;
};

/// @param kelvin  of the junction. A design without a workload is a failure. Latency limits hold in
/// the tree and are left out of `batches`, which show what the batch does alone.
Result<EnergyProfile> profile_energy(const Session& session, const LoadedDesign& loaded,
                                     double kelvin);

}  // namespace wafercast
