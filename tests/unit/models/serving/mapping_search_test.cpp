#include "serving/mapping_search.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "unit/models/serving_design.hpp"

namespace wafercast {
namespace {

using testing::ServingDesign;

MappingList mappings_of(const ServingDesign& design) {
    MappingList list;
    const ResolvedDesign resolved = design.resolved();
    list_mappings(resolved, design.rating(), list);
    return list;
}

bool lists(const MappingList& list, const Mapping& mapping) {
    const auto last = list.mappings.begin() + list.size;
    return std::find(list.mappings.begin(), last, mapping) != last;
}

TEST(ListMappings, HoldsWhatFitsAndFillsServers) {
    ServingDesign design;
    design.set_weights(NumberFormat::kBf16);  // 138 GB on 80 GB devices
    const MappingList list = mappings_of(design);
    EXPECT_FALSE(lists(list, {.tensor = 1}));
    EXPECT_TRUE(lists(list, {.tensor = 2}));
    EXPECT_TRUE(lists(list, {.tensor = 1, .pipeline = 2}));
    EXPECT_TRUE(lists(list, {.tensor = 8}));
    EXPECT_FALSE(lists(list, {.tensor = 1, .pipeline = 3}));  // three of eight strand two
}

TEST(ListMappings, SpreadsExpertsOverDivisors) {
    ServingDesign design;
    design.topology.workload.model = testing::deepseek_v3();
    design.set(design.topology.package.memory[0].count, 10.0);
    const MappingList list = mappings_of(design);
    EXPECT_TRUE(lists(list, {.tensor = 8, .pipeline = 1, .expert = 8}));
    EXPECT_TRUE(lists(list, {.tensor = 8, .pipeline = 1, .expert = 2}));
    EXPECT_FALSE(lists(list, {.tensor = 8, .pipeline = 1, .expert = 3}));
}

TEST(ListMappings, TinyMemoriesTakeHundredsOfDevices) {
    ServingDesign design;
    design.set(design.topology.package.memory[0].capacity, 0.23e9 / 5.0);
    const MappingList list = mappings_of(design);
    ASSERT_GT(list.size, 0);
    EXPECT_GE(list.mappings[0].devices(), 300);
    EXPECT_TRUE(design.serve().violations.empty() || list.size > 0);
}

TEST(ListMappings, AStatedNumberHoldsInTheSearch) {
    ServingDesign design;
    design.topology.serving.tensor_parallel = design.add(4.0);
    const MappingList list = mappings_of(design);
    ASSERT_GT(list.size, 0);
    for (int i = 0; i < list.size; ++i) {
        EXPECT_EQ(list.mappings[static_cast<std::size_t>(i)].tensor, 4);
    }
    design.topology.serving.tensor_parallel =
        design.add(3.0);  // no divisor of a server: tried as stated
    const MappingList odd = mappings_of(design);
    ASSERT_EQ(odd.size, 1);
    EXPECT_EQ(odd.mappings[0].tensor, 3);
}

TEST(Serve, ChoosesTheBestPerDevice) {
    ServingDesign design;
    const Serving best = design.serve();
    EXPECT_TRUE(best.violations.empty());
    const MappingList list = mappings_of(design);
    for (int i = 0; i < list.size; ++i) {
        design.context.mapping = list.mappings[static_cast<unsigned>(i)];
        const Serving other = design.serve();
        EXPECT_LE(other.tokens_per_second / other.accelerators,
                  best.tokens_per_second / best.accelerators * (1.0 + 1e-12));
    }
}

TEST(Serve, TightLimitsAskForMoreRanks) {
    ServingDesign design;
    design.topology.scenario.tpot_limit = design.add(0.01);
    const Serving serving = design.serve();
    EXPECT_TRUE(serving.violations.empty());
    EXPECT_GE(serving.mapping.tensor, 4);
}

TEST(Serve, NothingFitsIsMemoryCapacityOfTheLargest) {
    ServingDesign design;
    design.topology.system.scale_out.present = false;
    design.set(design.topology.package.memory[0].capacity, 1e9);
    const Serving serving = design.serve();
    ASSERT_FALSE(serving.violations.empty());
    EXPECT_EQ(serving.violations[0].constraint, ConstraintId::kMemoryCapacity);
    EXPECT_EQ(serving.mapping.devices(), 8);
}

TEST(Serve, StatedMappingIsKept) {
    ServingDesign design;
    design.topology.serving.search = false;
    design.topology.serving.tensor_parallel = design.add(2.0);
    design.topology.serving.pipeline_parallel = design.add(2.0);
    EXPECT_EQ(design.serve().mapping, (Mapping{.tensor = 2, .pipeline = 2}));
    design.topology.serving.expert_parallel = design.add(3.0);
    const Serving wrong = design.serve();
    ASSERT_FALSE(wrong.violations.empty());
    EXPECT_EQ(wrong.violations.back().constraint, ConstraintId::kNoMapping);
}

TEST(Serve, WeightsGoToRomAndKvToSram) {
    ServingDesign design;
    design.topology.system.present = false;
    design.topology.package.memory.clear();
    ResolvedBlock rom = ServingDesign::block("rom", BlockRole::kRom);
    rom.capacity = design.add(70e9);
    design.topology.blocks.push_back(rom);
    design.topology.blocks[1].bandwidth = design.add(50e12);
    design.set(design.topology.blocks[1].capacity, 1.2e9);
    const Serving serving = design.serve();
    EXPECT_TRUE(serving.violations.empty());
    EXPECT_EQ(serving.accelerators, 1.0);
    EXPECT_EQ(serving.kv_tier, 1);
    EXPECT_EQ(serving.energy.memory, 0.0);
}

TEST(ListOperators, TimesAddUpToThePasses) {
    ServingDesign design;
    design.context.mapping = Mapping{.tensor = 4};
    const Serving serving = design.serve();
    const auto operators = testing::built_in_models().stages.list_operators(
        design.resolved(), design.rating(), serving, design.context);
    double decode = 0.0;
    double flops = 0.0;
    for (const OperatorTiming& op : operators) {
        const bool is_decode = std::string_view{op.phase} == "decode";
        decode += is_decode ? op.seconds : 0.0;
        flops += is_decode ? op.flops : 0.0;
    }
    EXPECT_NEAR(decode, serving.decode_step_s, 1e-9 * decode);
    EXPECT_GT(flops, 2.0 * 68e9 * serving.batch / 4.0);
}

}  // namespace
}  // namespace wafercast
