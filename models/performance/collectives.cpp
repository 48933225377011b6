#include "performance/collectives.hpp"

#include <algorithm>

namespace wafercast {
namespace {

ScaleUp scale_up_of(LinkTopology topology) {
    switch (topology) {
        case LinkTopology::kSwitched:
            return ScaleUp::kSwitched;
        case LinkTopology::kFullyConnected:
            return ScaleUp::kFullyConnected;
        case LinkTopology::kRing:
        case LinkTopology::kTorus:
        case LinkTopology::kMesh:
            break;
    }
    return ScaleUp::kRing;
}

NetworkLevel level_of(const ResolvedDesign& d, const ResolvedLink& link, double bandwidth) {
    return {.bytes_per_s = bandwidth,
            .joules_per_byte = d.get(link.energy, 0.0),
            .hop_seconds = d.get(link.latency, 0.0),
            .topology = scale_up_of(link.topology),
            .in_network_reduction = link.in_network_reduction};
}

double kept_share(double ranks) { return ranks > 1.0 ? (ranks - 1.0) / ranks : 0.0; }

}  // namespace

WireTraffic wire_traffic(const Network& network, const CollectiveShape& shape) {
    const double ranks = shape.ranks;
    const double near = std::min(ranks, network.per_server);
    const double servers = ranks / near;
    WireTraffic traffic;
    switch (shape.kind) {
        case CollectiveKind::kAllReduce:
            if (ranks > 1.0 && ranks <= near && network.inside.in_network_reduction) {
                traffic.inside = shape.bytes;
                break;
            }
            traffic.inside = 2.0 * kept_share(near) * shape.bytes;
            traffic.outside = 2.0 * kept_share(servers) * shape.bytes / near;
            break;
        case CollectiveKind::kAllGather:
        case CollectiveKind::kReduceScatter:
            traffic.inside = kept_share(near) * shape.bytes;
            traffic.outside = kept_share(servers) * shape.bytes / near;
            break;
        case CollectiveKind::kAllToAll:
            traffic.inside = (near - 1.0) / ranks * shape.bytes;
            traffic.outside = (ranks - near) / ranks * shape.bytes;
            break;
        case CollectiveKind::kPointToPoint:
            (shape.across ? traffic.outside : traffic.inside) = shape.bytes;
            break;
    }
    traffic.joules = traffic.inside * network.inside.joules_per_byte +
                     traffic.outside * network.outside.joules_per_byte;
    return traffic;
}

CollectiveShape message_shape(double bytes, bool across) {
    return {.kind = CollectiveKind::kPointToPoint, .bytes = bytes, .across = across};
}

Network network_of(const ResolvedDesign& d, const DeviceRating& device) {
    Network network;
    const ResolvedSystem& system = d->system;
    if (!system.present) {
        return network;
    }
    network.per_server = std::max(d.get(system.accelerators_per_server, 1.0), 1.0);
    if (system.scale_up.present) {
        network.inside = level_of(d, system.scale_up, device.link_bytes_per_s);
    }
    if (system.scale_out.present) {
        const ResolvedLink& out = system.scale_out;
        network.outside =
            level_of(d, out, d.get(out.bandwidth, 0.0) * d.get(out.links_per_device, 1.0));
    }
    return network;
}

}  // namespace wafercast
