#include "performance/collectives.hpp"

#include <algorithm>

namespace wafercast {
namespace {

bool is_direct(const NetworkLevel& level) {
    return level.topology == LinkTopology::kSwitched ||
           level.topology == LinkTopology::kFullyConnected;
}

double over(double bytes, double bytes_per_s) { return bytes > 0.0 ? bytes / bytes_per_s : 0.0; }

CollectiveCost priced(const NetworkLevel& level, double latency, double bytes) {
    const double transfer = over(bytes, level.bytes_per_s);
    return {.seconds = latency + transfer,
            .transfer_seconds = transfer,
            .bytes = bytes,
            .joules = bytes * level.joules_per_byte};
}

CollectiveCost faster(const CollectiveCost& a, const CollectiveCost& b) {
    return b.seconds < a.seconds ? b : a;
}

CollectiveCost reduce_on(const NetworkLevel& level, double n, double payload) {
    if (n <= 1.0) {
        return {};
    }
    const double step = level.step_seconds;
    const double volume = 2.0 * (n - 1.0) / n * payload;
    CollectiveCost best = priced(level, level.launch_seconds + 2.0 * (n - 1.0) * step, volume);
    if (is_direct(level)) {
        best = faster(best, priced(level, level.launch_seconds + 2.0 * step, volume));
        best = faster(best, priced(level, level.one_shot_seconds, (n - 1.0) * payload));
        if (level.in_network_reduction) {
            best = faster(best, priced(level, level.launch_seconds + 2.0 * step, payload));
        }
    }
    return best;
}

CollectiveCost sum(const CollectiveCost& a, const CollectiveCost& b) {
    return {.seconds = a.seconds + b.seconds,
            .transfer_seconds = a.transfer_seconds + b.transfer_seconds,
            .bytes = a.bytes + b.bytes,
            .joules = a.joules + b.joules};
}

double exchange_latency(const NetworkLevel& level, double n) {
    return level.launch_seconds + (is_direct(level) ? 1.0 : n - 1.0) * level.step_seconds;
}

NetworkLevel level_of(const ResolvedDesign& d, const ResolvedLink& link, double bandwidth) {
    const auto& device = d->device;
    // A measured step of the software holds the hop of the link it was measured on.
    const double step = std::max(d.get(link.latency, 0.0), d.get(device.collective_latency, 0.0));
    const double launch = d.get(device.collective_launch, d.get(device.launch_latency, 0.0));
    const double one_shot = std::max(d.get(device.one_shot_latency, launch + step), step);
    return {.bytes_per_s = bandwidth * d.get(device.link_efficiency, 1.0),
            .launch_seconds = launch,
            .step_seconds = step,
            .one_shot_seconds = one_shot,
            .joules_per_byte = d.get(link.energy, 0.0),
            .topology = link.topology,
            .in_network_reduction = link.in_network_reduction};
}

}  // namespace

CollectiveCost all_reduce(const Network& network, double ranks, double payload) {
    if (ranks <= network.per_server) {
        return reduce_on(network.inside, ranks, payload);
    }
    const double servers = ranks / network.per_server;
    const CollectiveCost inside = reduce_on(network.inside, network.per_server, payload);
    return sum(inside, reduce_on(network.outside, servers, payload / network.per_server));
}

CollectiveCost all_to_all(const Network& network, double ranks, double payload) {
    if (ranks <= 1.0) {
        return {};
    }
    const double near = std::min(ranks, network.per_server);
    const CollectiveCost inside = priced(network.inside, exchange_latency(network.inside, near),
                                         (near - 1.0) / ranks * payload);
    if (ranks <= network.per_server) {
        return inside;
    }
    const CollectiveCost outside =
        priced(network.outside, exchange_latency(network.outside, ranks / near),
               (ranks - near) / ranks * payload);
    CollectiveCost both = sum(inside, outside);
    both.seconds = std::max(inside.seconds, outside.seconds);
    both.transfer_seconds = std::max(inside.transfer_seconds, outside.transfer_seconds);
    return both;
}

CollectiveCost point_to_point(const Network& network, double payload, bool across) {
    const NetworkLevel& level = across ? network.outside : network.inside;
    return priced(level, level.step_seconds, payload);
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
