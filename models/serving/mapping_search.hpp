#pragma once

#include <vector>

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

inline constexpr int kMaxMappings = 256;

struct MappingList {
    std::array<Mapping, kMaxMappings> mappings;
    int size = 0;
};

/// Mappings worth trying for a design.
///
/// Tensor ranks: divisors of a server's accelerators and powers of two up to it, no more than
/// heads; past a server (doubling, over the scale-out network) only where no such rank count fits
/// memory. Pipeline stages: the smallest number for each count of layers a stage may hold. Experts:
/// spread over every divisor of the tensor ranks, attention data-parallel over as many groups, over
/// every rank or not at all. Context: ranks with copies of the same keys share their tokens. Of
/// those that fit, mappings with at most kSpread times the fewest devices, or a server's. Where
/// none fits, the largest one tried stands alone.
void list_mappings(const ResolvedDesign& design, const DeviceRating& device, MappingList& list);

/// The stage: the fixed mapping, or the listed one with most output tokens per second and
/// accelerator that meets the limits; the batching model rates each.
///
/// The point is taken from the context's cache where everything it depends on is the same.
Serving serve(const ResolvedDesign& design, const DeviceRating& device, const Context& context);

/// The same without the cache of points: what `serve` is tested against.
Serving serve_plainly(const ResolvedDesign& design, const DeviceRating& device,
                      const Context& context);

}  // namespace wafercast
