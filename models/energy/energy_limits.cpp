#include "energy/energy_limits.hpp"

#include <cmath>

namespace wafercast {
namespace {

constexpr double kBoltzmann = 1.380649e-23;            // J/K, exact in the SI
constexpr double kElementaryCharge = 1.602176634e-19;  // C, exact in the SI

double supply(const ResolvedDesign& d) {
    if (d->dies.empty()) {
        return 0.0;
    }
    return d.get(d->device.vdd, d.get(d->nodes[d->dies.front().node].vdd, 0.0));
}

}  // namespace

double landauer_energy(double kelvin) { return kBoltzmann * kelvin * std::log(2.0); }

double least_supply(double kelvin) {
    return 2.0 * kBoltzmann * kelvin / kElementaryCharge * std::log(2.0);
}

EnergyLimits energy_limits(const ResolvedDesign& d, const Metrics& metrics, double kelvin) {
    const Serving& serving = metrics.serving;
    const EnergySplit& energy = serving.energy;
    EnergyLimits limits;
    limits.landauer = landauer_energy(kelvin);
    if (!(serving.operations_per_token > 0.0)) {
        return limits;
    }
    limits.achieved = (energy.total() - energy.host) / serving.operations_per_token;
    limits.datapath = energy.compute / serving.operations_per_token;
    const double volts = supply(d);
    const double ratio = volts > 0.0 ? least_supply(kelvin) / volts : 0.0;
    limits.ideal_cmos = limits.datapath * ratio * ratio;
    return limits;
}

double movement_share(const EnergySplit& energy) {
    const double moved = energy.on_chip + energy.memory + energy.network;
    const double both = moved + energy.compute;
    return both > 0.0 ? moved / both : 0.0;
}

}  // namespace wafercast
