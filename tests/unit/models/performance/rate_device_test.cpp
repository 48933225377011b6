#include "performance/rate_device.hpp"

#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

// docs/models/performance.md, "Example 1".
TEST(RateDevice, RatesFollowContent) {
    const ServingDesign design;
    const DeviceRating device = design.rating();
    EXPECT_DOUBLE_EQ(device.compute_units, 100.0);
    EXPECT_DOUBLE_EQ(device.peak[index(NumberFormat::kFp8)], 2e15);
    EXPECT_EQ(device.peak[index(NumberFormat::kFp4)], 0.0);
    EXPECT_DOUBLE_EQ(device.memory_bytes, 80e9);
    EXPECT_DOUBLE_EQ(device.memory_bytes_per_s, 3e12);
    EXPECT_DOUBLE_EQ(device.on_chip_bytes, 75e6);  // 100 x 0.25 MB + 50 MB sold
    EXPECT_EQ(device.tier_count, 1);
    EXPECT_DOUBLE_EQ(device.static_power, 800.0 * 0.05 + 5.0 * 2.0);
    // fp8: 2e15 x 0.3 pJ = 600 W; memory: 3e12 x 40 pJ/byte = 120 W
    EXPECT_DOUBLE_EQ(device.full_power, 50.0 + 600.0 + 120.0);
    EXPECT_DOUBLE_EQ(device.power, 2000.0);
    EXPECT_TRUE(device.violations.empty());
}

TEST(RateDevice, HalfTheUnitsHalfTheRateAndLessPower) {
    ServingDesign design;
    const DeviceRating whole = design.rating();
    design.set(design.topology.blocks[0].count, 60.0);
    const DeviceRating half = design.rating();
    EXPECT_DOUBLE_EQ(half.peak[index(NumberFormat::kBf16)],
                     0.5 * whole.peak[index(NumberFormat::kBf16)]);
    EXPECT_LT(half.full_power, whole.full_power);
    EXPECT_LT(half.power, whole.power);
}

TEST(RateDevice, EnergyFollowsNodeAndVoltage) {
    ServingDesign design;
    const double before = design.rating().energy_per_op[index(NumberFormat::kBf16)];
    EXPECT_DOUBLE_EQ(before, 0.5e-12);
    design.topology.device.vdd = design.add(0.4);
    EXPECT_NEAR(design.rating().energy_per_op[index(NumberFormat::kBf16)], before / 4.0, 1e-18);
    ResolvedNode node = design.topology.nodes[0];
    node.energy_scale = design.add(0.5);
    design.topology.nodes.push_back(node);
    design.topology.dies[0].node = 1;
    EXPECT_NEAR(design.rating().energy_per_op[index(NumberFormat::kBf16)], before / 8.0, 1e-18);
}

TEST(RateDevice, ClockMovesRatesAndBreaksItsLimit) {
    ServingDesign design;
    design.set(design.topology.device.clock, 1.1e9);
    EXPECT_TRUE(design.rating().violations.empty());
    EXPECT_DOUBLE_EQ(design.rating().peak[index(NumberFormat::kFp8)], 2.2e15);
    design.set(design.topology.device.clock, 1.2e9);
    const DeviceRating device = design.rating();
    ASSERT_EQ(device.violations.size(), 1u);
    EXPECT_EQ(device.violations[0].constraint, ConstraintId::kClock);
    EXPECT_DOUBLE_EQ(device.violations[0].limit, 1.1e9);
}

// docs/models/performance.md, "What cannot be had for nothing".
TEST(RateDevice, TheClockFollowsTheSupply) {
    ServingDesign design;
    ResolvedNode& node = design.topology.nodes[0];
    node.threshold_voltage = design.add(0.35);
    design.set(node.vdd, 0.75);
    EXPECT_TRUE(design.rating().violations.empty());
    design.topology.device.vdd = design.add(0.65);
    const auto limit = [&] {
        const DeviceRating device = design.rating();
        EXPECT_EQ(device.violations.size(), 1u);
        return device.violations.empty() ? FlatViolation{} : device.violations[0];
    };
    EXPECT_EQ(limit().constraint, ConstraintId::kClock);
    EXPECT_NEAR(limit().limit, 0.794e9, 0.5e6);
    design.set(design.topology.device.clock, 0.79e9);
    EXPECT_TRUE(design.rating().violations.empty()) << "a lower supply is paid in clock";
    design.set(design.topology.device.vdd, 0.85);
    design.set(design.topology.device.clock, 1.25e9);
    EXPECT_TRUE(design.rating().violations.empty()) << "a higher one buys some";
    design.set(design.topology.device.clock, 1.35e9);
    EXPECT_EQ(limit().constraint, ConstraintId::kClock);
    design.set(design.topology.device.vdd, 0.35);
    EXPECT_EQ(limit().constraint, ConstraintId::kSupply);
    EXPECT_DOUBLE_EQ(limit().value, 0.35);
    EXPECT_DOUBLE_EQ(limit().limit, 0.35);
}

