#pragma once

#include <map>
#include <set>
#include <string>

#include "architecture/source_tree.hpp"

namespace wafercast::architecture {

/// Who links whom, by target name, as `cmake --graphviz` writes it.
using LinkGraph = std::map<std::string, std::set<std::string>>;

/// Reads the text of a graphviz file. Targets that CMake or the build makes for itself (autogen,
/// header checks, precompiled headers) are left out.
[[nodiscard]] LinkGraph parse_graphviz(const std::string& text);

/// Arrows that are not in the rules. `plugins` are targets held to the rule for plugins.
[[nodiscard]] std::vector<Finding> check_links(const LinkGraph& graph);

/// Every target that `target` leads to.
[[nodiscard]] std::set<std::string> closure(const LinkGraph& graph, const std::string& target);

}  // namespace wafercast::architecture
