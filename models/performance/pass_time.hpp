#pragma once

#include <array>

#include "performance/operator_time.hpp"

namespace wafercast {

/// Sums over the operators of a pass: time_operator's figures without a record for each.
struct PassTime {
    double first = 0.0;   ///< before the layers [s]
    double layers = 0.0;  ///< [s]
    double last = 0.0;    ///< behind them [s]
    double flops = 0.0;
    double bytes = 0.0;
    double compute_joules = 0.0, on_chip_joules = 0.0, memory_joules = 0.0, network_joules = 0.0;
    double latency = 0.0, compute = 0.0, memory = 0.0,
           network = 0.0;  ///< time that each limit sets
};

/// What the shapes of a pass fix whatever its number of rows: filled by the first pass, used by all
/// later ones of the same phase, model and device.
class PassShapes {
public:
    /// A GEMM's columns in whole and in half tiles.
    struct Columns {
        double tiles[2];
        double filled[2];  ///< share of the tiles' columns in use
        double splits;     ///< pieces K may be cut into, >= 1
    };

    [[nodiscard]] bool ready() const { return ready_; }
    void prepare(const DeviceModel& model, const OperatorList& list);
    [[nodiscard]] const Columns& operator[](int i) const {
        return columns_[static_cast<unsigned>(i)];
    }

private:
    bool ready_ = false;
    std::array<Columns, kMaxOperators> columns_;  // read where prepare() wrote
};

/// The fast path of the batch search: equal to time_pass_plainly to 1e-12, tested on random
/// designs.
PassTime time_pass(const DeviceModel& model, const OperatorList& list, double clock_factor,
                   PassShapes& shapes);

/// time_operator, summed.
PassTime time_pass_plainly(const DeviceModel& model, const OperatorList& list, double clock_factor);

}  // namespace wafercast
