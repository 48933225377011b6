// Holds the source tree and the link graph to the rules in rules.cpp, and shows on small made-up
// trees that each check fails when it should.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "architecture/link_graph.hpp"
#include "architecture/rules.hpp"
#include "architecture/source_tree.hpp"

namespace wafercast::architecture {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

fs::path source_folder() {
    const fs::path root = environment("WAFERCAST_SOURCE_DIR");
    EXPECT_TRUE(fs::exists(root / "CMakeLists.txt"))
        << "run through ctest, which sets WAFERCAST_SOURCE_DIR";
    return root;
}

LinkGraph real_graph() {
    std::ifstream in{environment("WAFERCAST_LINK_GRAPH")};
    std::ostringstream text;
    text << in.rdbuf();
    return parse_graphviz(text.str());
}

/// A source folder that holds only what a test writes.
class MadeUpTree : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern =
            (fs::temp_directory_path() / "wafercast-architecture-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
    }
    void TearDown() override { fs::remove_all(root_); }

    void write(const std::string& file, const std::string& text) const {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream{root_ / file} << text;
    }

    fs::path root_;
};

TEST(Architecture, EveryIncludeFollowsAnArrow) {
    const auto findings = check_includes(source_folder());
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(Architecture, EverySourceIsListedOnce) {
    const auto findings = check_listing(source_folder());
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(Architecture, NoFileNamesAMachine) {
    const auto findings = check_machine_paths(source_folder());
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(Architecture, EveryLinkIsAnArrow) {
    const LinkGraph graph = real_graph();
    for (const Rule& rule : rules()) {
        if (rule.target == "plugins" || rule.target == "bench" || rule.target.starts_with("gui"))
            continue;
        EXPECT_TRUE(graph.contains(rule.target)) << rule.target << " is not in the graph";
    }
    const auto findings = check_links(graph);
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(Architecture, CommandLineReachesNoQt) {
    const LinkGraph graph = real_graph();
    ASSERT_TRUE(graph.contains("cli"));
    for (const std::string& target : closure(graph, "cli"))
        EXPECT_FALSE(target.starts_with("Qt")) << target;
    const std::string program = environment("WAFERCAST_PROGRAM");
    if (!fs::exists(program)) return;  // there is no program to look at before app/cli has a main
    FILE* pipe = popen(("ldd '" + program + "'").c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string libraries;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
        libraries += static_cast<char>(c);
    ASSERT_EQ(pclose(pipe), 0);
    EXPECT_NE(libraries.find("libc.so"), std::string::npos) << libraries;
    EXPECT_EQ(libraries.find("libQt"), std::string::npos) << libraries;
}

TEST(Architecture, RulesHaveNoCycle) {
    for (const Rule& rule : rules()) {
        for (const std::string& next : rule.links) {
            EXPECT_FALSE(reachable(next).contains(rule.target)) << rule.target << " <-> " << next;
        }
    }
}

TEST_F(MadeUpTree, UpwardIncludeIsFound) {
    write("models/yield/poisson.hpp", "#pragma once\n");
    write("engine/core/die.hpp",
          "#pragma once\n#include \"units/quantity.hpp\"\n#include \"yield/poisson.hpp\"\n");
    write("engine/units/quantity.hpp", "#pragma once\n#include <vector>\n");
    const auto findings = check_includes(root_);
    ASSERT_EQ(findings.size(), 1U) << describe(findings);
    EXPECT_EQ(findings[0].where, "engine/core/die.hpp:3");
    EXPECT_EQ(findings[0].what, "core includes \"yield/poisson.hpp\" of models");
}

TEST_F(MadeUpTree, DownwardIncludeIsAllowed) {
    write("engine/core/die.hpp", "#pragma once\n");
    write("app/gui/views/map.cpp", "#include <QWidget>\n#include \"core/die.hpp\"\n");
    const auto findings = check_includes(root_);
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST_F(MadeUpTree, ThirdPartyHeaderIsFound) {
    write("data/reader/read.hpp", "#  include <toml++/toml.h>\n");
    write("data/reader/read.cpp", "#include <toml++/toml.h>\n");
    write("models/wafer/map.cpp", "#include <QString>\n");
    write("app/gui/models/tree.hpp", "#include <QWidget>\n");
    write("engine/math/fast.cpp", "#include <mkl.h>\n");
    const auto findings = check_includes(root_);
    ASSERT_EQ(findings.size(), 4U) << describe(findings);
    EXPECT_EQ(findings[0].where, "app/gui/models/tree.hpp:1");
    EXPECT_EQ(findings[1].where, "data/reader/read.hpp:1");
    EXPECT_EQ(findings[2].where, "engine/math/fast.cpp:1");
    EXPECT_EQ(findings[3].where, "models/wafer/map.cpp:1");
}

TEST_F(MadeUpTree, QuotedHeaderThatIsNotOursIsFound) {
    write("engine/core/die.cpp", "#include \"no/such.hpp\"\n");
    EXPECT_EQ(check_includes(root_).size(), 1U);
}

TEST_F(MadeUpTree, UnlistedAndMissingSourcesAreFound) {
    write("engine/CMakeLists.txt", "set(sources listed.cpp # comment.cpp\n  gone.cpp)\n");
    write("engine/listed.cpp", "");
    write("engine/forgotten.cpp", "");
    const auto findings = check_listing(root_);
    ASSERT_EQ(findings.size(), 2U) << describe(findings);
    EXPECT_EQ(findings[0].what, "names engine/gone.cpp, which is not there");
    EXPECT_EQ(findings[1].where, "engine/forgotten.cpp");
}

TEST_F(MadeUpTree, MachinePathIsFoundAndAddressIsNot) {
    const std::string folder = std::string{"/"} + "home/somebody/x";
    write("docs/a.md", "see https://example.org/home/page and ../work/x\n");
    write("docs/b.md", "\nsee " + folder + "\n");
    write("build/c.md", folder + "\n");
    const auto findings = check_machine_paths(root_);
    ASSERT_EQ(findings.size(), 1U) << describe(findings);
    EXPECT_EQ(findings[0].where, "docs/b.md:2");
}

/// A graph in the form CMake writes.
std::string graphviz(const std::vector<std::pair<std::string, std::string>>& arrows) {
    std::map<std::string, std::string> nodes;
    for (const auto& [from, to] : arrows) {
        nodes.try_emplace(from, "node" + std::to_string(nodes.size()));
        nodes.try_emplace(to, "node" + std::to_string(nodes.size()));
    }
    std::string text = "digraph \"Wafercast\" {\n";
    for (const auto& [name, node] : nodes) {
        text += "    \"" + node + "\" [ label = \"" + name + "\\n(Wafercast::" + name +
                ")\", shape = octagon ];\n";
    }
    for (const auto& [from, to] : arrows) {
        text += "    \"" + nodes[from] + "\" -> \"" + nodes[to] + "\" [ style = dotted ] // " +
                from + "\n";
    }
    return text + "}\n";
}

TEST(LinkGraph, BadArrowIsFound) {
    const LinkGraph graph = parse_graphviz(graphviz({{"core", "units"}, {"core", "models"}}));
    const auto findings = check_links(graph);
    ASSERT_EQ(findings.size(), 1U) << describe(findings);
    EXPECT_EQ(findings[0].where, "core");
    EXPECT_EQ(findings[0].what, "links models");
}

TEST(LinkGraph, ThirdPartyWhereItMayNotBeIsFound) {
    const LinkGraph graph =
        parse_graphviz(graphviz({{"session", "Qt6::Core"}, {"models", "Eigen3::Eigen"}}));
    const auto findings = check_links(graph);
    ASSERT_EQ(findings.size(), 1U) << describe(findings);
    EXPECT_EQ(findings[0].what, "links Qt6::Core");
}

TEST(LinkGraph, PluginMayLinkOnlyTheKit) {
    const LinkGraph graph =
        parse_graphviz(graphviz({{"two_layer_yield", "plugin_sdk"}, {"sly", "models"}}));
    const auto findings = check_links(graph);
    ASSERT_EQ(findings.size(), 1U) << describe(findings);
    EXPECT_EQ(findings[0].where, "sly");
}

TEST(LinkGraph, ClosureFollowsArrows) {
    const LinkGraph graph =
        parse_graphviz(graphviz({{"cli", "session"}, {"session", "gui"}, {"gui", "Qt6::Core"}}));
    EXPECT_TRUE(closure(graph, "cli").contains("Qt6::Core"));
}

}  // namespace
}  // namespace wafercast::architecture
