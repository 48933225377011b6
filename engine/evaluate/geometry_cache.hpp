#pragma once

#include <array>
#include <map>

namespace wafercast {

/// Counts of a placed wafer, remembered by everything that decides them.
class GeometryCache {
public:
    /// die width, die height, wafer diameter, edge, notch, scribe, reticle width, reticle height
    /// [m]
    using Key = std::array<double, 8>;
    struct Counts {
        double whole = 0.0;
        double partial = 0.0;
    };

    /// The counts for `key`, computed by `place(key)` on first use.
    template <class Place>
    const Counts& get(const Key& key, Place&& place) {
        const auto found = counts_.find(key);
        if (found != counts_.end()) {
            return found->second;
        }
        if (counts_.size() >= kMaxEntries) {
            counts_.clear();
        }
        return counts_.emplace(key, place(key)).first->second;
    }

private:
    static constexpr std::size_t kMaxEntries = 65536;
    std::map<Key, Counts> counts_;
};

}  // namespace wafercast
