#include "pareto/pareto_front.hpp"

#include <algorithm>

namespace wafercast {

bool ParetoFront::insert(std::uint64_t index, std::span<const double> values,
                         std::vector<std::uint64_t>& removed) {
    return objectives_ == 2 ? insert_in_staircase(index, values[0], values[1], removed)
                            : insert_in_list(index, values, removed);
}

bool ParetoFront::insert_in_staircase(std::uint64_t index, double x, double y,
                                      std::vector<std::uint64_t>& removed) {
    auto next = staircase_.lower_bound(x);
    if (next != staircase_.end() && next->first == x) {
        if (next->second.y < y || (next->second.y == y && next->second.index < index)) {
            return false;
        }
    }
    if (next != staircase_.begin() && std::prev(next)->second.y <= y) {
        return false;  // further left and no higher
    }
    while (next != staircase_.end() && next->second.y >= y) {
        removed.push_back(next->second.index);
        next = staircase_.erase(next);
    }
    staircase_.emplace_hint(next, x, Step{y, index});
    return true;
}

bool ParetoFront::insert_in_list(std::uint64_t index, std::span<const double> values,
                                 std::vector<std::uint64_t>& removed) {
    const std::size_t n = objectives_;
    std::size_t kept = 0;
    bool removing = false;
    for (std::size_t i = 0; i < indices_.size(); ++i) {
        const double* member = values_.data() + i * n;
        bool member_no_worse = true;
        bool point_no_worse = true;
        for (std::size_t k = 0; k < n; ++k) {
            member_no_worse = member_no_worse && member[k] <= values[k];
            point_no_worse = point_no_worse && values[k] <= member[k];
        }
        const bool equal = member_no_worse && point_no_worse;
        if (member_no_worse && (!equal || indices_[i] < index)) {
            return false;  // nothing has been removed: that member would be dominated too
        }
        if (point_no_worse) {
            removed.push_back(indices_[i]);
            removing = true;
            continue;
        }
        if (removing) {
            indices_[kept] = indices_[i];
            std::copy_n(member, n, values_.data() + kept * n);
        }
        ++kept;
    }
    indices_.resize(kept);
    values_.resize(kept * n);
    indices_.push_back(index);
    values_.insert(values_.end(), values.begin(), values.end());
    return true;
}

std::vector<std::uint64_t> ParetoFront::indices() const {
    std::vector<std::uint64_t> sorted = indices_;
    for (const auto& [x, step] : staircase_) {
        sorted.push_back(step.index);
    }
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

std::pair<double, std::uint64_t> ParetoFront::best_first() const {
    if (objectives_ == 2) {
        return {staircase_.begin()->first, staircase_.begin()->second.index};
    }
    std::pair<double, std::uint64_t> best{values_[0], indices_[0]};
    for (std::size_t i = 1; i < indices_.size(); ++i) {
        best = std::min(best, {values_[i * objectives_], indices_[i]});
    }
    return best;
}

}  // namespace wafercast
