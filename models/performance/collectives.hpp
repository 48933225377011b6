#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// A network as one device sees it.
struct NetworkLevel {
    double bytes_per_s = 0.0;       ///< achievable, per device and direction
    double launch_seconds = 0.0;    ///< once a collective
    double step_seconds = 0.0;      ///< each dependent message: a link hop with its software
    double one_shot_seconds = 0.0;  ///< latency of the all-reduce in one step
    double joules_per_byte = 0.0;
    LinkTopology topology = LinkTopology::kSwitched;
    bool in_network_reduction = false;
};

/// Inside a server and between servers.
struct Network {
    NetworkLevel inside;
    NetworkLevel outside;
    double per_server = 1.0;  ///< devices that share `inside`
};

/// Time of a collective and what one device puts on the wires.
struct CollectiveCost {
    double seconds = 0.0;
    double transfer_seconds = 0.0;  ///< of it, bytes on the wire
    double bytes = 0.0;
    double joules = 0.0;  ///< of one device's bytes
};

/// Every rank ends with the sum of all ranks' tensors.
///
///     ring       launch + 2 (n - 1) step + 2 (n - 1)/n S / BW
///     two-shot   launch + 2 step         + 2 (n - 1)/n S / BW   (switched, fully connected)
///     one-shot   one-shot latency        + (n - 1) S / BW       (switched, fully connected)
///     in-network launch + 2 step         + S / BW               (switches add up)
///
/// The fastest that the topology allows is taken. Over servers: reduce-scatter inside, all-reduce
/// of the shards outside, all-gather inside. @param ranks n >= 1 @param payload S [byte] held by
/// one device. Leaves out congestion and overlap with compute. @cite thakur-2005-mpich,
/// patarasuk-2009-allreduce
CollectiveCost all_reduce(const Network& network, double ranks, double payload);

/// Every rank sends a different 1/n of S to each other one: (n - 1)/n S / BW; one step where every
/// pair connects, n - 1 on a ring. Over servers the share for other servers crosses `outside` at
/// the same time.
/// @cite thakur-2005-mpich
CollectiveCost all_to_all(const Network& network, double ranks, double payload);

/// One message to a neighbour. @param across it leaves the server
CollectiveCost point_to_point(const Network& network, double payload, bool across);

/// The networks of a design's system; without one, a lone device.
Network network_of(const ResolvedDesign& design, const DeviceRating& device);

}  // namespace wafercast
