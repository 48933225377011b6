#include "kernels/collective.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace wafercast {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

/// Part of a time that grows with the tensor, and the rest.
struct Parts {
    double fixed = 0.0;
    double wire = 0.0;
    [[nodiscard]] double total() const { return fixed + wire; }
};

/// Time of `bytes` at `rate` where the first `fill` bytes do not overlap: half the rate while the
/// tensor is smaller, one more `fill` once it is far larger.
double filled(double bytes, double rate, double fill) {
    return bytes <= 0.0 ? 0.0 : (bytes + bytes * fill / (bytes + fill)) / rate;
}

Parts fastest(const Parts& a, const Parts& b) { return b.total() < a.total() ? b : a; }

/// What the protocols of a library share.
struct Call {
    double ranks = 2.0;
    double bytes = 0.0;
    double steps = 1.0;    ///< dependent messages
    double carried = 0.0;  ///< that each rank puts on the wire [byte]
    double own = 0.0;      ///< that each rank copies in its memory [byte]
    double wire = 0.0;     ///< [byte/s]
    double memory = 0.0;   ///< [byte/s]
    double hop = 1.0;      ///< times that of a peer on the link
    double narrow = 1.0;   ///< on the wire time of what adds up
    bool host = false, sums = false, in_switch = false, wide = true;
};

double dependent_messages(CollectiveKind kind, double ranks) {
    return kind == CollectiveKind::kAllReduce ? 2.0 * (ranks - 1.0) : ranks - 1.0;
}

/// More channels take as much longer to start and to join as this many more messages.
constexpr double kGrid = 3.0;

Parts words(const CollectiveConstants& c, const Call& call) {
    // One channel moves 512 threads x 8 bytes a rank before a second one starts.
    const double full = 4096.0 * call.ranks;
    const double busy = call.bytes / (call.bytes + full);
    // What goes beyond the first round of every step takes rounds of its own.
    const double handled = (call.steps + 1.0) / call.ranks * call.bytes;
    const double once = (call.steps + 1.0) * c.word_once;
    const double later = handled > 0.0 ? handled * handled / (handled + once) : 0.0;
    return {
        c.launch + call.steps * call.hop * c.word_hop + (kGrid + call.steps) * c.word_ramp * busy,
        later / (c.word_rate * call.wire)};
}

Parts lines(const CollectiveConstants& c, const Call& call) {
    return {c.launch + c.line_start + call.steps * call.hop * c.line_hop,
            call.narrow * call.carried / (c.line_rate * call.wire)};
}

Parts blocks(const CollectiveConstants& c, const Call& call) {
    return {c.launch + c.block_start + call.steps * call.hop * c.block_hop,
            call.narrow * filled(call.carried, c.block_rate * call.wire, c.block_fill) +
                2.0 * call.own / (c.local_rate * call.memory)};
}

Parts in_switch(const CollectiveConstants& c, const Call& call) {
    return {
        c.launch + call.ranks * c.switch_peer,
        filled((1.0 + 1.0 / call.ranks) * call.bytes, c.switch_rate * call.wire, c.switch_fill)};
}

enum Protocol { kWords, kLines, kBlocks, kSwitch, kProtocols };

/// What NCCL expects of each protocol when it chooses one: its published tables of latencies, and
/// bandwidths as shares of the link (20 to 20.6 of each 25 GB/s; words capped at 87.7 of 300,
/// 141 of 450). The choice is its own; what the chosen one takes is not taken from here.
/// @cite nvidia-nccl
std::array<double, kProtocols> expected(const Call& call, double word_cap) {
    constexpr std::array kBase{6.6e-6, 14.0e-6, 8.4e-6};
    constexpr std::array kHop{0.6e-6, 1.9e-6, 3.4e-6};
    constexpr std::array kHostHop{1.0e-6, 2.5e-6, 5.7e-6};
    constexpr double kBus = 0.8, kLineShare = 0.92;
    constexpr double kSwitchBase = 25e-6, kSwitchShare = 2.0 * 0.85 * 15.0 / 16.0;
    const double bus = kBus * call.wire;
    const double ratio = call.ranks / call.steps;
    const double words = call.host ? bus / 2.0 : std::min(word_cap * call.wire, bus / 2.0);
    const std::array rate{words, kLineShare * bus, bus};
    std::array<double, kProtocols> time{};
    for (std::size_t p = 0; p < rate.size(); ++p) {
        time[p] = kBase[p] + call.steps * (call.host ? kHostHop : kHop)[p] +
                  call.bytes / (rate[p] * ratio);
    }
    time[kSwitch] = kSwitchBase + call.bytes / (kSwitchShare * bus * ratio);
    return time;
}

