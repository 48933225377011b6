#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"
#include "kernels/collective.hpp"

namespace wafercast {

/// A network as one device sees it.
struct NetworkLevel {
    double bytes_per_s = 0.0;  ///< per device and direction; 0: no such network
    double joules_per_byte = 0.0;
    double hop_seconds = 0.0;  ///< latency of the link
    ScaleUp topology = ScaleUp::kSwitched;
    bool in_network_reduction = false;
};

/// Inside a server and between servers.
struct Network {
    NetworkLevel inside;
    NetworkLevel outside;
    double per_server = 1.0;  ///< devices that share `inside`
};

/// What one device puts on the wires.
struct WireTraffic {
    double inside = 0.0;   ///< [byte] within its server
    double outside = 0.0;  ///< [byte] to other servers
    double joules = 0.0;
};

/// Bytes that one of n ranks sends in a collective of S; with p of them in each of s servers:
///
///                    inside a server     over servers: inside,      outside
///     all-reduce     2 (n - 1)/n S       2 (p - 1)/p S              2 (s - 1)/s S/p
///                    S where switches add up
///     all-gather, reduce-scatter
///                    (n - 1)/n S         (p - 1)/p S                (s - 1)/s S/p
///     all-to-all     (n - 1)/n S         (p - 1)/n S                (n - p)/n S
///     point to point S
///
/// @cite thakur-2005-mpich, patarasuk-2009-allreduce
WireTraffic wire_traffic(const Network& network, const CollectiveShape& shape);

/// A message to a neighbour; `across`: it leaves the server.
CollectiveShape message_shape(double bytes, bool across);

/// The networks of a design's system; without one, a lone device.
Network network_of(const ResolvedDesign& design, const DeviceRating& device);

}  // namespace wafercast
