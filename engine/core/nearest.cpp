#include <algorithm>

#include "core/catalog.hpp"

namespace wafercast {
namespace {

/// Edits (insert, leave out, replace, swap two neighbours) that make `b` of `a`. @cite damerau1964
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

std::string nearest(std::string_view wanted, const std::vector<std::string>& candidates) {
    const std::string key = lower(wanted);
    if (key.empty()) {
        return {};
    }
    // What a person began to write comes first: "h100" means "h100-sxm", not "a100".
    const std::string* found = nullptr;
    for (const auto& candidate : candidates) {
        if (key.size() >= 2 && lower(candidate).starts_with(key) &&
            (found == nullptr || candidate.size() < found->size())) {
            found = &candidate;
        }
    }
    if (found != nullptr) {
        return *found;
    }
    // Then spelling: a third of the letters may be wrong, one in a short id.
    std::size_t best = std::max<std::size_t>(1, key.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        const auto distance = edit_distance(key, lower(candidate));
        if (distance < best) {
            best = distance;
            found = &candidate;
        }
    }
    if (found == nullptr && key.size() >= 2) {  // last, a part of an id: "sxm"
        for (const auto& candidate : candidates) {
            if (lower(candidate).find(key) != std::string::npos &&
                (found == nullptr || candidate.size() < found->size())) {
                found = &candidate;
            }
        }
    }
    return found == nullptr ? std::string{} : *found;
}

}  // namespace wafercast
