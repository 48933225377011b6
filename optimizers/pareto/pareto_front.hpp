#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace wafercast {

/// The points that no other is better than, kept up to date one point at a time.
///
/// All objectives are minimised; a caller negates those to be maximised. A point with the same
/// objectives as another stands for both: the one with the lower index. So the front does not
/// depend on the order in which points come. Values must be finite.
///
/// Two objectives are kept as a staircase, O(log n) a point; others as a flat list, O(n).
class ParetoFront {
public:
    explicit ParetoFront(std::size_t objectives) : objectives_{objectives} {}

    /// Takes a point in, unless another is at least as good. Points it is better than leave;
    /// their indices are appended to `removed`.
    /// @return whether the point is now on the front
    bool insert(std::uint64_t index, std::span<const double> values,
                std::vector<std::uint64_t>& removed);

    [[nodiscard]] std::size_t size() const {
        return objectives_ == 2 ? staircase_.size() : indices_.size();
    }
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// Indices in ascending order.
    [[nodiscard]] std::vector<std::uint64_t> indices() const;
    /// The lowest value of the first objective with its index; the front must not be empty.
    [[nodiscard]] std::pair<double, std::uint64_t> best_first() const;

private:
    bool insert_in_staircase(std::uint64_t index, double x, double y,
                             std::vector<std::uint64_t>& removed);
    bool insert_in_list(std::uint64_t index, std::span<const double> values,
                        std::vector<std::uint64_t>& removed);

    struct Step {
        double y = 0.0;
        std::uint64_t index = 0;
    };
    std::size_t objectives_;
    std::map<double, Step> staircase_;  ///< by the first objective; the second falls
    std::vector<std::uint64_t> indices_;
    std::vector<double> values_;  ///< objectives_ a member
};

}  // namespace wafercast
