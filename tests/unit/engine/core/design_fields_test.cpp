#include "core/design_fields.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

Design example() {
    Design design;
    design.title = "Example";
    Block sm;
    sm.id = "sm";
    sm.count = Setting::number(144.0);
    sm.sold = Setting::number(132.0);
    Block l2;
    l2.id = "l2";
    l2.capacity = Setting::number(60e6);
    l2.sold_capacity = Setting::number(50e6);
    design.blocks = {sm, l2};
    design.nets = {{.from = "sm", .to = "l2", .bandwidth = {}}};
    DieSpec die;
    die.id = "gpu";
    die.process = "n4";
    die.blocks = {"sm", "l2"};
    die.width = 25.4 * mm;
    die.height = 32.0 * mm;
    design.dies = {die};
    design.package.dies.emplace_back();
    design.package.dies[0].die = "gpu";
    design.package.dies[0].count = Setting::number(1.0);
    design.package.memory = {
        {.id = "hbm", .stack = "hbm3", .count = Setting::number(5.0), .pin_rate = {}}};
    design.calibration = calibrate(design);
    return design;
}

std::string text_of(const Design& design, std::string_view path) {
    for (const auto& field : fields(design)) {
        if (field.path == path) {
            return field_text(field);
        }
    }
    return "no such field";
}

std::string code_of(const Result<Done>& result) { return result ? "" : result.error()[0].code; }

TEST(Fields, AreUniqueDescribedAndTheSameForConstDesigns) {
    Design design = example();
    design.system.emplace();
    design.edge.emplace();
    design.workload.emplace();
    design.functional.emplace();
    std::set<std::string> seen;
    const auto readable = fields(std::as_const(design));
    const auto writable = fields(design);
    ASSERT_EQ(readable.size(), writable.size());
    for (std::size_t i = 0; i < readable.size(); ++i) {
        const auto& field = writable[i];
        EXPECT_TRUE(seen.insert(field.path).second) << field.path;
        EXPECT_EQ(field.path, readable[i].path);
        EXPECT_EQ(field.number, readable[i].number);
        EXPECT_EQ(field.text, readable[i].text);
        EXPECT_EQ(field.list, readable[i].list);
        EXPECT_EQ((field.number != nullptr) + (field.text != nullptr) + (field.list != nullptr), 1);
        EXPECT_FALSE(field.info->help.empty()) << field.path;
        EXPECT_FALSE(field.info->label.empty()) << field.path;
        if (field.number != nullptr && !field.info->unit.empty()) {
            const auto unit = parse_unit(field.info->unit);
            ASSERT_TRUE(unit) << field.path;
            EXPECT_EQ(unit->dimension, field.info->dimension) << field.path;
        }
        if (field.number != nullptr) {
            EXPECT_LT(field.info->minimum, field.info->maximum) << field.path;
        }
    }
    for (const char* path :
         {"title", "blocks.sm.count", "blocks.sm.per_unit.bf16_dense", "nets.sm.l2.bandwidth",
          "dies.gpu.width", "package.dies.gpu.count", "package.memory.hbm.pin_rate", "device.clock",
          "system.server", "edge.battery", "workload.precision.kv", "serving.mapping",
          "functional.tokens", "scenario.limits.ttft"}) {
        EXPECT_TRUE(seen.contains(path)) << path;
    }
}

TEST(Fields, OptionalSectionsAppearWhenPresent) {
    Design design = example();
    const auto has = [&](std::string_view start) {
        return std::ranges::any_of(fields(design),
                                   [&](const FieldRef& f) { return f.path.starts_with(start); });
    };
    EXPECT_FALSE(has("workload."));
    design.workload.emplace();
    EXPECT_TRUE(has("workload."));
}

TEST(FindField, IgnoresCaseAndNamesTheNearestPath) {
    Design design = example();
    EXPECT_EQ(find_field(design, "Blocks.SM.Count")->number, &design.blocks[0].count);
    const auto missing = find_field(design, "blocks.sm.coutn");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error()[0].code, "design.unknown_field");
    EXPECT_NE(missing.error()[0].message.find("'blocks.sm.count'"), std::string::npos);
}

struct Wrong {
    const char* path;
    const char* text;
    const char* code;
    const char* says;
};

class RefusesText : public testing::TestWithParam<Wrong> {};

