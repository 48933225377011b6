#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

enum class CollectiveKind { kAllReduce, kAllGather, kReduceScatter, kAllToAll, kPointToPoint };

/// The code that runs a collective: a library kernel; an all-reduce over peers' memory in a
/// captured graph, or called by the host; an exchange of routed tokens in one captured kernel.
enum class CollectiveCode { kNccl, kCustomGraph, kCustomEager, kRouted };

struct CollectiveShape {
    CollectiveKind kind = CollectiveKind::kAllReduce;
    double ranks = 2.0;
    double bytes = 0.0;  ///< all-reduce: held by each rank. All-gather: of the gathered tensor.
                         ///< Reduce-scatter: before it. All-to-all: held by each rank
    CollectiveCode code = CollectiveCode::kNccl;
    double element_bytes = 2.0;  ///< of what is added up: switches add no 8-bit elements
    bool across = false;         ///< point to point: to another server
};

/// Time of a collective over `ranks` devices: inside a server where they fit one, else hierarchical
/// over servers.
///
///     flagged words   launch + k hop + ramp + (k+1)/n S / (r B)
///     flagged lines   launch + start + k hop + k/n S / (r B)
///     fenced blocks   launch + start + k hop + k/n S / (r B) + own copy of S/n in memory
///     in the switch   launch + start + (1 + 1/n) S / (r B)             (all-reduce, >= 16 bits)
///     one-shot        launch + (n-1) peer + (n-1) S / (r B)            (custom all-reduce)
///     two-shot        launch + (n-1) peer + two + 2 (n-1)/n S / (r B)  (custom all-reduce)
///     pairs           launch + (n-1) peer + (n-1)/n S / (r B)          (all-to-all)
///
/// with k = 2 (n-1) dependent messages of an all-reduce, n-1 of a gather or scatter, B the link
/// bandwidth between n ranks of the topology. Over m servers of n devices: the inner collective,
/// and 1/n of the tensor over the scale-out network in log2 m rounds.
/// @param shape  ranks >= 1 [-] (1 takes no time), bytes >= 0 [byte]
/// @return `launch`: all that does not grow with the tensor; `memory`: the wire alone
/// Leaves out congestion by other traffic and overlap with compute.
/// @cite thakur-2005-mpich, patarasuk-2009-allreduce, nvidia-nccl
KernelTime collective_time(const KernelDevice& device, const CollectiveShape& shape);

/// One direction of the link bandwidth that `ranks` devices of a server get between them
/// [byte/s]: all of it behind a switch or on a ring; the wires to the other ranks where every pair
/// has its own; the family's share of it through the host once they lie under several roots.
double wire_bandwidth(const KernelDevice& device, double ranks);

}  // namespace wafercast
