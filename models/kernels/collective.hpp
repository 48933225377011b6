#pragma once

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

enum class CollectiveKind { kAllReduce, kAllGather, kReduceScatter, kAllToAll, kPointToPoint };

/// The code that runs a collective.
enum class CollectiveCode { kNccl, kCustomGraph, kCustomEager };

struct CollectiveShape {
    CollectiveKind kind = CollectiveKind::kAllReduce;
    double ranks = 2.0;
    double bytes = 0.0;  ///< all-reduce: held by each rank. All-gather: of the gathered tensor.
                         ///< Reduce-scatter: before it. All-to-all: held by each rank
    CollectiveCode code = CollectiveCode::kNccl;
};

/// Time of a collective over `ranks` devices: inside a server where they fit one, else hierarchical
/// over servers.
KernelTime collective_time(const KernelDevice& device, const CollectiveShape& shape);

}  // namespace wafercast
