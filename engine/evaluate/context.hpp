#pragma once

#include <memory>
#include <optional>

#include "core/transformer.hpp"
#include "evaluate/geometry_cache.hpp"
#include "evaluate/operator_cache.hpp"
#include "evaluate/point_cache.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

struct ModelSet;

/// What evaluations share besides the design. One context per thread: its caches are not locked.
/// A copy of a context may start with empty caches; results never depend on them.
struct Context {
    const ModelSet* models = nullptr;
    WorkloadStatistics statistics;   ///< assumed, or measured by a functional run
    std::optional<Mapping> mapping;  ///< fixed from outside: samples of one design keep its mapping
    /// Parts of serving that can be switched off to see what they cost (and to test that they
    /// count).
    struct Switches {
        bool kv_capacity = true;           ///< KV cache limits the batch
        bool admission = true;             ///< a request waits for a slot before its prefill
        bool prefill_interference = true;  ///< prefills of others delay decode steps
    } switches;
    mutable GeometryCache geometry;   ///< whole dies per wafer by outline
    mutable OperatorCache operators;  ///< times of kernels by shape and device
    mutable PointCache points;        ///< served points by all that serving reads
};

}  // namespace wafercast