TEST(RateDevice, TheCalibrationClockBelongsToItsOwnSupply) {
    ServingDesign design;
    ResolvedNode& node = design.topology.nodes[0];
    node.threshold_voltage = design.add(0.35);
    design.topology.device.vdd = design.add(0.6);
    design.topology.device.calibration_vdd = 0.6;
    EXPECT_TRUE(design.rating().violations.empty());
    const DeviceRating low = design.rating();
    EXPECT_DOUBLE_EQ(low.power, low.power_limit) << "its limit was met there too";
    // To a node that is faster by a fifth, at the same nominal supply.
    ResolvedNode faster = node;
    faster.speed_scale = design.add(1.2);
    design.topology.nodes.push_back(faster);
    design.topology.dies[0].node = 1;
    design.set(design.topology.device.clock, 1.2e9 * 1.09);
    EXPECT_TRUE(design.rating().violations.empty());
    design.set(design.topology.device.clock, 1.2e9 * 1.11);
    EXPECT_EQ(design.rating().violations.size(), 1u);
}

// docs/models/performance.md, "Memory behind other dies".
TEST(RateDevice, LinksBetweenDiesLimitTheMemory) {
    ServingDesign design;
    design.set(design.topology.dies[0].count, 4.0);
    ResolvedBlock phy = ServingDesign::block("phy", BlockRole::kMemoryPhy);
    phy.count = design.add(2.0);
    phy.calibration_count = 2.0;
    design.topology.blocks.push_back(phy);
    EXPECT_DOUBLE_EQ(design.rating().memory_bytes_per_s, 3e12) << "no nets, no limit";
    const Scalar bandwidth = design.add(1e12);
    design.topology.nets.push_back({0, 0, bandwidth});
    design.topology.package.d2d.present = true;
    design.topology.package.d2d.energy = design.add(8e-12);
    const DeviceRating wide = design.rating();
    EXPECT_DOUBLE_EQ(wide.memory_bytes_per_s, 3e12) << "5.33 TB/s pass";
    EXPECT_DOUBLE_EQ(wide.tiers[0].transit_energy_per_byte, 0.75 * 8e-12);
    design.set(bandwidth, 0.3e12);
    const DeviceRating narrow = design.rating();
    EXPECT_NEAR(narrow.memory_bytes_per_s, 1.6e12, 1.0);
    EXPECT_NEAR(narrow.tiers[0].bandwidth, 1.6e12, 1.0);
    EXPECT_DOUBLE_EQ(narrow.tiers[0].capacity, wide.tiers[0].capacity);
    design.set(design.topology.dies[0].count, 1.0);
    EXPECT_DOUBLE_EQ(design.rating().memory_bytes_per_s, 3e12) << "one die has no others";
}

TEST(RateDevice, RatedPowerGrowsWithTheRates) {
    ServingDesign design;
    ResolvedBlock& units = design.topology.blocks[0];
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        units.calibration_rate[f] =
            units.rate[f].is_set() ? design.scalars[units.rate[f].index] : 0.0;
    }
    design.set(design.topology.device.power_limit, 1e4);
    const DeviceRating before = design.rating();
    design.set(units.rate[index(NumberFormat::kFp8)], 40e12);
    EXPECT_GT(design.rating().power, 1.5 * before.power);
}

TEST(RateDevice, OnDieMemoryWithBandwidthIsALevel) {
    ServingDesign design;
    design.topology.blocks[1].bandwidth = design.add(10e12);
    const DeviceRating device = design.rating();
    ASSERT_EQ(device.tier_count, 2);
    EXPECT_EQ(device.tiers[0].kind, MemoryTier::Kind::kSram);
    EXPECT_DOUBLE_EQ(device.tiers[0].capacity, 50e6);
    EXPECT_DOUBLE_EQ(device.memory_bytes, 80e9);  // stacks stay the headline
    // 0.1 pJ/bit + 0.1 pJ/bit/mm over half a side of sqrt(800) mm
    EXPECT_NEAR(device.tiers[0].energy_per_byte, 8e-13 * (1.0 + std::sqrt(800.0) / 2.0), 1e-18);
}

TEST(RateDevice, RomComesFirstAndCannotBeWritten) {
    ServingDesign design;
    ResolvedBlock rom = ServingDesign::block("rom", BlockRole::kRom);
    rom.capacity = design.add(4e9);
    design.topology.blocks.push_back(rom);
    const DeviceRating device = design.rating();
    ASSERT_EQ(device.tier_count, 2);
    EXPECT_EQ(device.tiers[0].kind, MemoryTier::Kind::kRom);
    EXPECT_FALSE(device.tiers[0].writable);
}

TEST(RateDevice, LinksFollowTheirPhys) {
    ServingDesign design;
    ResolvedBlock phy = ServingDesign::block("phy", BlockRole::kLinkPhy);
    phy.count = design.add(18.0);
    phy.calibration_count = 18.0;
    design.topology.blocks.push_back(phy);
    EXPECT_DOUBLE_EQ(design.rating().link_bytes_per_s, 18.0 * 400e9);
    design.set(phy.count, 9.0);
    EXPECT_DOUBLE_EQ(design.rating().link_bytes_per_s, 9.0 * 400e9);
}

}  // namespace
}  // namespace wafercast
