#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/models/silicon_design.hpp"

namespace wafercast {
namespace {

double between(double low, double high) {
    return low + (high - low) * *rc::gen::inRange(0, 1 << 20) / (1 << 20);
}

class EveryPackageFlow : public ::testing::TestWithParam<const PackageFlow*> {};

TEST_P(EveryPackageFlow, SumsAndLosesOnlyWhatItHas) {
    const bool held = rc::check("total = parts, scrap >= 0, yield in (0, 1]", [&] {
        testing::SiliconDesign made = testing::gpu_design();
        ResolvedPackage& package = made.topology.package;
        package.flow = GetParam();
        const auto set = [&](Scalar scalar, double value) { made.scalars[scalar.index] = value; };
        set(package.die_bond_yield, between(0.3, 1.0));
        set(package.memory_attach_yield, between(0.5, 1.0));
        set(package.assembly_yield, between(0.3, 1.0));
        set(package.final_yield, between(0.3, 1.0));
        set(package.final_coverage, between(0.0, 1.0));
        set(package.memory[0].count, *rc::gen::inRange(0, 9));
        set(made.topology.dies[0].count, *rc::gen::inRange(1, 5));
        set(made.topology.dies[0].sort_coverage, between(0.5, 1.0));
        const ResolvedDesign design = made.build();
        const Context context;
        const Stages& stages = testing::SiliconDesign::models().stages;
        const Layout layout = stages.place(design, context);
        const SiliconCost silicon = stages.cost_dies(design, layout, context);
        const PackageCost cost = GetParam()->assemble(design, layout, silicon, context);
        const double parts =
            cost.dies + cost.memory + cost.interposer + cost.substrate + cost.assembly + cost.test;
        RC_ASSERT(cost.scrap >= 0.0);
        RC_ASSERT(cost.yield > 0.0 && cost.yield <= 1.0);
        RC_ASSERT(std::abs(cost.total - parts - cost.scrap) <= 1e-12 * cost.total);
        RC_ASSERT(cost.total <= parts / cost.yield * (1.0 + 1e-12));
        RC_ASSERT(std::isfinite(cost.total));
    });
    EXPECT_TRUE(held);
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryPackageFlow,
                         ::testing::ValuesIn(testing::SiliconDesign::models().package.all()),
                         [](const auto& tested) {
                             std::string name = tested.param->id;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace wafercast