TEST_P(RefusesText, AndLeavesTheDesignAsItWas) {
    Design design = example();
    const Design before = design;
    const auto& [path, text, code, says] = GetParam();
    const auto result = set_field(design, path, text);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error()[0].code, code);
    EXPECT_NE(result.error()[0].message.find(says), std::string::npos) << result.error()[0].message;
    EXPECT_EQ(design, before);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RefusesText,
    testing::Values(
        Wrong{"blocks.sm.count", "3.5", "design.out_of_range", "whole"},
        Wrong{"blocks.sm.count", "-1", "design.out_of_range", "at least 0"},
        Wrong{"blocks.sm.count", "3 mm2", "design.wrong_dimension", "plain number"},
        Wrong{"blocks.sm.area", "814", "design.needs_unit", "814 mm2"},
        Wrong{"blocks.sm.area", "-3 mm2", "design.out_of_range", "above 0"},
        Wrong{"blocks.sm.area", "0 mm2", "design.out_of_range", "above 0"},
        Wrong{"blocks.sm.area", "reist", "design.bad_number", "\"rest\""},
        Wrong{"blocks.sm.area", "catalog:", "design.bad_id", "catalog:ID"},
        Wrong{"blocks.sm.sold", "145", "design.sold_exceeds_count", "145 sold of only 144"},
        Wrong{"blocks.l2.sold_capacity", "61 MB", "design.sold_exceeds_count", "61 MB"},
        Wrong{"blocks.sm.power", "catalog:x", "design.no_catalog", "power"},
        Wrong{"package.dies.gpu.count", "0", "design.out_of_range", "at least 1"},
        Wrong{"dies.gpu.width", "rest", "design.bad_number", "length"},
        Wrong{"dies.gpu.process", "n 4", "design.bad_id", "no id"},
        Wrong{"dies.gpu.blocks", "sm,,l2", "design.bad_id", "list"},
        Wrong{"device.rental", "2 USD", "design.wrong_dimension", "USD/h"},
        Wrong{"package.dies.gpu.count", "1000000", "design.out_of_range", "at most 10000"},
        Wrong{"dies.gpu.width", "1e-300 mm", "design.out_of_range", "0.001 mm"},
        Wrong{"dies.gpu.clustering", "0.01", "design.out_of_range", "at least 0.05"},
        Wrong{"device.clock", "0.1 Hz", "design.out_of_range", "GHz"},
        Wrong{"scenario.utilisation", "0", "design.out_of_range", "at least 1e-6"},
        Wrong{"scenario.utilisation", "101 %", "design.out_of_range", "at most 1"},
        Wrong{"scenario.year", "1066", "design.out_of_range", "1990"},
        Wrong{"scenario.perspective", "me", "design.unknown_choice", "owner"},
        Wrong{"workload.precision.kv", "fp7", "design.unknown_choice", "fp8"},
        Wrong{"system.bogus", "1", "design.unknown_field", "no field"}));

TEST(SetField, KeepsSoldOverCountAndRoundsDown) {
    Design design = example();
    ASSERT_TRUE(set_field(design, "blocks.sm.count", "72"));
    EXPECT_EQ(design.blocks[0].sold.value, 66.0);
    ASSERT_TRUE(set_field(design, "blocks.sm.count", "100"));
    EXPECT_EQ(design.blocks[0].sold.value, 91.0);  // 91.67 rounded down
    ASSERT_TRUE(set_field(design, "blocks.sm.count", 144.0));
    EXPECT_EQ(design.blocks[0].sold.value, 132.0);  // and back without drift
    ASSERT_TRUE(set_field(design, "blocks.l2.capacity", "30 MB"));
    EXPECT_EQ(design.blocks[1].sold_capacity.value, 25e6);
}

TEST(SetField, ANewSoldFigureIsKeptFromThenOn) {
    Design design = example();
    ASSERT_TRUE(set_field(design, "blocks.sm.sold", "72"));
    ASSERT_TRUE(set_field(design, "blocks.sm.count", "72"));
    EXPECT_EQ(design.blocks[0].sold.value, 36.0);
}

TEST(SetField, OneSideOfADieLetsTheOtherFollow) {
    Design design = example();
    ASSERT_TRUE(set_field(design, "dies.gpu.width", "25.4 mm"));
    EXPECT_TRUE(design.dies[0].height.is_set());  // nothing changed
    ASSERT_TRUE(set_field(design, "dies.gpu.width", "30 mm"));
    EXPECT_FALSE(design.dies[0].height.is_set());
    EXPECT_EQ(design.calibration, example().calibration);
    ASSERT_TRUE(set_field(design, "dies.gpu.height", "30 mm"));
    EXPECT_FALSE(design.dies[0].width.is_set());
}

TEST(SetField, OpensTheSectionItLeadsInto) {
    Design design = example();
    ASSERT_TRUE(set_field(design, "system.server", "catalog:HGX-H100"));
    EXPECT_EQ(design.system->server, "hgx-h100");
    EXPECT_EQ(text_of(design, "system.server"), "catalog:hgx-h100");
}

TEST(SetField, EmptyTextUnsets) {
    Design design = example();
    ASSERT_TRUE(set_field(design, "blocks.sm.sold", ""));
    EXPECT_FALSE(design.blocks[0].sold.is_set());
    ASSERT_TRUE(set_field(design, "dies.gpu.blocks", " "));
    EXPECT_TRUE(design.dies[0].blocks.empty());
}

