#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wafercast::architecture {

/// One target of the product: where its files lie and which arrows may leave it.
struct Rule {
    std::string target;
    std::string folder;                        ///< files belong to the rule with the longest folder
    std::set<std::string> links;               ///< our targets it may link directly
    std::set<std::string> libraries;           ///< third-party libraries it may link directly
    std::set<std::string> header_libraries{};  ///< those of them its headers may include
};

/// The folder graph that the project promises, in one place. A change here is a change of
/// architecture.
[[nodiscard]] const std::vector<Rule>& rules();

/// The rule for a file (path relative to the source folder), or nullptr for a file of no target.
[[nodiscard]] const Rule* rule_for(std::string_view file);

/// Targets that `target` may include from: itself and everything its links lead to.
[[nodiscard]] std::set<std::string> reachable(const std::string& target);

/// The third-party library a `<header>` belongs to; "" for the standard library and POSIX; "?" when
/// unknown.
[[nodiscard]] std::string library_of(std::string_view header);

}  // namespace wafercast::architecture
