#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "core/kernels/kernel_device.hpp"

namespace wafercast {

/// Times of kernels, remembered by everything that decides them: a table of fixed size in which a
/// newer time takes the place of an older one. What it holds never changes a result.
class OperatorCache {
public:
    /// A kernel's shape and the number of its device, exactly.
    using Key = std::array<double, 18>;

    OperatorCache() = default;
    OperatorCache(const OperatorCache&) {}  // a copy starts empty: results do not depend on it
    OperatorCache& operator=(const OperatorCache&) { return *this; }

    /// A number that stands for the device and the contents of its constants.
    double number_of(const KernelDevice& device) {
        for (std::size_t i = devices_.size(); i-- > 0;) {
            if (devices_[i].is(device)) {
                return devices_[i].number;
            }
        }
        if (devices_.size() >= kMostDevices) {
            devices_.clear();
        }
        devices_.push_back({device, *device.constants, next_number_});
        next_number_ += 1.0;
        return devices_.back().number;
    }

    /// The time for `key`, from `compute()` where it is not remembered.
    template <class Compute>
    const KernelTime& get(const Key& key, Compute&& compute) {
        if (stored_ >= entries_.size() / 2 && entries_.size() < kMostEntries) {
            grow();
        }
        Entry& entry = entries_[hash(key) & (entries_.size() - 1)];
        if (std::memcmp(entry.key.data(), key.data(), sizeof(Key)) == 0) {
            ++hits_;
            return entry.time;
        }
        ++misses_;
        stored_ += entry.key[0] == 0.0 ? 1 : 0;
        entry.time = compute();
        entry.key = key;
        return entry.time;
    }

    [[nodiscard]] std::uint64_t hits() const { return hits_; }
    [[nodiscard]] std::uint64_t misses() const { return misses_; }

private:
    static constexpr std::size_t kFewestEntries = 128;
    static constexpr std::size_t kMostEntries = 4096;
    static constexpr std::size_t kMostDevices = 64;

    struct Device {
        KernelDevice device;
        KernelConstants constants;
        double number;
        [[nodiscard]] bool is(const KernelDevice& other) const {
            return device.same_data_sheet(other) && constants == *other.constants;
        }
    };
    struct Entry {
        Key key{};  // all zeros is no key: devices count from 1
        KernelTime time;
    };

    static std::size_t hash(const Key& key) {
        std::uint64_t sum = 0;
        for (const double part : key) {
            std::uint64_t bits = 0;
            std::memcpy(&bits, &part, sizeof bits);
            sum = (sum ^ bits) * 0x9E3779B97F4A7C15ull;
            sum ^= sum >> 32;
        }
        return static_cast<std::size_t>(sum);
    }

    void grow() {
        std::vector<Entry> more(entries_.empty() ? kFewestEntries : 4 * entries_.size());
        stored_ = 0;
        for (const Entry& entry : entries_) {
            Entry& place = more[hash(entry.key) & (more.size() - 1)];
            if (entry.key[0] != 0.0) {
                stored_ += place.key[0] == 0.0 ? 1 : 0;
                place = entry;
            }
        }
        entries_ = std::move(more);
    }

    std::vector<Entry> entries_;  // a power of two
    std::size_t stored_ = 0;
    std::vector<Device> devices_;
    double next_number_ = 1.0;
    std::uint64_t hits_ = 0;
    std::uint64_t misses_ = 0;
};

}  // namespace wafercast
