#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "register_models.hpp"
#include "registry/model_set.hpp"
#include "yield/harvest.hpp"

namespace wafercast {
namespace {

const ModelSet& models() {
    static const ModelSet set = [] {
        ModelSet all;
        register_models(all);
        return all;
    }();
    return set;
}

FaultProfile profile_of(double faults, double clustering, double layers) {
    FaultProfile profile;
    profile.fatal_faults = faults;
    profile.clustering = clustering;
    profile.layers = layers;
    profile.systematic_yield = 0.97;
    return profile;
}

double between(double low, double high) {
    return low + (high - low) * *rc::gen::inRange(0, 1 << 20) / (1 << 20);
}

class EveryYieldModel : public ::testing::TestWithParam<const YieldModel*> {};

TEST_P(EveryYieldModel, FallsFromItsSystematicYieldAsFaultsGrow) {
    const YieldModel& model = *GetParam();
    EXPECT_NEAR(model.evaluate(profile_of(0.0, 2.0, 10.0)), 0.97, 1e-15);
    EXPECT_LT(model.evaluate(profile_of(1e9, 2.0, 10.0)), 1e-6);
    const bool held = rc::check("monotone in faults, within [0, systematic]", [&] {
        const double faults = between(0.0, 30.0);
        const double more = faults + between(1e-6, 5.0);
        const double clustering = between(0.05, 50.0);
        const double layers = between(1.0, 40.0);
        const double yield = model.evaluate(profile_of(faults, clustering, layers));
        RC_ASSERT(yield >= 0.0 && yield <= 0.97);
        RC_ASSERT(model.evaluate(profile_of(more, clustering, layers)) < yield);
    });
    EXPECT_TRUE(held);
}

TEST_P(EveryYieldModel, SparesNeverHurtAndNeverBeatTheirFatalFaults) {
    const YieldModel& model = *GetParam();
    const bool held = rc::check("raw <= k of n <= (k - 1) of n <= fatal alone", [&] {
        FaultProfile profile =
            profile_of(between(0.0, 2.0), between(0.2, 40.0), between(1.0, 30.0));
        const double fatal_alone = model.evaluate(profile);
        const int units = *rc::gen::inRange(2, 300);
        const int needed = *rc::gen::inRange(1, units + 1);
        profile.group_count = 1;
        profile.groups[0] = {.faults_per_unit = between(0.0, 4.0) / units,
                             .physical = static_cast<double>(units),
                             .required = static_cast<double>(needed)};
        const double kept = sellable_yield(model, profile);
        profile.groups[0].required -= 1.0;
        const double easier = sellable_yield(model, profile);
        RC_ASSERT(kept <= easier + 2e-9);
        RC_ASSERT(easier <= fatal_alone + 2e-9);
        RC_ASSERT(kept >= 0.0);
        if (model.sellable != nullptr) {
            RC_ASSERT(kept >= model.evaluate(profile) - 2e-9);
        }
    });
    EXPECT_TRUE(held);
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryYieldModel, ::testing::ValuesIn(models().yield.all()),
                         [](const auto& tested) {
                             std::string name = tested.param->id;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace wafercast
