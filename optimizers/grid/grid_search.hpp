#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "study/batch_evaluator.hpp"

namespace wafercast {

/// Points of a chunk unless told otherwise: about a hundredth of the grid, a power of two, so that
/// progress moves and a kill loses little.
std::uint64_t grid_chunk_points(std::uint64_t points);

/// The most points a chunk may have.
inline constexpr std::uint64_t kMostChunkPoints = 65536;

struct GridOptions {
    std::uint64_t chunk_points = 0;
    int threads = 1;
    std::function<bool()> stop;  ///< asked often, from several threads; true: leave early
};

/// Evaluates chunks of a grid on several threads and hands them over one by one, in the order of
/// `chunks`, on the calling thread; so what is done with them does not depend on the threads.
/// Exceptions of `take` are not caught; it returns false to stop.
/// @return whether every chunk was handed over
bool search_grid(const std::shared_ptr<const CompiledStudy>& study,
                 const std::vector<std::uint64_t>& chunks, const GridOptions& options,
                 const std::function<bool(std::uint64_t chunk, const BatchResult&)>& take);

}  // namespace wafercast