Parts library(const CollectiveConstants& c, const Call& call) {
    std::array<Parts, kProtocols> time{words(c, call), lines(c, call), blocks(c, call),
                                       in_switch(c, call)};
    const bool allowed[kProtocols] = {true, !call.host, true,
                                      call.in_switch && call.sums && call.wide};
    std::array<double, kProtocols> by{};
    if (c.choice_cap > 0.0) {
        by = expected(call, c.choice_cap);
    } else {
        for (std::size_t p = 0; p < time.size(); ++p) {
            by[p] = time[p].total();
        }
    }
    std::size_t best = kWords;
    for (std::size_t p = 0; p < time.size(); ++p) {
        if (allowed[p] && by[p] < by[best]) {
            best = p;
        }
    }
    return time[best];
}

Parts pairs(const CollectiveConstants& c, const Call& call) {
    // Peers have channels of their own: a short message is as long as one of them.
    const double peers = (call.ranks - 1.0) * call.hop * c.pair_peer;
    const Parts short_ones{c.launch + c.pair_word + peers,
                           std::max(call.own / c.pair_word_rate, call.carried) / call.wire};
    const Parts long_ones{c.launch + c.pair_start + peers,
                          filled(call.carried, c.pair_rate * call.wire, c.pair_fill)};
    return fastest(short_ones, long_ones);
}

Parts over_peers(const CollectiveConstants& c, const Call& call) {
    const double start = c.direct_launch + (call.ranks - 1.0) * call.hop * c.direct_peer;
    const double rate = c.direct_rate * call.wire;
    const Parts one{start, (call.ranks - 1.0) * call.bytes / rate};
    const Parts two{start + c.direct_two,
                    2.0 * (call.ranks - 1.0) / call.ranks * call.bytes / rate};
    return fastest(one, two);
}

Call call_of(const KernelDevice& device, const CollectiveShape& shape, double ranks) {
    const CollectiveConstants& c = device.constants->collective;
    Call call;
    call.ranks = ranks;
    call.bytes = shape.bytes;
    call.steps = dependent_messages(shape.kind, ranks);
    call.carried = (shape.kind == CollectiveKind::kAllReduce ? 2.0 : 1.0) * (ranks - 1.0) / ranks *
                   shape.bytes;
    call.own = shape.bytes / ranks;
    call.wire = wire_bandwidth(device, ranks);
    call.memory = device.memory_bandwidth > 0.0 ? device.memory_bandwidth : call.wire;
    call.host = device.scale_up == ScaleUp::kHost;
    call.hop = call.host ? c.host_hop : 1.0;
    call.sums = shape.kind == CollectiveKind::kAllReduce;
    call.in_switch = device.in_network_reduction && ranks > 2.0;
    call.wide = shape.element_bytes >= 2.0;
    const bool adds = call.sums || shape.kind == CollectiveKind::kReduceScatter;
    call.narrow = adds && !call.wide ? c.narrow : 1.0;
    return call;
}

double scale_out(const KernelDevice& device) {
    const double bandwidth =
        device.scale_out_bandwidth > 0.0 ? device.scale_out_bandwidth : device.link_bandwidth;
    return bandwidth * device.constants->collective.net_rate;
}

/// Within one server.
Parts inside(const KernelDevice& device, const CollectiveShape& shape, double ranks) {
    const CollectiveConstants& c = device.constants->collective;
    const Call call = call_of(device, shape, ranks);
    if (shape.kind == CollectiveKind::kAllToAll) {
        return pairs(c, call);
    }
    // Through the host the custom kernels serve pairs only.
    const bool direct = shape.kind == CollectiveKind::kAllReduce && (!call.host || ranks <= 2.0) &&
                        shape.code != CollectiveCode::kNccl && shape.bytes < c.direct_limit &&
                        shape.bytes * ranks < c.direct_pool;
    return direct ? over_peers(c, call) : library(c, call);
}

