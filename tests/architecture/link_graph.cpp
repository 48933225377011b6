#include "architecture/link_graph.hpp"

#include <algorithm>
#include <sstream>

#include "architecture/rules.hpp"

namespace wafercast::architecture {

namespace {

/// The texts between quotation marks on a line.
std::vector<std::string> texts_in_quotes(const std::string& line) {
    std::vector<std::string> parts;
    std::size_t begin = line.find('"');
    while (begin != std::string::npos) {
        const std::size_t end = line.find('"', begin + 1);
        if (end == std::string::npos) break;
        parts.push_back(line.substr(begin + 1, end - begin - 1));
        begin = line.find('"', end + 1);
    }
    return parts;
}

/// "core\n(Wafercast::core)" is the target core; the backslash is a real one.
std::string target_name(const std::string& label) { return label.substr(0, label.find("\\n")); }

bool is_made_by_build(const std::string& target) {
    return target.ends_with("_verify_interface_header_sets") || target.ends_with("_autogen") ||
           target.starts_with("precompiled_") || target == "Qt6::moc" || target == "Qt6::rcc";
}

/// The library a linked name stands for: ours is its own name, a third party's the name in the
/// rules.
std::string library_name(const std::string& target) {
    static const std::map<std::string, std::string> names = {
        {"Boost::headers", "boost"},     {"Boost::boost", "boost"},
        {"Boost::graph", "boost"},       {"Eigen3::Eigen", "eigen"},
        {"NLopt::nlopt", "nlopt"},       {"NLopt::nlopt_cxx", "nlopt"},
        {"SQLite::SQLite3", "sqlite"},   {"nlohmann_json::nlohmann_json", "nlohmann-json"},
        {"CLI11::CLI11", "cli11"},       {"tomlplusplus::tomlplusplus", "toml++"},
        {"Threads::Threads", "threads"}, {"Qt6::Core", "qt-core"},
        {"Qt6::Gui", "qt-gui"},          {"Qt6::Widgets", "qt-widgets"},
        {"Qt6::Svg", "qt-svg"},          {"dl", "dl"},
    };
    const auto it = names.find(target);
    return it == names.end() ? target : it->second;
}

/// Programs link one library each, and the benchmarks what they compare with.
const std::map<std::string, std::string>& programs() {
    static const std::map<std::string, std::string> table = {{"wafercast", "cli"},
                                                             {"wafercast-studio", "gui"},
                                                             {"wafercast-bench", "session"},
                                                             {"make_tiny_model", "functional"}};
    return table;
}

const Rule* rule_of_target(const std::string& target) {
    const auto& all = rules();
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const Rule& r) { return r.target == target; });
    return it == all.end() ? nullptr : &*it;
}

bool is_third_party(const std::string& target) {
    return target.find("::") != std::string::npos || library_name(target) != target;
}

}  // namespace

LinkGraph parse_graphviz(const std::string& text) {
    std::map<std::string, std::string> names;
    std::vector<std::pair<std::string, std::string>> arrows;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        const auto parts = texts_in_quotes(line);
        if (parts.size() < 2 || !parts[0].starts_with("node")) continue;
        if (line.find("->") != std::string::npos) {
            arrows.emplace_back(parts[0], parts[1]);
        } else {
            names[parts[0]] = target_name(parts[1]);
        }
    }
    LinkGraph graph;
    for (const auto& [node, name] : names) {
        if (!is_made_by_build(name)) graph[name];
    }
    for (const auto& [from, to] : arrows) {
        if (is_made_by_build(names[from]) || is_made_by_build(names[to])) continue;
        graph[names[from]].insert(names[to]);
    }
    return graph;
}

std::vector<Finding> check_links(const LinkGraph& graph) {
    std::vector<Finding> findings;
    for (const auto& [target, links] : graph) {
        if (is_third_party(target) || (links.empty() && rule_of_target(target) == nullptr))
            continue;
        const auto program = programs().find(target);
        const Rule* rule = rule_of_target(target);
        if (rule == nullptr)
            rule = rule_of_target("plugins");  // a target with no rule of its own is a plugin
        for (const std::string& to : links) {
            const bool allowed =
                program != programs().end()
                    ? to == program->second ||
                          (target == "wafercast-bench" &&
                           rule_of_target("bench")->libraries.contains(library_name(to)))
                    : rule->links.contains(to) || rule->libraries.contains(library_name(to));
            if (!allowed) findings.push_back({target, "links " + to});
        }
    }
    return findings;
}

std::set<std::string> closure(const LinkGraph& graph, const std::string& target) {
    std::set<std::string> found;
    std::vector<std::string> open = {target};
    while (!open.empty()) {
        const std::string next = open.back();
        open.pop_back();
        if (!found.insert(next).second) continue;
        if (const auto it = graph.find(next); it != graph.end()) {
            open.insert(open.end(), it->second.begin(), it->second.end());
        }
    }
    return found;
}

}  // namespace wafercast::architecture