TEST(SetField, ANumberGoesThroughTheSameChecks) {
    Design design = example();
    EXPECT_EQ(code_of(set_field(design, "blocks.sm.count", 1.5)), "design.out_of_range");
    EXPECT_EQ(code_of(set_field(design, "title", 1.5)), "design.bad_number");
    EXPECT_EQ(code_of(set_field(design, "scenario.year", std::numeric_limits<double>::quiet_NaN())),
              "design.out_of_range");
    ASSERT_TRUE(set_field(design, "dies.gpu.defect_density", 1000.0));
    EXPECT_EQ(text_of(design, "dies.gpu.defect_density"), "0.1 /cm2");
}

TEST(SetFields, BothSidesAreANewCalibrationAtTheNewContent) {
    Design design = example();
    ASSERT_TRUE(set_fields(
        design,
        {{"dies.gpu.width", "20 mm"}, {"dies.gpu.height", "21 mm"}, {"blocks.sm.count", "72"}}));
    EXPECT_EQ(design.calibration.dies[0].width, 0.02);
    EXPECT_EQ(design.calibration.dies[0].height, 0.021);
    EXPECT_EQ(design.calibration.blocks[0].count, 72.0);
    EXPECT_EQ(design.calibration.blocks[0].sold, 66.0);
    EXPECT_TRUE(design.dies[0].width.is_set() && design.dies[0].height.is_set());
}

TEST(SetFields, ReportsEveryProblemAndChangesNothing) {
    Design design = example();
    const auto result = set_fields(design, {{"blocks.sm.count", "7"},
                                            {"dies.gpu.width", "7"},
                                            {"nobody", "7"},
                                            {"scenario.year", "1"}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().size(), 3U);
    EXPECT_EQ(design, example());
}

TEST(SetFields, CountAndSoldTogetherAreTakenAsWritten) {
    Design design = example();
    ASSERT_TRUE(set_fields(design, {{"blocks.sm.sold", "100"}, {"blocks.sm.count", "100"}}));
    EXPECT_EQ(design.blocks[0].sold.value, 100.0);
    EXPECT_EQ(code_of(set_fields(design, {{"blocks.sm.count", "90"}, {"blocks.sm.sold", "91"}})),
              "design.sold_exceeds_count");
}

TEST(FieldText, KeepsAPersonsWordsWhileTheyMeanTheValue) {
    Design design = example();
    ASSERT_TRUE(set_field(design, "dies.gpu.width", "2.54 cm"));
    EXPECT_EQ(text_of(design, "dies.gpu.width"), "2.54 cm");
    design.dies[0].width.value = 0.02;
    EXPECT_EQ(text_of(design, "dies.gpu.width"), "20 mm");
    ASSERT_TRUE(set_field(design, "blocks.sm.area", "REST"));
    EXPECT_EQ(text_of(design, "blocks.sm.area"), "rest");
    ASSERT_TRUE(set_field(design, "blocks.sm.per_unit.area", "catalog:GH100-SM"));
    EXPECT_EQ(text_of(design, "blocks.sm.per_unit.area"), "catalog:gh100-sm");
    EXPECT_EQ(text_of(design, "dies.gpu.blocks"), "sm, l2");
    EXPECT_EQ(text_of(design, "device.clock"), "");
}

TEST(Assign, ReadsListsAsTomlWritesThem) {
    Design design = example();
    ASSERT_TRUE(assign(*find_field(design, "dies.gpu.blocks"), R"(["sm", 'L2',])"));
    EXPECT_EQ(design.dies[0].blocks, (std::vector<std::string>{"sm", "l2"}));
}

TEST(Assign, SaysWhere) {
    Design design = example();
    const auto result = assign(*find_field(design, "device.clock"), "fast", {"a.toml", 12, 3});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error()[0].where, (SourceLocation{"a.toml", 12, 3}));
}

TEST(Calibrate, SnapshotsContentAndPublishedOutlines) {
    Design design = example();
    design.device.clock = 1.83 * GHz;
    design.dies.push_back({});
    design.dies[1].id = "io";
    design.dies[1].width = 5.0 * mm;
    const Calibration calibration = calibrate(design);
    EXPECT_EQ(calibration.blocks[0].count, 144.0);
    EXPECT_EQ(calibration.blocks[0].sold, 132.0);
    EXPECT_EQ(calibration.blocks[1].count, 1.0);
    EXPECT_EQ(calibration.blocks[1].sold_capacity, 50e6);
    EXPECT_DOUBLE_EQ(calibration.dies[0].width, 0.0254);
    EXPECT_EQ(calibration.dies[0].process, "n4");
    EXPECT_EQ(calibration.dies[1].width, 0.0);  // one side is a shape, not an outline
    EXPECT_DOUBLE_EQ(calibration.clock, 1.83e9);
}

}  // namespace
}  // namespace wafercast