/// What the network between `servers` adds: `inner` ranks of each share the tensor.
Parts between(const KernelDevice& device, const CollectiveShape& shape, double inner,
              double servers) {
    const double passes = shape.kind == CollectiveKind::kAllReduce ? 2.0 : 1.0;
    const double share = (servers - 1.0) / servers * shape.bytes / inner;
    return {passes * std::ceil(std::log2(servers)) * device.constants->collective.net_hop,
            passes * share / scale_out(device)};
}

/// Every rank to every other: the ranks of the own server over the link, the others over the
/// scale-out network, both at once.
Parts everyone(const KernelDevice& device, const CollectiveShape& shape, double inner,
               double servers) {
    const CollectiveConstants& c = device.constants->collective;
    const double near = shape.bytes / servers;
    const double far = (shape.bytes - near) / scale_out(device);
    if (shape.code == CollectiveCode::kRouted) {
        const double wire = inner > 1.0 ? (inner - 1.0) / inner * near /
                                              (c.routed_rate * wire_bandwidth(device, inner))
                                        : 0.0;
        return {c.routed_start, std::max(wire, far)};
    }
    CollectiveShape own = shape;
    own.bytes = near;
    Parts time = inner > 1.0 ? inside(device, own, inner) : Parts{c.launch, 0.0};
    if (servers > 1.0) {
        time.fixed += c.net_hop;
        time.wire = std::max(time.wire, far);
    }
    return time;
}

Parts to_neighbour(const KernelDevice& device, const CollectiveShape& shape) {
    const CollectiveConstants& c = device.constants->collective;
    if (shape.across) {
        return {c.launch + c.net_hop, shape.bytes / scale_out(device)};
    }
    const bool host = device.scale_up == ScaleUp::kHost;
    return {c.launch + c.word_hop * (host ? c.host_hop : 1.0),
            shape.bytes / (c.block_rate * wire_bandwidth(device, 2.0))};
}

}  // namespace

KernelTime collective_time(const KernelDevice& device, const CollectiveShape& shape) {
    const CollectiveConstants& c = device.constants->collective;
    KernelTime time;
    if (shape.ranks <= 1.0) {
        return time;
    }
    const double inner = std::max(1.0, std::min(shape.ranks, device.devices_per_server));
    const double servers = std::max(1.0, shape.ranks / inner);
    Parts parts;
    if (shape.kind == CollectiveKind::kPointToPoint) {
        parts = to_neighbour(device, shape);
    } else if (shape.kind == CollectiveKind::kAllToAll) {
        parts = everyone(device, shape, inner, servers);
    } else {
        parts = inner > 1.0 ? inside(device, shape, inner) : Parts{c.launch, 0.0};
        if (servers > 1.0) {
            const Parts more = between(device, shape, inner, servers);
            parts = {parts.fixed + more.fixed, parts.wire + more.wire};
        }
    }
    if (shape.code == CollectiveCode::kCustomEager) {
        // The call returns before the kernel ends: only the longer of the two is seen. The tensor
        // is copied to where peers can read it.
        parts.fixed = std::max(parts.fixed, c.eager - parts.wire);
        if (device.memory_bandwidth > 0.0) {
            parts.wire += 2.0 * shape.bytes / (c.copy_rate * device.memory_bandwidth);
        }
    }
    const double passes = shape.kind == CollectiveKind::kAllReduce ? 2.0 : 1.0;
    time.bytes = shape.kind == CollectiveKind::kPointToPoint
                     ? shape.bytes
                     : passes * (shape.ranks - 1.0) / shape.ranks * shape.bytes;
    time.launch = parts.fixed;
    time.memory = parts.wire;
    time.seconds = parts.total();
    return time;
}

double wire_bandwidth(const KernelDevice& device, double ranks) {
    const CollectiveConstants& c = device.constants->collective;
    const double link =
        device.link_bandwidth > 0.0 ? device.link_bandwidth : device.scale_out_bandwidth;
    switch (device.scale_up) {
        case ScaleUp::kFullyConnected:
            return link *
                   std::min(1.0, (ranks - 1.0) / std::max(1.0, device.devices_per_server - 1.0));
        case ScaleUp::kHost:
            return ranks > device.devices_per_root ? link * c.host_share : link;
        case ScaleUp::kSwitched:
        case ScaleUp::kRing:
            break;
    }
    return link;
}

}  // namespace wafercast
