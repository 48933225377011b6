#pragma once

#include "core/kernels/kernel_device.hpp"
#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"
#include "performance/collectives.hpp"

namespace wafercast {

/// A rated device as kernel models see it when the tensors they stream live in `tier`: units,
/// clock, peaks, caches, energies from its content, bandwidth of that tier, links of its network.
/// A format that no unit of the device takes runs on its widest path in several passes.
/// The constants are the design's and live as long as its topology.
///
/// Kernels hold the board limit with the energies that their family's constants were fitted with,
/// scaled with the design's node and supply: a long multiplication slows down as measured ones do.
/// The energies of the fabric are not in it; they hold the pass as a whole to the limit (Instance).
KernelDevice kernel_device(const ResolvedDesign& design, const DeviceRating& rating,
                           const Network& network, int tier);

/// The same device at a lower clock: datapaths and memory on the die slow down, stacks, links and
/// launches do not. @param clock_factor in (0, 1]
KernelDevice at_clock(const KernelDevice& device, bool memory_on_die, double clock_factor);

/// The format in which operands of `wanted` are multiplied on the device.
NumberFormat format_on(const DeviceRating& rating, NumberFormat wanted);

}  // namespace wafercast
