#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "core/resolved_design.hpp"
#include "evaluate/stages.hpp"

namespace wafercast {

/// Served points, remembered by everything that decides them: the design's topology, the rated
/// device and the numbers that serving reads. A table of fixed size in which a newer point takes
/// the place of an older one. What it holds never changes a result.
class PointCache {
public:
    PointCache() = default;
    PointCache(const PointCache&) {}  // a copy starts empty: results do not depend on it
    PointCache& operator=(const PointCache&) { return *this; }

    /// Room to write the next key into.
    std::vector<double>& key() {
        key_.clear();
        return key_;
    }

    /// The point of key(), from `compute()` where it is not remembered.
    template <class Compute>
    const Serving& get(const std::shared_ptr<const ResolvedTopology>& topology, Compute&& compute) {
        if (misses_ >= entries_.size() && entries_.size() < kMostEntries) {
            entries_ = std::vector<Entry>(entries_.empty() ? kFewestEntries : 8 * entries_.size());
        }
        Entry& entry = entries_[hash(topology.get()) & (entries_.size() - 1)];
        const std::size_t bytes = key_.size() * sizeof(double);
        if (entry.topology == topology && entry.key.size() == key_.size() &&
            std::memcmp(entry.key.data(), key_.data(), bytes) == 0) {
            ++hits_;
            return entry.serving;
        }
        ++misses_;
        entry.topology = nullptr;
        entry.key = key_;
        entry.serving = compute();
        entry.topology = topology;
        return entry.serving;
    }

    [[nodiscard]] std::uint64_t hits() const { return hits_; }
    [[nodiscard]] std::uint64_t misses() const { return misses_; }

private:
    static constexpr std::size_t kFewestEntries = 8;
    static constexpr std::size_t kMostEntries = 512;

    struct Entry {
        std::shared_ptr<const ResolvedTopology> topology;  ///< kept, so that no other has its place
        std::vector<double> key;
        Serving serving;
    };

    [[nodiscard]] std::size_t hash(const void* topology) const {
        auto sum = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(topology));
        for (const double part : key_) {
            std::uint64_t bits = 0;
            std::memcpy(&bits, &part, sizeof bits);
            sum = (sum ^ bits) * 0x9E3779B97F4A7C15ull;
            sum ^= sum >> 32;
        }
        return static_cast<std::size_t>(sum);
    }

    std::vector<Entry> entries_;  // a power of two
    std::vector<double> key_;
    std::uint64_t hits_ = 0;
    std::uint64_t misses_ = 0;
};

}  // namespace wafercast
