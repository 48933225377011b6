#include "nre/nre.hpp"

#include <gtest/gtest.h>

#include "unit/models/silicon_design.hpp"

namespace wafercast {
namespace {

// docs/models/nre.md, "Example 1".
TEST(Nre, MatchesWorkedExample) {
    testing::SiliconDesign made;
    const std::uint32_t node = made.add_node(16000, 0.1, 146e6, 33.3, 0.83);
    const std::uint32_t die = made.add_plain_die(node, 100.0);
    ResolvedDie& spec = made.topology.dies[die];
    spec.mask_set_count = made.add(2.0);
    spec.design_nre = made.add(300e6);
    spec.ip_nre = made.add(20e6);
    spec.reuse = made.add(2.0);
    spec.package_nre = made.add(5e6);
    const ResolvedDesign design = made.build();
    EXPECT_DOUBLE_EQ(die_nre(design, design->dies[0]).masks, 18e6);
    EXPECT_DOUBLE_EQ(die_nre(design, design->dies[0]).design, 160e6);
    EXPECT_DOUBLE_EQ(package_nre(design), 5e6);
}

TEST(Nre, IsNothingWhereNothingIsNamed) {
    testing::SiliconDesign made;
    made.add_plain_die(made.add_node(16000, 0.1, 146e6, 33.3, 0.83), 100.0);
    const ResolvedDesign design = made.build();
    EXPECT_EQ(die_nre(design, design->dies[0]).masks, 0.0);
    EXPECT_EQ(package_nre(design), 0.0);
}

}  // namespace
}  // namespace wafercast
