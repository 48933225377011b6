#pragma once

#include <span>

#include "core/kernels/named_constant.hpp"

namespace wafercast {

/// Of collectives between devices. Rates are shares of a device's own links or memory, so that a
/// new device states only its data sheet.
struct CollectiveConstants {
    double launch = 0.0;  ///< [s] of a kernel of the library, to its first byte and from its last
    // Words that carry their own flag: no wait before the next hop, half of the wire.
    double word_hop = 0.0;   ///< [s] a dependent message
    double word_ramp = 0.0;  ///< [s] more of it once every channel works
    double word_once = 0.0;  ///< [byte] that all channels move at once in a step
    double word_rate = 0.0;  ///< share of the link bandwidth, of the bytes that a rank handles
    // Lines of 128 bytes with one flag.
    double line_start = 0.0;  ///< [s]
    double line_hop = 0.0;    ///< [s]
    double line_rate = 0.0;   ///< share of the link bandwidth
    // Blocks behind a fence.
    double block_start = 0.0;  ///< [s]
    double block_hop = 0.0;    ///< [s]
    double block_rate = 0.0;   ///< share of the link bandwidth
    double block_fill = 0.0;   ///< [byte] in flight before every step overlaps the next
    double local_rate = 0.0;   ///< share of the memory bandwidth that a rank's own copy reaches
    double narrow = 0.0;       ///< time of adding 8-bit elements over that of 16-bit ones
    // Sums in the switch.
    double switch_peer = 0.0;  ///< [s] a rank
    double switch_fill = 0.0;  ///< [byte] in flight before sums and copies overlap
    double switch_rate = 0.0;  ///< share of the link bandwidth
    // Messages between every pair.
    double pair_word = 0.0;       ///< [s] of short ones
    double pair_word_rate = 0.0;  ///< share of the link bandwidth, short ones
    double pair_start = 0.0;      ///< [s] of long ones
    double pair_peer = 0.0;       ///< [s] a peer
    double pair_fill = 0.0;       ///< [byte] in flight before the peers overlap
    double pair_rate = 0.0;       ///< share of the link bandwidth
    // All-reduce that reads its peers' memory.
    double direct_launch = 0.0;  ///< [s] in a captured graph
    double direct_peer = 0.0;    ///< [s] a peer
    double direct_two = 0.0;     ///< [s] more when the sum is shared out and gathered
    double direct_rate = 0.0;    ///< share of the link bandwidth
    double direct_limit = 0.0;   ///< [byte] of a rank from which the library takes over
    double direct_pool = 0.0;    ///< [byte] of all ranks together from which it does
    double eager = 0.0;          ///< [s] of the host per call outside a captured graph
    double copy_rate = 0.0;      ///< share of the memory bandwidth of the copy that eager calls add
    // Dense exchange of routed tokens inside a kernel.
    double routed_start = 0.0;  ///< [s] of one dispatch or combine, in a captured graph
    double routed_rate = 0.0;   ///< share of the link bandwidth
    // Beyond the link.
    double host_hop = 1.0;    ///< times as long a dependent message takes through the host
    double host_share = 0.0;  ///< of the link bandwidth once ranks lie under several roots
    double net_hop = 0.0;     ///< [s] a dependent message between servers
    double net_rate = 0.0;    ///< share of the scale-out bandwidth
    double choice_cap = 0.0;  ///< share of the link bandwidth at which NCCL's cost model caps
                              ///< flagged words when it chooses; 0: the fastest protocol is taken
    KernelSpread spread;
    friend bool operator==(const CollectiveConstants&, const CollectiveConstants&) = default;
};

/// Their names in the catalog, in the order of the fields.
std::span<const NamedConstant> collective_constants();

}  // namespace wafercast
