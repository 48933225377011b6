// Worked by hand in docs/models/economics.md.
#include "economics/token_cost.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "../silicon_design.hpp"

namespace wafercast {
namespace {

constexpr double kYear = 31557600.0;
constexpr double kWattHour = 3600.0;

/// An instance of two 30,000 USD devices in servers of eight, half busy.
class TokenCost : public ::testing::Test {
protected:
    void SetUp() override {
        ResolvedTopology& t = design_.topology;
        t.workload.present = true;
        ResolvedSystem& s = t.system;
        s.present = true;
        s.accelerators_per_server = design_.add(8.0);
        s.chassis_price = design_.add(64000.0);
        s.network_price = design_.add(7000.0);
        s.server_power = design_.add(4000.0);
        s.network_power = design_.add(100.0);
        s.failure_rate = design_.add(0.09 / kYear);
        s.repair_share = design_.add(0.15);
        s.spares = design_.add(0.02);
        s.server_life = design_.add(5.0 * kYear);
        s.pue = design_.add(1.2);
        s.capital = design_.add(12.0);
        s.facility_life = design_.add(15.0 * kYear);
        s.cost_of_capital = design_.add(0.08 / kYear);
        s.operation = design_.add(20.0 / 1000.0 / (kYear / 12.0));
        s.maintenance = design_.add(0.02 / kYear);
        t.device.price = design_.add(30000.0);
        t.device.rental = design_.add(3.0 / 3600.0);
        t.scenario.perspective = Perspective::kOwner;
        t.scenario.utilisation = design_.add(0.5);
        t.scenario.volume = design_.add(2e6);
        t.scenario.electricity = design_.add(0.08 / 1000.0 / kWattHour);
        t.scenario.api_input = design_.add(0.3e-6);
        t.scenario.api_output = design_.add(0.9e-6);

        silicon_.nre = 900e6;
        package_.nre = 100e6;
        package_.total = 3500.0;
        device_.power = 700.0;
        serving_.accelerators = 2.0;
        serving_.tokens_per_second = 5000.0;
        serving_.input_tokens_per_second = 10000.0;
        serving_.prefill_time_share = 0.25;
        serving_.tpot_s = 0.025;
        serving_.energy = {.compute = 0.1,
                           .on_chip = 0.02,
                           .memory = 0.06,
                           .network = 0.02,
                           .leakage = 2.0 * 100.0 / 5000.0,
                           .host = 2.0 * 600.0 / 5000.0};
    }

    Economics run() {
        Context context;
        context.models = &testing::SiliconDesign::models();
        return token_economics(design_.build(), silicon_, package_, device_, serving_, context);
    }
    static const HourlyCost& hourly(const Economics& e, Perspective p) {
        return e.hourly[static_cast<std::size_t>(p)];
    }
    static double usd(const Economics& e, Perspective p) {
        return e.usd_per_mtok[static_cast<std::size_t>(p)];
    }

    testing::SiliconDesign design_;
    SiliconCost silicon_;
    PackageCost package_;
    DeviceRating device_;
    Serving serving_;
};

TEST(Annuity, RepaysPrincipalAndInterest) {
    EXPECT_NEAR(annuity(1000.0, 0.08, 5.0), 250.4564545668364, 1e-9);
    EXPECT_DOUBLE_EQ(annuity(1000.0, 0.0, 4.0), 250.0);
    EXPECT_NEAR(annuity(1000.0, 1e-12, 4.0), 250.0, 1e-6);
    double debt = 1000.0;
    for (int i = 0; i < 7; ++i) {
        debt = debt * 1.11 - annuity(1000.0, 0.11, 7.0);
    }
    EXPECT_NEAR(debt, 0.0, 1e-9);
}

TEST_F(TokenCost, OwnersHourMatchesWorkedExample) {
    const HourlyCost h = hourly(run(), Perspective::kOwner);
    EXPECT_NEAR(h.accelerators, 1.396304, 5e-7);  // 2 x 1.02 x 30000 / 5 yr
    EXPECT_NEAR(h.server, 0.365047, 5e-7);
    EXPECT_NEAR(h.network, 0.319416, 5e-7);
    EXPECT_NEAR(h.facility, 0.237280, 5e-7);  // 2.6 kW at 12 USD/W over 15 yr
    EXPECT_NEAR(h.financing, 0.703481, 5e-7);
    EXPECT_NEAR(h.energy, 0.1824, 1e-9);  // 1.9 kW x 1.2 x 0.08 USD/kWh
    EXPECT_NEAR(h.operation, 0.071184, 5e-7);
    EXPECT_NEAR(h.maintenance, 0.297741, 5e-7);
    EXPECT_EQ(h.model_refresh, 0.0);
    EXPECT_EQ(h.rental, 0.0);
    EXPECT_NEAR(h.total(), 3.572853, 2e-6);
}

TEST_F(TokenCost, EachPerspectiveHasItsOwnPrice) {
    const Economics e = run();
    EXPECT_DOUBLE_EQ(e.nre_per_accelerator, 500.0);
    EXPECT_DOUBLE_EQ(e.accelerator_cost, 4000.0);
    EXPECT_DOUBLE_EQ(e.accelerator_price, 30000.0);
    EXPECT_NEAR(usd(e, Perspective::kBuilder), 0.06884097, 1e-8);
    EXPECT_NEAR(usd(e, Perspective::kOwner), 0.13232789, 1e-8);
    EXPECT_NEAR(usd(e, Perspective::kRenter), 6.0 / 27.0, 1e-12);  // two devices, 27 Mtok/h
    EXPECT_NEAR(usd(e, Perspective::kApi), 0.5, 1e-12);            // (2 x 0.3 + 0.9) / 3
    EXPECT_NEAR(e.implied_margin, 0.73534423, 1e-8);
}

TEST_F(TokenCost, InputAndOutputSplitByTimeAndSumToTheCost) {
    for (const Perspective side :
         {Perspective::kBuilder, Perspective::kOwner, Perspective::kRenter, Perspective::kApi}) {
        design_.topology.scenario.perspective = side;
        const Economics e = run();
        const TokenEconomics& t = e.tokens;
        const double cost = t.usd_per_mtok * 15000.0;
        const double split = t.usd_per_mtok_input * 10000.0 + t.usd_per_mtok_output * 5000.0;
        EXPECT_NEAR(split / cost, 1.0, 1e-12);
        EXPECT_NEAR(t.usd_per_mtok_output_all_in * 5000.0 / cost, 1.0, 1e-12);
        EXPECT_EQ(t.usd_per_mtok, usd(e, side));
        EXPECT_NEAR(t.usd_per_mtok_input * 10000.0 / cost, 0.25, 1e-12);
    }
}

TEST_F(TokenCost, StaticPowerIsPaidWhetherOrNotThereIsDemand) {
    const TokenEconomics half = run().tokens;
    EXPECT_NEAR(half.it_joules_per_token, 0.2 + 0.28 / 0.5, 1e-12);
    EXPECT_NEAR(half.joules_per_token, 1.2 * 0.76, 1e-12);
    EXPECT_DOUBLE_EQ(half.tokens_per_second, 5000.0) << "full load, whatever is sold of it";
    design_.scalars[design_.topology.scenario.utilisation.index] = 1.0;
    const TokenEconomics full = run().tokens;
    EXPECT_NEAR(full.it_joules_per_token, 0.48, 1e-12);
    EXPECT_DOUBLE_EQ(full.tokens_per_second, half.tokens_per_second);
    EXPECT_LT(full.usd_per_mtok, half.usd_per_mtok);
    EXPECT_GT(full.usd_per_mtok, half.usd_per_mtok / 2.0) << "energy does not halve";
}

TEST_F(TokenCost, RenterPaysForIdleHoursButNotForPower) {
    const double at_half = usd(run(), Perspective::kRenter);
    design_.scalars[design_.topology.system.pue.index] = 2.0;
    EXPECT_DOUBLE_EQ(usd(run(), Perspective::kRenter), at_half);
    design_.scalars[design_.topology.scenario.utilisation.index] = 1.0;
    EXPECT_DOUBLE_EQ(usd(run(), Perspective::kRenter), at_half / 2.0);
}

TEST_F(TokenCost, EveryPartThatIsPaidForMovesTheOwnersCost) {
    const ResolvedSystem& s = design_.topology.system;
    const double before = usd(run(), Perspective::kOwner);
    for (const Scalar part :
         {s.chassis_price, s.network_price, s.server_power, s.network_power, s.failure_rate,
          s.repair_share, s.spares, s.pue, s.capital, s.cost_of_capital, s.operation, s.maintenance,
          design_.topology.device.price, design_.topology.scenario.electricity}) {
        if (part == s.server_power || part == s.network_power) {
            continue;  // draws through serving_.energy.host; the building's share is below
        }
        double& value = design_.scalars[part.index];
        value *= 1.1;
        EXPECT_GT(usd(run(), Perspective::kOwner), before) << part.index;
        value /= 1.1;
    }
    design_.scalars[s.server_power.index] *= 1.1;
    EXPECT_GT(hourly(run(), Perspective::kOwner).facility, 0.237281);
    for (const Scalar life : {s.server_life, s.facility_life}) {
        const double now = usd(run(), Perspective::kOwner);
        design_.scalars[life.index] *= 1.1;
        EXPECT_LT(usd(run(), Perspective::kOwner), now);
    }
}

TEST_F(TokenCost, VendorMarginStandsInForAnUnknownPrice) {
    design_.topology.device.price = {};
    EXPECT_TRUE(std::isnan(run().accelerator_price));
    EXPECT_TRUE(std::isnan(usd(run(), Perspective::kOwner)));
    design_.topology.device.vendor_gross_margin = design_.add(0.75);
    EXPECT_DOUBLE_EQ(run().accelerator_price, 16000.0);
}

TEST_F(TokenCost, UnknownPricesAreUnknownNotZero) {
    design_.topology.device.rental = {};
    design_.topology.scenario.api_output = {};
    const Economics e = run();
    EXPECT_TRUE(std::isnan(usd(e, Perspective::kRenter)));
    EXPECT_TRUE(std::isnan(usd(e, Perspective::kApi)));
    EXPECT_TRUE(std::isnan(e.implied_margin));
    EXPECT_TRUE(std::isfinite(usd(e, Perspective::kOwner)));
}

TEST_F(TokenCost, BurnedInWeightsAreWrittenOffAtEachRefresh) {
    ResolvedScenario& scenario = design_.topology.scenario;
    const double before = usd(run(), Perspective::kOwner);
    scenario.model_refresh = design_.add(2.0 * kYear);
    scenario.refresh_nre = design_.add(4e6);
    // 2 x (30000 (1/2 - 1/5) + 4e6 / 2e6 / 2) / 8766
    const Economics e = run();
    EXPECT_NEAR(hourly(e, Perspective::kOwner).model_refresh, 2.053616, 5e-7);
    EXPECT_NEAR(usd(e, Perspective::kOwner), before + 2.053616 / 27.0, 5e-8);
    // Slower than the hardware wears out: only the masks are paid again.
    design_.scalars[scenario.model_refresh.index] = 10.0 * kYear;
    EXPECT_NEAR(hourly(run(), Perspective::kOwner).model_refresh, 2.0 * 0.2 / 8766.0, 1e-9);
}

TEST_F(TokenCost, WithoutWorkloadOnlyTheAcceleratorHasACost) {
    design_.topology.workload.present = false;
    const Economics e = run();
    EXPECT_DOUBLE_EQ(e.accelerator_cost, 4000.0);
    EXPECT_TRUE(std::isnan(usd(e, Perspective::kBuilder)));
}

/// A wrist: 5 % of a 40 USD part, 2 % of three years, a 1.2 Wh battery.
TEST_F(TokenCost, EdgeDeviceBearsItsShareAndItsBattery) {
    ResolvedTopology& t = design_.topology;
    t.system = {};
    t.device.price = design_.add(40.0);
    t.edge = {.present = true,
              .device_share = design_.add(0.05),
              .life = design_.add(3.0 * kYear),
              .active_time = design_.add(0.02),
              .battery_capacity = design_.add(1.2 * kWattHour),
              .battery_price = design_.add(2.0),
              .battery_cycles = design_.add(800.0),
              .charge_efficiency = design_.add(0.8)};
    design_.scalars[t.scenario.utilisation.index] = 1.0;
    design_.scalars[t.scenario.electricity.index] = 0.16 / 1000.0 / kWattHour;
    serving_.accelerators = 1.0;
    serving_.tokens_per_second = 20.0;
    serving_.input_tokens_per_second = 10.0;
    serving_.energy = {.compute = 0.01, .memory = 0.004, .leakage = 0.001};  // 0.3 W
    Economics e = run();
    const HourlyCost h = hourly(e, Perspective::kOwner);
    EXPECT_NEAR(h.accelerators, 0.0038026, 5e-8);       // 2 USD over 526 active hours
    EXPECT_NEAR(h.energy, 0.3e-3 / 0.8 * 0.16, 1e-12);  // at the wall
    EXPECT_NEAR(h.maintenance, 0.000625, 1e-12);        // 0.25 cycles an hour, 800 for 2 USD
    EXPECT_EQ(h.facility + h.financing + h.server + h.network, 0.0);
    EXPECT_NEAR(e.tokens.joules_per_token, 0.015 / 0.8, 1e-12);
    EXPECT_NEAR(usd(e, Perspective::kOwner), h.total() / 0.108, 1e-12);
    // A new part each year instead of each third: two more parts' shares over the same hours.
    t.scenario.model_refresh = design_.add(1.0 * kYear);
    e = run();
    EXPECT_NEAR(hourly(e, Perspective::kOwner).model_refresh, 2.0 * h.accelerators, 1e-12);
}

}  // namespace
}  // namespace wafercast
